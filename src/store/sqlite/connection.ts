import { closeSync, existsSync, mkdirSync, openSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import Database from 'better-sqlite3'
import type { BaseSQLiteDatabase } from 'drizzle-orm/sqlite-core'
import { inMemory } from '../address.ts'
import { drizzle, sql } from './drizzle.ts'

export type Connection = Database.Database
/** What queries are built on: the database, or a transaction in it. */
export type Queries = BaseSQLiteDatabase<'sync', Database.RunResult>

/** How long opening and closing wait while somebody else writes, such as an administrator by hand, milliseconds. */
const patience = 5_000
/** Queries differ by little more than the number of words searched for, so this is never reached. */
const mostStatements = 500

/**
 * Opens the file for this process alone, unless it is shared. `close` gives it back; so does the end of the process,
 * however it ends.
 */
export const openConnection = (file: string, isShared = false): { connection: Connection; close(): void } => {
  if (file === inMemory) {
    const connection = prepared(new Database(inMemory))
    return { connection, close: () => connection.close() }
  }
  const path = placeOf(file)
  const lock = isShared ? undefined : holdLock(path)
  try {
    createPrivate(path)
    const connection = prepared(new Database(path, { timeout: patience }))
    return { connection, close: () => closeBoth(connection, lock) }
  } catch (error) {
    lock?.close()
    throw error
  }
}

/** Keeps every Latchkey away from the file, open or not, until `release`; throws while one has it. */
export const keepAway = (file: string): { path: string; release(): void } => {
  const path = placeOf(file)
  const lock = holdLock(path)
  return { path, release: () => lock.close() }
}

/** One file has one lock, by whatever name it is called. */
const placeOf = (file: string): string => {
  const path = resolve(file)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  return existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path))
}

/** From now on a lock that somebody else holds is an error at once, never a wait: that would stop the whole process. */
export const neverWait = (connection: Connection): void => {
  connection.pragma('busy_timeout = 0')
}

/** Moves all that was committed into the one file, so that a copy of it is whole. */
const closeBoth = (connection: Connection, lock: Connection | undefined): void => {
  try {
    if (connection.open && lock) {
      connection.pragma(`busy_timeout = ${patience}`)
      connection.pragma('wal_checkpoint(TRUNCATE)')
    }
  } finally {
    connection.close()
    lock?.close()
  }
}

/** drizzle over a connection; columns are named in snake case. */
export const withDrizzle = (connection: Connection): Queries =>
  drizzle({ client: keepingStatements(connection), casing: 'snake_case' })

/** drizzle prepares anew for each query, which costs time, and memory that is only given back at leisure. */
const keepingStatements = (connection: Connection): Connection => {
  const kept = new Map<string, Database.Statement>()
  const prepare = (source: string): Database.Statement => {
    const statement = kept.get(source) ?? connection.prepare(source)
    if (kept.size >= mostStatements) kept.clear()
    kept.set(source, statement)
    return statement
  }
  return Object.create(connection, { prepare: { value: prepare } }) as Connection
}

/**
 * One transaction that has the right to write from its beginning, so that what it reads cannot change under it. Its work
 * gets the database itself, which is the same connection, so that prepared statements are found again.
 */
export const atomically = <T>(queries: Queries, work: (within: Queries) => T): T =>
  queries.transaction(() => work(queries), { behavior: 'immediate' })

/**
 * A transaction that does not wait for the disk: a power cut may undo it, which costs a repeated step and nothing else.
 * For claims and for what a message showed, never for a decision or a name.
 */
export const lightly = <T>(queries: Queries, work: (within: Queries) => T): T => {
  queries.run(sql.raw('PRAGMA synchronous = NORMAL'))
  try {
    return atomically(queries, work)
  } finally {
    queries.run(sql.raw('PRAGMA synchronous = FULL'))
  }
}

const prepared = (connection: Connection): Connection => {
  connection.pragma('journal_mode = WAL')
  // An approval must survive a power cut: WAL's usual NORMAL may lose the last commits.
  connection.pragma('synchronous = FULL')
  connection.pragma('foreign_keys = ON')
  // Without it REPLACE deletes rows past the triggers that forbid it.
  connection.pragma('recursive_triggers = ON')
  return connection
}

/** Another process has the database; the message says what to do. */
export class DatabaseInUse extends Error {}

/** An exclusive lock on a file beside it: the kernel drops it when the process dies, and readers (backups) pass. */
const holdLock = (file: string): Connection => {
  const path = `${file}.lock`
  createPrivate(path)
  const lock = new Database(path, { timeout: 0 })
  try {
    lock.pragma('journal_mode = MEMORY')
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    if (!isBusy(error)) throw error
    throw new DatabaseInUse(
      `Another Latchkey is using ${file}. Stop that process first, or give this one a database file of its own. ` +
        `(It holds a lock on ${path}; deleting that file does not help and risks both.)`,
      { cause: error },
    )
  }
}

/** Never opens a file that exists: closing it again would drop the locks that this process holds on it. */
export const createPrivate = (path: string): void => {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  }
}

/** Somebody else has the lock; drizzle wraps what SQLite throws. */
export const isBusy = (error: unknown): boolean =>
  error instanceof Error && (codeOf(error).startsWith('SQLITE_BUSY') || isBusy(error.cause))
const hasCode = (error: unknown, code: string): boolean => error instanceof Error && codeOf(error) === code
const codeOf = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : '')
