import { dirname, isAbsolute, join } from 'node:path'

/** Keeps everything in memory: for trying Latchkey out. */
export const inMemory = ':memory:'

/** The kinds of database that `index.ts` has. */
export type StoreKind = 'sqlite'

const notYet = ['postgres', 'postgresql']
const remedy = 'name a file on a disk of this machine, such as data/latchkey.sqlite'

/** What keeps an address from naming a database; `undefined` if nothing does. Never repeats it, as it may hold a password. */
export const storeFault = (address: string): string | undefined => {
  const scheme = schemeOf(address)
  if (scheme === undefined) return address.trim() === '' ? remedy : undefined
  if (notYet.includes(scheme)) return `PostgreSQL cannot be used yet; ${remedy}`
  return `no database is known for ${scheme}://; ${remedy}`
}

/** Which kind of database an address without a fault names: a path and `:memory:` are SQLite's. */
export const storeKind = (address: string): StoreKind => {
  const fault = storeFault(address)
  if (fault !== undefined) throw new Error(fault)
  return 'sqlite'
}

/** The address with a relative path made absolute; others stay as they are. */
export const absoluteStore = (address: string, base: string): string =>
  address === inMemory || isAbsolute(address) || schemeOf(address) !== undefined ? address : join(base, address)

/** The folder on this machine that belongs to the database: the control socket lies there. In memory there is none. */
export const storeFolder = (address: string): string | undefined => (isFile(address) ? dirname(address) : undefined)

/** Where the journal of names lies unless another place is named; in memory there is none. */
export const storeJournal = (address: string): string | undefined => (isFile(address) ? `${address}.names` : undefined)

const isFile = (address: string): boolean => address !== inMemory && schemeOf(address) === undefined

const schemeOf = (address: string): string | undefined => /^([a-z][a-z\d+.-]*):\/\//i.exec(address)?.[1]?.toLowerCase()
