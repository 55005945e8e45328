import * as z from 'zod'
import type { Timestamp } from '../../domain/time.ts'
import { type Migration, pendingIn } from '../migrations.ts'
import type { Connection } from './connection.ts'

const applied = z.array(z.object({ name: z.string(), hash: z.string() }))

/** Migrates the database with the numbered files of the folder; refuses a database with another history. */
export const migrate = (connection: Connection, folder: string, now: () => Timestamp): void => {
  connection.exec(
    'CREATE TABLE IF NOT EXISTS migrations ' +
      '(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, hash TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT',
  )
  for (const file of pendingMigrations(connection, folder)) apply(connection, file, now())
}

/** The migrations that the database lacks; throws for another history. Writes nothing. */
export const pendingMigrations = (connection: Connection, folder: string): readonly Migration[] =>
  pendingIn(folder, applied.parse(connection.prepare('SELECT name, hash FROM migrations ORDER BY number').all()))

const apply = (connection: Connection, { name, sql, hash }: Migration, at: Timestamp): void => {
  // SQLite demands rebuilding a table for most changes, which breaks foreign keys for a moment.
  connection.pragma('foreign_keys = OFF')
  const all = connection.transaction(() => {
    if (connection.prepare('SELECT 1 FROM migrations WHERE name = ?').get(name)) return // another process was faster
    connection.exec(sql)
    const broken = connection.pragma('foreign_key_check')
    if (!Array.isArray(broken) || broken.length > 0) throw new Error(`The migration ${name} breaks foreign keys.`)
    connection.prepare('INSERT INTO migrations (name, hash, applied_at) VALUES (?, ?, ?)').run(name, hash, at)
  })
  try {
    all.immediate()
  } finally {
    connection.pragma('foreign_keys = ON')
  }
}
