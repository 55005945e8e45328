import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect } from 'vitest'
import type { Store } from '../../src/ports.ts'
import { openPostgresStore } from '../../src/store/postgres/store.ts'
import { usePostgres } from '../support/postgres-databases.ts'
import { at, databaseClock, present } from './store-samples.ts'

const processes = 3

/** Several processes over one database, which is new for each test. Afterwards its log must be whole. */
export const useProcesses = () => {
  const databases = usePostgres()
  let stores: readonly Store[] = []
  beforeEach(async () => {
    databaseClock.now = at(0)
    const { server: config } = await databases.fresh()
    const open = async () =>
      (await openPostgresStore({ config, newId: randomUUID, now: () => databaseClock.now })) as Store
    stores = await Promise.all(Array.from({ length: processes }, open))
  })
  afterEach(async () => {
    expect(await stores[0]?.verifyAudit()).toBeUndefined()
    await Promise.all(stores.map((store) => store.close()))
  })
  return {
    one: () => present(stores[0]),
    other: () => present(stores[1]),
    /** Does the same at the same moment, spread over the processes. */
    race: <T>(act: (store: Store, racer: number) => Promise<T>, many = racers): Promise<readonly T[]> =>
      Promise.all(Array.from({ length: many }, (_, racer) => act(present(stores[racer % processes]), racer))),
  }
}

export const racers = 20

/** How many of the answers say that their act took place. */
export const wins = (answers: readonly unknown[]): number =>
  answers.filter((answer) => answer === true || answer === 'committed').length
