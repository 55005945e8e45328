import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { UnreadableDatabase } from '../../ports.ts'
import type { CopySource, Stored } from '../rows/copy.ts'
import { keepAway } from './connection.ts'
import { pendingMigrations } from './migrate.ts'
import { openReadOnly } from './reading.ts'

const shipped = join(import.meta.dirname, '../../../migrations')

/** Opens a file for a copy, and keeps servers away from it. Throws while one runs, and for an older version's file. */
export const sqliteSource = (file: string): CopySource => {
  if (!existsSync(file)) throw new UnreadableDatabase('absent', `${file} does not exist.`)
  const { release } = keepAway(file)
  try {
    const connection = openReadOnly(file)
    const close = () => {
      connection.close()
      release()
    }
    const pending = pendingMigrations(connection, shipped)
    if (pending.length > 0) {
      connection.close()
      throw new Error(`${file} is of an older version. Start the server of this version on it once, then copy it.`)
    }
    return {
      close,
      columnsOf: (table) => {
        const columns = connection.prepare('SELECT name FROM pragma_table_xinfo(?)').pluck().all(table)
        return columns.length === 0 ? undefined : columns.map(String)
      },
      count: (table) =>
        Number(
          connection
            .prepare(`SELECT count(*) FROM ${quoted(table)}`)
            .pluck()
            .get(),
        ),
      rows: (table, columns) =>
        connection
          .prepare<[], readonly Stored[]>(`SELECT ${columns.map(quoted).join(', ')} FROM ${quoted(table)}`)
          .raw()
          .iterate(),
    }
  } catch (error) {
    release()
    throw error
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
