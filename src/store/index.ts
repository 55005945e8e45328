import type { Database, Opening, Store, StoreReader } from '../ports.ts'
import { type StoreKind, storeKind } from './address.ts'
import { sqliteAt } from './sqlite/database.ts'

/** Every kind of database. Its modules are loaded at its first use, because most commands use none. */
export const stores: Readonly<Record<StoreKind, (address: string) => Database>> = {
  sqlite: sqliteAt,
}

/** The database of an address. Throws for an invalid address. */
export const storeAt = (address: string): Database => stores[storeKind(address)](address)

/** Opens the store for a server and migrates it. Throws while another process has it. */
export const openStore = async (address: string, opening: Opening): Promise<Store> => storeAt(address).open(opening)

/** Opens the store for reading only, even while a server runs. Throws `UnreadableDatabase`. */
export const openReader = async (address: string): Promise<StoreReader> => storeAt(address).read()
