import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { serverKeyFile } from '../../connectors/remote/keys.ts'
import { storeJournal } from '../../store/address.ts'
import { isPostgres, isSameDatabase, type PostgresAddress, postgresAddress } from '../../store/postgres-address.ts'
import { headText } from '../audit/options.ts'
import { progress } from '../audit/verify.ts'
import type { Io } from '../io.ts'
import { CliError, usageError } from '../trouble.ts'
import { speaking } from './backup.ts'
import { ownerOf } from './migrate.ts'

/** The options of `latchkey database copy`. */
export type CopyOptions = { readonly from: string; readonly to: string; readonly dryRun?: boolean }

/** Copies a file of SQLite into an empty PostgreSQL, and says what to change then. */
export const copyDatabase = async ({ from, to, dryRun: isTrial = false }: CopyOptions, io: Io): Promise<void> => {
  if (isPostgres(from)) throw usageError('--from names a file: PostgreSQL is copied with pg_dump')
  const owner = await targetOf(to, io)
  const { copyAsOwner } = await import('../../store/owner.ts')
  const { rows, head, mended } = await speaking(() => copyAsOwner(from, owner, { isTrial, onProgress: progress(io) }))
  const all = [...rows.values()].reduce((sum, count) => sum + count, 0)
  for (const [table, count] of rows) if (count > 0) io.say(`${String(count).padStart(10)}  ${table}`)
  if (!head) return io.say(`${all} rows would be copied to ${owner.name}. Nothing was changed.`)
  io.say(`${all} rows are copied to ${owner.name}. Its audit log is intact.\nhead ${headText(head)}`)
  if (mended > 0) io.note(`In ${mended} texts a NUL character, which PostgreSQL cannot store, became U+FFFD.`)
  for (const line of nextSteps(resolve(from), owner)) io.say(line)
}

/** A password on the command line would be seen by everybody on the machine. */
const targetOf = async (to: string, io: Io): Promise<PostgresAddress> => {
  const named = await speaking(() => postgresAddress(to))
  if (named.password !== undefined) throw new CliError('write no password into a command; set DATABASE_OWNER_URL to it')
  const { DATABASE_OWNER_URL: url, DATABASE_OWNER_URL_FILE: file } = io.environment
  if (!url && !file) return named
  const owner = ownerOf(undefined, io)
  if (isSameDatabase(owner, named)) return owner
  throw new CliError(`DATABASE_OWNER_URL leads to ${owner.name}, not to ${named.name}: correct one of them.`)
}

/** What an operator does before the server starts on the copy. */
const nextSteps = (file: string, { host, database }: PostgresAddress): readonly string[] => {
  const beside = [storeJournal(file), join(dirname(file), serverKeyFile)].filter((path) => path && existsSync(path))
  return [
    'Before you start the server:',
    `  - set DATABASE_URL, or DATABASE_URL_FILE, to the address of ${database} at ${host} for the role of the server`,
    '  - take "database" out of the configuration, and name the folder of this machine with "dataFolder"',
    ...beside.map(
      (path) => `  - move ${path} into that folder${path === storeJournal(file) ? ' as latchkey.names' : ''}`,
    ),
    `  - move ${file} away: a server that is started on it knows nothing of what happens from now on`,
  ]
}
