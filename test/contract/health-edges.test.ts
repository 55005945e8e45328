import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Loaded, Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { failing, vaultLoop } from '../support/vault-loop.ts'
import * as sample from './store-samples.ts'

const { vault, at } = sample
let store: Store
beforeEach(async () => {
  store = await openStore(':memory:', { newId: randomUUID })
})
afterEach(() => store.close())

const grantOf = async ({ request }: Loaded) => (await sample.reload(store, request)).grant
/** Access whose end was asked for. */
const ending = async (name: string): Promise<Loaded> => {
  const active = await sample.activated(store, { items: [sample.item(name)] })
  await sample.mustCommit(store, sample.after(active, { kind: 'revoke-asked', because: 'revoked' }, at(50)))
  return active
}

describe('a quota', () => {
  test('that several meet opens no breaker, early ends go on, and no try is used up', async () => {
    const owed = await Promise.all(
      ['one', 'two', 'three', 'four'].map((name) => sample.approved(store, { items: [sample.item(name)] })),
    )
    let isLimited = true
    const { turns, health } = vaultLoop(
      store,
      {
        provision: async () => {
          if (isLimited) throw failing('rate-limited')
        },
      },
      at(100),
    )
    await turns(12)
    expect(health.trouble(vault.id)).toBeUndefined()
    const end = await ending('good')
    await turns(1)
    expect(await grantOf(end)).toMatchObject({ state: 'ended' })
    for (const each of owed) {
      expect(await grantOf(each)).toMatchObject({ state: 'provisioning', trouble: { code: 'rate-limited' } })
    }
    isLimited = false
    await turns(8)
    for (const each of owed) expect(await grantOf(each)).toMatchObject({ state: 'active' })
  })

  test('that the check of rights meets is an outage', async () => {
    const { turns, health } = vaultLoop(
      store,
      { checkRights: async () => Promise.reject(failing('rate-limited')) },
      at(100),
    )
    await turns(8)
    expect(health.trouble(vault.id)).toMatchObject({ code: 'rate-limited' })
  })
})

describe('an outage', () => {
  test('whose row cannot be written now is written by the next failure, and so no kill loses it', async () => {
    let isFull = true
    const beginOutage: Store['beginOutage'] = async (...given) => {
      if (isFull) throw failing('database-busy')
      return store.beginOutage(...given)
    }
    const { health } = vaultLoop({ ...store, beginOutage }, {}, at(100))
    for (const _ of [1, 2]) await health.failed(vault.id, 'sealed')
    for (const _ of [1, 2]) await expect(health.failed(vault.id, 'sealed')).rejects.toThrow('database-busy')
    isFull = false
    await health.failed(vault.id, 'sealed')
    expect(await store.outages()).toEqual([{ integration: vault.id, since: at(100), code: 'sealed' }])
    expect(health.isTroubled(vault.id)).toBe(true)
  })

  test('that is over before its row could be written is over', async () => {
    const { promise, reject } = Promise.withResolvers<void>()
    const { health } = vaultLoop({ ...store, beginOutage: () => promise }, {}, at(100))
    for (const _ of [1, 2]) await health.failed(vault.id, 'sealed')
    const third = health.failed(vault.id, 'sealed')
    await health.answered(vault.id)
    reject(failing('database-busy'))
    await expect(third).rejects.toThrow('database-busy')
    for (const _ of [1, 2]) await health.failed(vault.id, 'sealed')
    expect(health.isTroubled(vault.id)).toBe(false)
  })
})
