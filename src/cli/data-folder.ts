import { readFileSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { type Command, Option } from 'commander'
import { ConfigFile } from '../config/schema.ts'
import { readYaml } from '../config/yaml.ts'
import { messageOf } from '../domain/message-of.ts'
import type { Database } from '../ports.ts'
import { absoluteStore } from '../store/address.ts'
import { storeAt } from '../store/index.ts'
import type { Io } from './io.ts'
import { configFile, withConfigOption } from './options.ts'
import { CliError } from './trouble.ts'

export type PlaceOptions = { readonly config?: string; readonly database?: string }

/** `--config` and `--database`, for commands that only need to find the data. */
export const withPlaceOptions = (command: Command): Command =>
  withConfigOption(command).addOption(
    new Option('--database <file>', 'the database file (instead of the one in the configuration)'),
  )

/** The chosen database. The command reads only its place in the configuration, so it needs no token. */
export const databaseOf = (options: PlaceOptions, io: Pick<Io, 'environment'>): Database => {
  const address = addressOf(options, io)
  try {
    return storeAt(address)
  } catch (error) {
    throw new CliError(messageOf(error))
  }
}

const addressOf = (options: PlaceOptions, io: Pick<Io, 'environment'>): string => {
  if (options.database !== undefined) return options.database
  const file = configFile(options, io)
  const given = settingsOf(file)
  const parsed = ConfigFile.shape.database.safeParse(given.database)
  if (!parsed.success) throw new CliError(`${file}: database: name a file`)
  return absoluteStore(parsed.data, dirname(file))
}

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

const settingsOf = (file: string): { database?: unknown; journal?: unknown; operatorsFolder?: unknown } => {
  try {
    const { content } = readYaml(readFileSync(file, 'utf8'), file)
    return typeof content === 'object' && content !== null ? content : {}
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw new CliError(messageOf(error))
    throw new CliError(`${file} cannot be read. Name the configuration with --config, or the database with --database.`)
  }
}
