import { readFileSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { type Command, Option } from 'commander'
import { databasePlace } from '../config/database.ts'
import { ConfigFile } from '../config/schema.ts'
import { readYaml } from '../config/yaml.ts'
import { messageOf } from '../domain/message-of.ts'
import type { Database } from '../ports.ts'
import { type StorePlace, storeFault } from '../store/address.ts'
import { storeAt } from '../store/index.ts'
import { isPostgres, postgresAddress } from '../store/postgres-address.ts'
import type { Io } from './io.ts'
import { configFile, withConfigOption } from './options.ts'
import { CliError } from './trouble.ts'

export type PlaceOptions = { readonly config?: string; readonly database?: string }

/** `--config` and `--database`, for commands that only need to find the data. */
export const withPlaceOptions = (command: Command): Command =>
  withConfigOption(command).addOption(
    new Option('--database <place>', 'the database, a file or an address (instead of the one in the configuration)'),
  )

/** The chosen database. The command reads only its place in the configuration, so it needs no token. */
export const databaseOf = (options: PlaceOptions, io: Pick<Io, 'environment'>): Database =>
  storeAt(placeIn(options, io))

/** Where the chosen database is. */
export const placeIn = (options: PlaceOptions, io: Pick<Io, 'environment'>): StorePlace => {
  if (options.database !== undefined) return namedPlace(options.database)
  const file = configFile(options, io)
  const given = DatabaseKeys.safeParse(settingsOf(file))
  if (!given.success) throw new CliError(`${file}: database: name a file, or an address of PostgreSQL`)
  const { database, dataFolder } = given.data
  const { environment } = io
  const { place, faults } = databasePlace({ database, dataFolder, base: dirname(file), environment })
  const [first] = faults
  if (first) throw new CliError(`${first.key === undefined ? '' : `${file}: ${first.key}: `}${first.message}`)
  return place
}

/** Everybody on the machine can read a command line, so no password belongs there. */
const namedPlace = (database: string): StorePlace => {
  const fault = storeFault(database)
  if (fault !== undefined) throw new CliError(fault)
  if (isPostgres(database) && postgresAddress(database).password !== undefined)
    throw new CliError('write no password into a command; set DATABASE_URL instead, without --database')
  return database
}

const DatabaseKeys = ConfigFile.pick({ database: true, dataFolder: true }).loose()

/** The journal of names of that database; `undefined` where there is none. */
export const journalFile = (options: PlaceOptions, io: Pick<Io, 'environment'>): string | undefined => {
  const { journal: usual } = databaseOf(options, io)
  if (options.database !== undefined) return usual
  const file = configFile(options, io)
  const { journal } = settingsOf(file)
  if (typeof journal !== 'string' || journal === '') return usual
  return isAbsolute(journal) ? journal : join(dirname(file), journal)
}

/** The folder of the socket for other users of this machine; `undefined` where the configuration names none. */
export const operatorsFolder = (options: PlaceOptions, io: Pick<Io, 'environment'>): string | undefined => {
  if (options.database !== undefined) return undefined
  const file = configFile(options, io)
  const { operatorsFolder: folder } = settingsOf(file)
  if (typeof folder !== 'string' || folder === '') return undefined
  return isAbsolute(folder) ? folder : join(dirname(file), folder)
}

/** The chosen database, which must exist. */
export const existingDatabase = async (options: PlaceOptions, io: Pick<Io, 'environment'>): Promise<Database> => {
  const database = databaseOf(options, io)
  if (await database.exists()) return database
  throw new CliError(`There is no database at ${database.name}. Name the right one with --config or --database.`)
}

const settingsOf = (file: string): { journal?: unknown; operatorsFolder?: unknown } => {
  try {
    const { content } = readYaml(readFileSync(file, 'utf8'), file)
    return typeof content === 'object' && content !== null ? content : {}
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw new CliError(messageOf(error))
    throw new CliError(`${file} cannot be read. Name the configuration with --config, or the database with --database.`)
  }
}
