import { readFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { absoluteStore, type StorePlace, storeFault, storeFolder } from '../store/address.ts'
import { isPostgres, isSameDatabase, type PostgresAddress, postgresAddress } from '../store/postgres-address.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What file and environment say about the database. */
export type DatabaseSource = {
  /** The keys `database` and `dataFolder`, as written. */
  readonly database: string | undefined
  readonly dataFolder: string | undefined
  /** The folder of the file. */
  readonly base: string
  readonly environment: Environment
}

/** A mistake at a key of the file, or in the environment. */
export type DatabaseFault = { readonly key?: 'database' | 'dataFolder'; readonly message: string }

const usual = 'data/latchkey.sqlite'
const usualFolder = 'data'

/** The database that file and environment name together, and every mistake about it. */
export const databasePlace = (source: DatabaseSource): { place: StorePlace; faults: readonly DatabaseFault[] } => {
  const { database: written, dataFolder, base, environment } = source
  const faults: DatabaseFault[] = []
  const url = addressIn(environment, 'DATABASE_URL', faults)
  const direct = addressIn(environment, 'DATABASE_DIRECT_URL', faults)
  const inFile = written === undefined ? undefined : writtenAddress(written, faults)
  const isFile = written !== undefined && !isPostgres(written)
  if (url && isFile)
    faults.push({ key: 'database', message: 'names a file, but DATABASE_URL is set, too; leave one of them out' })
  if (url && inFile && !isSameDatabase(url, inFile))
    faults.push({
      key: 'database',
      message: 'DATABASE_URL names another database or user; correct one, or leave one out',
    })
  const server = url ?? inFile
  if (server) {
    const folder = absolute(dataFolder ?? usualFolder, base)
    return { place: { server, ...(direct && { direct }), folder }, faults }
  }
  const place = absoluteStore(written ?? usual, base)
  if (dataFolder !== undefined && absolute(dataFolder, base) !== storeFolder(place) && faults.length === 0)
    faults.push({ key: 'dataFolder', message: 'is for PostgreSQL; a file keeps what belongs to it beside itself' })
  if (direct) faults.push({ message: 'environment: DATABASE_DIRECT_URL: is for PostgreSQL; unset it' })
  return { place, faults }
}

/** The address of the role that owns the tables; only `database migrate` and `database copy` use it. */
export const ownerAddress = (environment: Environment): { address?: PostgresAddress; fault?: string } => {
  const faults: DatabaseFault[] = []
  const address = addressIn(environment, 'DATABASE_OWNER_URL', faults)
  const [first] = faults
  return { ...(address && { address }), ...(first && { fault: first.message }) }
}

/** The address in the file; a password has no place there. */
const writtenAddress = (written: string, faults: DatabaseFault[]): PostgresAddress | undefined => {
  const fault = storeFault(written)
  if (fault !== undefined) faults.push({ key: 'database', message: fault })
  if (fault !== undefined || !isPostgres(written)) return undefined
  const address = postgresAddress(written)
  if (address.password !== undefined) faults.push({ key: 'database', message: noPassword })
  return address
}

const noPassword =
  'write no password here; put the whole address with it into DATABASE_URL, or into a file that DATABASE_URL_FILE names'

/** Reads `NAME`, else the file that `NAME_FILE` names. */
const addressIn = (environment: Environment, name: string, faults: DatabaseFault[]): PostgresAddress | undefined => {
  const path = environment[`${name}_FILE`]
  try {
    const text = environment[name] || (path ? readFileSync(path, 'utf8').trim() : undefined)
    if (text === undefined) return undefined
    const fault = isPostgres(text) ? storeFault(text) : 'write an address of PostgreSQL, postgres://…'
    if (fault === undefined) return postgresAddress(text)
    faults.push({ message: `environment: ${name}: ${fault}` })
  } catch {
    faults.push({ message: `environment: ${name}_FILE: ${path} cannot be read` })
  }
  return undefined
}

const absolute = (path: string, base: string): string => (isAbsolute(path) ? path : join(base, path))
