import { join } from 'node:path'
import { type Database, UnreadableDatabase } from '../../ports.ts'
import { type PostgresPlace, storeFolder, storeJournal } from '../address.ts'
import { clientConfig } from './client-config.ts'
import { codeOf } from './failures.ts'
import type { Found } from './inspect.ts'
import { troubleAt } from './troubles.ts'

const shipped = join(import.meta.dirname, '../../../migrations/postgres')
// Loaded at its first use, because a Latchkey on SQLite needs none of it.
const connecting = () => import('./connection.ts')

/** The database of PostgreSQL at an address. */
export const postgresAt = (place: PostgresPlace): Database => {
  const { server, direct = server } = place
  const found = async (): Promise<Found> => {
    try {
      const [{ withClient }, { inspect }] = await Promise.all([connecting(), import('./inspect.ts')])
      return await withClient(clientConfig(server), (client) => inspect(client, shipped))
    } catch (cause) {
      throw new UnreadableDatabase('unreadable', `${troubleAt(server.name, cause)}.`, { cause })
    }
  }
  return {
    name: server.name,
    folder: storeFolder(place),
    journal: storeJournal(place),
    exists: async () => (await found()).state === 'present',
    open: async (opening) => {
      const { openPostgresStore } = await import('./store.ts')
      try {
        return await openPostgresStore({ ...opening, config: clientConfig(server), direct: clientConfig(direct) })
      } catch (cause) {
        throw codeOf(cause) === '' ? cause : new Error(`${troubleAt(server.name, cause)}.`, { cause })
      }
    },
    read: async () => {
      const { state, obstacle = '' } = await found()
      if (state === 'absent') throw new UnreadableDatabase('absent', obstacle)
      const [{ openConnection }, { readerOver }] = await Promise.all([connecting(), import('./reading.ts')])
      return readerOver(openConnection(clientConfig(server)))
    },
    state: found,
    facts: async () => (await import('./facts.ts')).serverFacts(clientConfig(server), clientConfig(direct)),
  }
}
