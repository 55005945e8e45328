import type { StoreReader } from '../../ports.ts'
import type { StorePlace } from '../../store/address.ts'
import { storeAt } from '../../store/index.ts'

/**
 * How people are reached, as their last actions told the server of this database. Nothing is known before its first
 * start, or of an unreadable database: the finding about the database says why.
 */
export const referencesIn = async (
  place: StorePlace,
): Promise<Pick<StoreReader, 'conversation' | 'close'> | undefined> => {
  try {
    const store = storeAt(place)
    return (await store.exists()) ? await store.read() : undefined
  } catch {
    return undefined
  }
}
