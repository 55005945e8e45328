import { closeSync, existsSync, mkdirSync, openSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import Database from 'better-sqlite3'
import type { BaseSQLiteDatabase } from 'drizzle-orm/sqlite-core'
import { inMemory } from '../address.ts'
import { drizzle, sql } from './drizzle.ts'

export type Connection = Database.Database
/** The base of queries: the database, or a transaction in it. */
export type Queries = BaseSQLiteDatabase<'sync', Database.RunResult>

/** How long opening and closing wait for another writer, such as an administrator, in milliseconds. */
const patience = 5_000
/** Queries differ mainly in the number of search words, so this limit is never reached. */
const mostStatements = 500

/** Opens the file for this process alone, unless it is shared. `close` releases it; so does any end of the process. */
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

/** Keeps every Latchkey away from the file until `release`; throws while one has it. */
export const keepAway = (file: string): { path: string; release(): void } => {
  const path = placeOf(file)
  const lock = holdLock(path)
  return { path, release: () => lock.close() }
}

/** One file has one lock, under each of its names. */
const placeOf = (file: string): string => {
  const path = resolve(file)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  return existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path))
}

/** From now on, another process's lock is an immediate error: a wait would stop the whole process. */
export const neverWait = (connection: Connection): void => {
  connection.pragma('busy_timeout = 0')
}

/** Moves all commits into the one file, so that a copy of it is complete. */
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

/** drizzle over a connection; column names are in snake case. */
export const withDrizzle = (connection: Connection): Queries =>
  drizzle({ client: keepingStatements(connection), casing: 'snake_case' })

/** drizzle prepares each query again, which costs time and slowly released memory. */
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
 * A transaction with the write lock from its start, so that nothing it reads can change. `work` gets the same object:
 * drizzle's transaction object would miss the statement cache.
 */
export const atomically = <T>(queries: Queries, work: (within: Queries) => T): T =>
  queries.transaction(() => work(queries), { behavior: 'immediate' })

/**
 * A transaction that does not wait for the disk. A power cut may undo it, which only repeats a step. It is for claims
 * and shown messages, never for a decision or a name.
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
  // An approval must survive a power cut; WAL's usual NORMAL may lose the last commits.
  connection.pragma('synchronous = FULL')
  // What is deleted must be gone from the file and its copies, too.
  connection.pragma('secure_delete = ON')
  connection.pragma('foreign_keys = ON')
  // Without this, REPLACE deletes rows without the triggers that forbid it.
  connection.pragma('recursive_triggers = ON')
  return connection
}

/** Another process has the database; the message says what to do. */
export class DatabaseInUse extends Error {
  override readonly name = 'DatabaseInUse'
}

/**
 * An exclusive lock on a file beside the database. The kernel releases it when the process dies, and readers (backups)
 * can pass.
 */
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

/** Never opens an existing file: closing it would release the locks that this process holds on it. */
export const createPrivate = (path: string): void => {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  }
}

/** Another process has the lock; drizzle wraps SQLite's error. */
export const isBusy = (error: unknown): boolean =>
  error instanceof Error && (codeOf(error).startsWith('SQLITE_BUSY') || isBusy(error.cause))
const hasCode = (error: unknown, code: string): boolean => error instanceof Error && codeOf(error) === code
const codeOf = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : '')
