import type { Database, Opening, Store, StoreReader } from '../ports.ts'
import { placeOf, type StorePlace } from './address.ts'
import { postgresAt } from './postgres/database.ts'
import { sqliteAt } from './sqlite/database.ts'

/** The database at a place. Throws for an invalid address. Its modules are loaded at its first use. */
export const storeAt = (place: StorePlace): Database => {
  const exact = placeOf(place)
  return typeof exact === 'string' ? sqliteAt(exact) : postgresAt(exact)
}

/** Opens the store for a server and migrates it. Throws while another process has it. */
export const openStore = async (place: StorePlace, opening: Opening): Promise<Store> => storeAt(place).open(opening)

/** Opens the store for reading only, even while a server runs. Throws `UnreadableDatabase`. */
export const openReader = async (place: StorePlace): Promise<StoreReader> => storeAt(place).read()
