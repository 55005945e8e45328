import { accessSync, constants, existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { messageOf } from '../../domain/message-of.ts'
import type { DatabaseState, Inspection } from '../../ports.ts'
import { inMemory } from '../address.ts'
import { pendingMigrations } from './migrate.ts'
import { openReadOnly, readably } from './reading.ts'

const shipped = join(import.meta.dirname, '../../../migrations')

/** The state of the database, or what prevents its creation. Throws `UnreadableDatabase`. */
export const stateOf = (address: string): DatabaseState => {
  if (address === inMemory) return { state: 'in-memory' }
  if (existsSync(address)) return { state: 'present', ...inspectDatabase(address) }
  const nearest = (folder: string): string => (existsSync(folder) ? folder : nearest(dirname(folder)))
  const folder = nearest(dirname(address))
  try {
    accessSync(folder, constants.W_OK)
    return { state: 'absent' }
  } catch {
    return { state: 'absent', obstacle: `${folder} cannot be written to` }
  }
}

/** Reads a database beside the server, without a lock and without writing. Throws `UnreadableDatabase`. */
export const inspectDatabase = (file: string, migrations = shipped): Inspection => {
  const connection = openReadOnly(file)
  try {
    const damage = readably(file, () => {
      const checked = connection.pragma('integrity_check(10)')
      const lines = Array.isArray(checked) ? checked.map((row) => String(Object.values(row)[0])) : []
      const broken = connection.pragma('foreign_key_check')
      const dangling = Array.isArray(broken) && broken.length > 0 ? [`${broken.length} rows point to nothing`] : []
      return [...lines.filter((line) => line !== 'ok'), ...dangling]
    })
    try {
      return { damage, pending: pendingMigrations(connection, migrations).map(({ name }) => name) }
    } catch (error) {
      return { damage, pending: [], history: messageOf(error) }
    }
  } finally {
    connection.close()
  }
}
