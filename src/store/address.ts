import { dirname, isAbsolute, join } from 'node:path'
import { atDatabase, isPostgres, type PostgresAddress, postgresAddress, postgresFault } from './postgres-address.ts'

/** Keeps everything in memory, for trials of Latchkey. */
export const inMemory = ':memory:'

/** A database of PostgreSQL, and what belongs to it on this machine. */
export type PostgresPlace = {
  readonly server: PostgresAddress
  /** The way past a pooler, for what needs a connection of its own. */
  readonly direct?: PostgresAddress
  /** The folder for the control socket, the journal of names and the key for remote connectors. */
  readonly folder?: string
}

/** Where a database is: a file, `:memory:`, an address of PostgreSQL, or that with what belongs to it. */
export type StorePlace = string | PostgresPlace

const remedy = 'name a file on a disk of this machine, such as data/latchkey.sqlite, or an address of PostgreSQL'

/**
 * Why an address names no database; `undefined` when it does. It never quotes the address, which may contain a
 * password.
 */
export const storeFault = (address: string): string | undefined => {
  if (isPostgres(address)) return postgresFault(address)
  const scheme = schemeOf(address)
  if (scheme !== undefined) return `no database is known for ${scheme}://; ${remedy}`
  return address.trim() === '' ? remedy : undefined
}

/** The path of a file or `:memory:`, or a place at PostgreSQL. Throws for an invalid address. */
export const placeOf = (place: StorePlace): StorePlace => {
  if (typeof place !== 'string') return place
  const fault = storeFault(place)
  if (fault !== undefined) throw new Error(fault)
  return isPostgres(place) ? { server: postgresAddress(place) } : place
}

/** Another database at the same server, for the same user. Throws for a file and for a name with signs of an address. */
export const besideAt = (place: StorePlace, name: string): PostgresPlace => {
  const exact = placeOf(place)
  if (typeof exact === 'string' || !/^[A-Za-z0-9_-]+$/.test(name)) throw new Error(`${name} is no name of a database`)
  return { server: atDatabase(exact.server, name), ...(exact.folder !== undefined && { folder: exact.folder }) }
}

/** The name of a database for people, without a password. */
export const storeName = (place: StorePlace): string => {
  const exact = placeOf(place)
  return typeof exact === 'string' ? exact : exact.server.name
}

/** Makes a relative path in the address absolute; other addresses stay unchanged. */
export const absoluteStore = (address: string, base: string): string =>
  address === inMemory || isAbsolute(address) || schemeOf(address) !== undefined ? address : join(base, address)

/** The database's folder on this machine, which contains the control socket; a database in memory has none. */
export const storeFolder = (place: StorePlace): string | undefined => {
  if (typeof place !== 'string') return place.folder
  return isFile(place) ? dirname(place) : undefined
}

/** The default place of the journal of names; a database in memory has none. */
export const storeJournal = (place: StorePlace): string | undefined => {
  if (typeof place !== 'string') return place.folder === undefined ? undefined : join(place.folder, 'latchkey.names')
  return isFile(place) ? `${place}.names` : undefined
}

const isFile = (address: string): boolean => address !== inMemory && schemeOf(address) === undefined

const schemeOf = (address: string): string | undefined => /^([a-z][a-z\d+.-]*):\/\//i.exec(address)?.[1]?.toLowerCase()
