import { isOwnHost } from '../domain/address.ts'
import { type Secret, secret } from '../domain/secret.ts'

/** A login at a database of PostgreSQL. */
export type PostgresAddress = {
  /** The address for people, without a password. */
  readonly name: string
  /** A host, or the folder of a Unix socket, which is written as %2Frun%2Fpostgresql. */
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password?: Secret
  /** Files of certificates. Absent where the connection stays on this machine without TLS. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string }
}

/** Whether an address is meant for PostgreSQL. */
export const isPostgres = (address: string): boolean => /^postgres(ql)?:\/\//i.test(address)

/** Why an address cannot be used; `undefined` when it can. It never quotes the address, which may hold a password. */
export const postgresFault = (text: string): string | undefined => {
  const read = parsed(text)
  return typeof read === 'string' ? read : undefined
}

/** Reads an address. Throws what is wrong with it. */
export const postgresAddress = (text: string): PostgresAddress => {
  const read = parsed(text)
  if (typeof read === 'string') throw new Error(read)
  return read
}

/** Whether two addresses lead to the same database as the same user. */
export const isSameDatabase = (one: PostgresAddress, other: PostgresAddress): boolean => one.name === other.name

/** The same login at another database of the same server; the name needs no escapes. */
export const atDatabase = (address: PostgresAddress, database: string): PostgresAddress => ({
  ...address,
  database,
  name: address.name.replace(/[^/]*$/, database),
})

const form =
  'write postgres://USER@HOST:PORT/NAME?sslmode=verify-full, with other signs than letters and digits in a password as %XX'
const safely = 'add ?sslmode=verify-full: off this machine the connection must be encrypted, and the server proved'
const known = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey']

const parsed = (text: string): PostgresAddress | string => {
  if (!isPostgres(text) || !URL.canParse(text)) return form
  const { hostname, port, pathname, username, password, hash, searchParams } = new URL(text)
  const names = [...searchParams.keys()]
  if (names.some((name, index) => !known.includes(name) || names.indexOf(name) !== index))
    return `its only options are ${known.join(', ')}, each once`
  const option = (name: string) => searchParams.get(name) ?? undefined
  const plain = [username, password, pathname.slice(1), hostname.replace(/^\[|\]$/g, '')].map(decoded)
  const [user, secretText, database, named] = plain
  if (!user || secretText === undefined || !database || database.includes('/') || named === undefined || hash !== '')
    return form
  if (named === '' || /[,\s]/.test(named)) return 'name one host'
  const mode = option('sslmode')
  const isHere = named.startsWith('/') || isOwnHost(named)
  if (mode !== 'verify-full' && (mode !== undefined ? mode !== 'disable' || !isHere : !isHere)) return safely
  const [ca, cert, key] = ['sslrootcert', 'sslcert', 'sslkey'].map(option)
  const files = [ca === 'system' ? undefined : ca, cert, key]
  if (files.some((file) => file !== undefined && !file.startsWith('/')))
    return 'name files of certificates by their whole path'
  if (mode !== 'verify-full' && files.some((file) => file !== undefined)) return 'certificates need sslmode=verify-full'
  if ((cert === undefined) !== (key === undefined)) return 'sslcert and sslkey belong together'
  return {
    name: `postgres://${username}@${hostname}:${port || usualPort}${pathname}`,
    ...{ host: named, port: Number(port || usualPort), database, user },
    ...(secretText !== '' && { password: secret(secretText) }),
    ...(mode === 'verify-full' && {
      tls: { ...(files[0] && { ca: files[0] }), ...(cert && { cert }), ...(key && { key }) },
    }),
  }
}

const usualPort = 5432

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
