import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import type { Timestamp } from '../../domain/time.ts'
import type { Connection } from './connection.ts'

type Migration = { readonly name: string; readonly sql: string; readonly hash: string }

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
export const pendingMigrations = (connection: Connection, folder: string): readonly Migration[] => {
  const files = migrationsIn(folder)
  const past = applied.parse(connection.prepare('SELECT name, hash FROM migrations ORDER BY number').all())
  for (const [index, { name, hash }] of past.entries()) check(files[index], name, hash)
  return files.slice(past.length)
}

const check = (file: Migration | undefined, name: string, hash: string): void => {
  if (file === undefined || file.name > name) {
    throw new Error(
      `The database was written by a newer Latchkey: this one does not know its migration ${name}. ` +
        'Start the newer version, or restore the backup made before the upgrade.',
    )
  }
  if (file.name < name) {
    throw new Error(`The migration ${file.name} was never applied, though the later ${name} was. Give it a new number.`)
  }
  if (file.hash !== hash) {
    throw new Error(
      `The migration ${name} was changed after it had been applied to this database. ` +
        'Restore the file from the release; put the change into a migration with a new number.',
    )
  }
}

const migrationsIn = (folder: string): readonly Migration[] => {
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  const migrations = names.sort().map((name) => {
    const sql = readFileSync(join(folder, name), 'utf8')
    return { name, sql, hash: createHash('sha256').update(sql).digest('hex') }
  })
  const misnumbered = migrations.find(({ name }, index) => Number.parseInt(name, 10) !== index + 1)
  if (misnumbered) throw new Error(`The migrations in ${folder} are not numbered without gaps at ${misnumbered.name}.`)
  return migrations
}

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
