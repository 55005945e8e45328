import { randomUUID } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { seconds } from '../../src/domain/time.ts'
import type { Store } from '../../src/ports.ts'
import { openPostgresStore } from '../../src/store/postgres/store.ts'
import { usePostgres } from '../support/postgres-databases.ts'
import * as sample from './store-samples.ts'

const databases = usePostgres()
const opened: Store[] = []
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close()
})

const rows = 60
const limit = 3

/** Several processes on a database whose planner believes that its tables are empty. */
const processes = async (count: number): Promise<readonly [Store, ...Store[]]> => {
  const { name, server: config } = await databases.fresh()
  const administrator = await databases.server().connect(undefined, name)
  for (const table of ['grants', 'cards']) {
    await administrator.query(`ALTER TABLE latchkey.${table} SET (autovacuum_enabled = false)`)
    await administrator.query(`ANALYZE latchkey.${table}`)
  }
  await administrator.end()
  const open = async () => {
    const store = await openPostgresStore({ config, newId: randomUUID, now: () => sample.at(10) })
    opened.push(store)
    return store
  }
  return [await open(), ...(await Promise.all(Array.from({ length: count - 1 }, open)))]
}

/** Each process claims again and again, all at the same moment, until nothing is left. */
const claimAll = async (stores: readonly Store[], claim: (store: Store) => Promise<readonly string[]>) => {
  const taken: (readonly string[])[] = []
  const claimUntilEmpty = async (store: Store) => {
    for (;;) {
      const ids = await claim(store)
      if (ids.length === 0) return
      taken.push(ids)
    }
  }
  await Promise.all(stores.flatMap((store) => [claimUntilEmpty(store), claimUntilEmpty(store)]))
  return taken
}

test('processes that claim at the same moment share due grants and cards, never more than they asked for', async () => {
  const stores = await processes(4)
  const [first] = stores
  await Promise.all(Array.from({ length: rows }, () => sample.approved(first)))
  const { request } = await sample.submitted(first)
  await first.addCards(Array.from({ length: rows }, () => sample.card({ request: request.id })))

  const grants = await claimAll(stores, async (store) =>
    sample.idsOf((await store.claimGrants(sample.vault.id, sample.at(10), seconds(60), limit)).things),
  )
  const cards = await claimAll(stores, async (store) =>
    (await store.claimCards('slack', sample.at(10), seconds(60), limit)).things.map(({ id }) => id),
  )
  for (const taken of [grants, cards]) {
    expect(new Set(taken.flat()).size).toBe(rows)
    expect(taken.flat()).toHaveLength(rows)
    expect(Math.max(...taken.map(({ length }) => length))).toBeLessThanOrEqual(limit)
  }
})

test('processes that draw an account for one person at the same moment draw one', async () => {
  const stores = await processes(4)
  const of = { integration: sample.vault.id, person: sample.ada }
  let drawn = 0
  const claim = (store: Store) => store.claimAccount(of, () => `name-${++drawn}`, seconds(60))
  const claims = (await Promise.all([...stores, ...stores].map(claim))).filter((each) => each !== undefined)
  expect(claims).toHaveLength(1)
  expect(await stores[0].accounts()).toEqual([{ person: sample.ada, name: claims[0]?.account }])
})
