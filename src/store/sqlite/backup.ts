import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import type { Checked } from '../../ports.ts'
import { walkAudit } from './audit.ts'
import { createPrivate, DatabaseInUse, keepAway, withDrizzle } from './connection.ts'
import { inspectDatabase } from './inspect.ts'
import { openReadOnly } from './reading.ts'

const everything = 0x7fffffff // pages in one step: a reader blocks no writer, and the copy never starts over

/**
 * Copies a database's state at one moment, even while a server writes, into a new file that only its owner can read.
 */
export const copyDatabase = async (from: string, to: string): Promise<void> => {
  const source = openReadOnly(from)
  try {
    mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
    createPrivate(to)
    await source.backup(to, { progress: () => everything })
    const copy = new Database(to)
    copy.pragma('journal_mode = DELETE') // one file, without another one beside it that a copy could miss
    copy.close()
    flush(to)
  } catch (error) {
    rmSync(to, { force: true })
    throw error
  } finally {
    source.close()
  }
}

/** Checks every page, key and audit row. Throws what is wrong with the file, except for the verdict on the audit. */
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
 * Puts `finished` in the place of the database while no server can have it, and keeps the former one beside it. Throws
 * while a server runs. Returns the place of the former one, if there was one.
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

/** Returns when the disk has the written data. */
const flush = (path: string): void => {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
