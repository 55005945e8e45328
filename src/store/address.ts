import { dirname, isAbsolute, join } from 'node:path'

/** Keeps everything in memory, for trials of Latchkey. */
export const inMemory = ':memory:'

/** The kinds of database in `index.ts`. */
export type StoreKind = 'sqlite'

const notYet = ['postgres', 'postgresql']
const remedy = 'name a file on a disk of this machine, such as data/latchkey.sqlite'

/**
 * Why an address names no database; `undefined` when it does. It never quotes the address, which may contain a
 * password.
 */
export const storeFault = (address: string): string | undefined => {
  const scheme = schemeOf(address)
  if (scheme === undefined) return address.trim() === '' ? remedy : undefined
  if (notYet.includes(scheme)) return `PostgreSQL cannot be used yet; ${remedy}`
  return `no database is known for ${scheme}://; ${remedy}`
}

/** The kind of database for a valid address: a path and `:memory:` belong to SQLite. */
export const storeKind = (address: string): StoreKind => {
  const fault = storeFault(address)
  if (fault !== undefined) throw new Error(fault)
  return 'sqlite'
}

/** Makes a relative path in the address absolute; other addresses stay unchanged. */
export const absoluteStore = (address: string, base: string): string =>
  address === inMemory || isAbsolute(address) || schemeOf(address) !== undefined ? address : join(base, address)

/** The database's folder on this machine, which contains the control socket; a database in memory has none. */
export const storeFolder = (address: string): string | undefined => (isFile(address) ? dirname(address) : undefined)

/** The default place of the journal of names; a database in memory has none. */
export const storeJournal = (address: string): string | undefined => (isFile(address) ? `${address}.names` : undefined)

const isFile = (address: string): boolean => address !== inMemory && schemeOf(address) === undefined

const schemeOf = (address: string): string | undefined => /^([a-z][a-z\d+.-]*):\/\//i.exec(address)?.[1]?.toLowerCase()
