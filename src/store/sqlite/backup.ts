import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import type { Checked } from '../../ports.ts'
import { walkAudit } from './audit.ts'
import { createPrivate, DatabaseInUse, keepAway, withDrizzle } from './connection.ts'
import { inspectDatabase } from './inspect.ts'
import { openReadOnly } from './reading.ts'

const everything = 0x7fffffff // pages in one step: a reader holds up no writer, and nothing begins anew

/** Copies a database as it is at one moment, also while a server writes to it, into a new file of its owner's alone. */
export const copyDatabase = async (from: string, to: string): Promise<void> => {
  const source = openReadOnly(from)
  try {
    mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
    createPrivate(to)
    await source.backup(to, { progress: () => everything })
    const copy = new Database(to)
    copy.pragma('journal_mode = DELETE') // one file, with nothing beside it that could be forgotten
    copy.close()
    flush(to)
  } catch (error) {
    rmSync(to, { force: true })
    throw error
  } finally {
    source.close()
  }
}

/** Looks at every page, key and audit row; throws with what is wrong with the file, except for the audit's verdict. */
export const checkDatabase = async (file: string, onProgress?: (rows: number) => void): Promise<Checked> => {
  const { damage, pending, history } = inspectDatabase(file)
  if (damage.length > 0) throw new Error(`${file} is damaged: ${damage.join('; ')}.`)
  if (history !== undefined) throw new Error(history)
  const connection = openReadOnly(file)
  try {
    const verdict = await walkAudit(withDrizzle(connection), [], onProgress)
    return { ...verdict, pending, bytes: statSync(file).size }
  } finally {
    connection.close()
  }
}

/**
 * Puts `finished` where the database lies, while no server can have it; the one that lay there is kept beside it. Throws
 * while a server runs. Returns where the old one is, if there was one.
 */
export const replaceDatabase = (finished: string, database: string, mark: string): string | undefined => {
  const { path, release } = keepAway(database)
  try {
    const kept = existsSync(path) ? `${path}.replaced-${mark}` : undefined
    if (kept)
      for (const end of ['', '-wal', '-shm'])
        if (existsSync(`${path}${end}`)) renameSync(`${path}${end}`, `${kept}${end}`)
    renameSync(finished, path)
    flush(dirname(path))
    return kept
  } finally {
    release()
  }
}

/** Whether a server has the database. */
export const isInUse = (database: string): boolean => {
  if (!existsSync(dirname(database))) return false
  try {
    keepAway(database).release()
    return false
  } catch (error) {
    if (error instanceof DatabaseInUse) return true
    throw error
  }
}

/** What was written is on the disk when this returns. */
const flush = (path: string): void => {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
