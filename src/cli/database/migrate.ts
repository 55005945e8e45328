import { databasePlace, ownerAddress } from '../../config/database.ts'
import type { OwnersView } from '../../store/owner.ts'
import type { PostgresAddress } from '../../store/postgres-address.ts'
import { placeIn } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { CliError } from '../trouble.ts'
import { speaking } from './backup.ts'

/** The options of `latchkey database migrate`. */
export type MigrateOptions = { readonly config?: string; readonly dryRun?: boolean }

/** Migrates as the owner, and gives the server's role its rights. It creates nothing else. */
export const migrateDatabase = async (options: MigrateOptions, io: Io): Promise<void> => {
  const server = serverAddress(options, io)
  const owner = ownerOf(server, io)
  const { lookAsOwner, migrateAsOwner } = await import('../../store/owner.ts')
  const found = await speaking(() => lookAsOwner(owner, server.user))
  for (const line of planOf(found, owner, server)) io.say(line)
  const [obstacle] = found.obstacles
  if (obstacle !== undefined) throw new CliError('nothing was changed')
  if (options.dryRun) return io.say('Nothing was changed.')
  const applied = await speaking(() => migrateAsOwner(owner, server.user))
  io.say(`${applied.length === 0 ? 'It was up to date' : `Applied ${applied.length}`}; ${server.user} has its rights.`)
}

const planOf = (
  { pending, obstacles }: OwnersView,
  owner: PostgresAddress,
  server: PostgresAddress,
): readonly string[] => [
  `${owner.name}: ${pending.length === 0 ? 'up to date' : `${pending.length} to apply`}`,
  ...pending.map((name) => `  ${name}`),
  `Then ${server.user} gets its rights in the schema latchkey: to use its tables, and to change no audit row.`,
  ...obstacles.map((obstacle) => `Not possible: ${obstacle}.`),
]

/** The server's address. Where the environment has it, no configuration is needed: so a job in a cluster can do it. */
export const serverAddress = (options: { readonly config?: string }, io: Pick<Io, 'environment'>): PostgresAddress => {
  const { environment } = io
  const isGiven = environment.DATABASE_URL !== undefined || environment.DATABASE_URL_FILE !== undefined
  const { place, faults } =
    isGiven && options.config === undefined
      ? databasePlace({ database: undefined, dataFolder: undefined, base: '.', environment })
      : { place: placeIn(options, io), faults: [] }
  const [first] = faults
  if (first) throw new CliError(first.message)
  if (typeof place !== 'string') return place.server
  throw new CliError(`${place} is no PostgreSQL: a file is migrated by the server itself, at its start.`)
}

/** The owner's address, which must lead to the database of the server. */
export const ownerOf = (server: PostgresAddress | undefined, io: Pick<Io, 'environment'>): PostgresAddress => {
  const { address, fault } = ownerAddress(io.environment)
  if (fault !== undefined) throw new CliError(fault)
  if (!address) throw new CliError('set DATABASE_OWNER_URL, or DATABASE_OWNER_URL_FILE, to the address for the owner.')
  if (server && address.database !== server.database)
    throw new CliError(
      `DATABASE_OWNER_URL leads to the database ${address.database}, the server’s to ${server.database}.`,
    )
  if (server && address.user === server.user)
    throw new CliError(`Owner and server are one role, ${server.user}: it could rewrite the audit log. Use two.`)
  return address
}
