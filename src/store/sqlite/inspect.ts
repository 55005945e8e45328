import { join } from 'node:path'
import { pendingMigrations } from './migrate.ts'
import { openReadOnly } from './reading.ts'

/** What a look at a database finds. */
export type DatabaseState = {
  /** What SQLite complains about; empty for a whole file. */
  readonly damage: readonly string[]
  /** Migrations that the next start will apply. */
  readonly pending: readonly string[]
  /** Why this version cannot use the file. */
  readonly history?: string
}

const shipped = join(import.meta.dirname, '../../../migrations')

/** Reads a database from beside the server, without a lock and without writing. Throws when it cannot be read. */
export const inspectDatabase = (file: string, migrations = shipped): DatabaseState => {
  const connection = openReadOnly(file)
  try {
    const checked = connection.pragma('integrity_check(10)')
    const lines = Array.isArray(checked) ? checked.map((row) => String(Object.values(row)[0])) : []
    const broken = connection.pragma('foreign_key_check')
    const dangling = Array.isArray(broken) && broken.length > 0 ? [`${broken.length} rows point to nothing`] : []
    const damage = [...lines.filter((line) => line !== 'ok'), ...dangling]
    try {
      return { damage, pending: pendingMigrations(connection, migrations).map(({ name }) => name) }
    } catch (error) {
      return { damage, pending: [], history: error instanceof Error ? error.message : String(error) }
    }
  } finally {
    connection.close()
  }
}
