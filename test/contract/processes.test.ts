import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Deps } from '../../src/app/deps.ts'
import { newHealth } from '../../src/app/health.ts'
import { alone } from '../../src/app/lease.ts'
import { newPool } from '../../src/app/pool.ts'
import { reconcileCards } from '../../src/app/reconcile-cards.ts'
import { after, seconds } from '../../src/domain/time.ts'
import type { ChatPlatform, Connector, Store } from '../../src/ports.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import * as sample from './store-samples.ts'
import { useFolder } from './store-sqlite-raw.ts'

/** A vault that nothing is asked of. */
const connector = {
  cannotEnd: () => [],
  plan: () => ({ ok: true, value: { document: '{}', hash: 'f00d' } }),
  caveats: async () => [],
} as unknown as Connector

/** A chat that notes each view that it shows. */
const platform = (shown: string[]): ChatPlatform => ({
  name: 'slack',
  post: async (_, view) => {
    shown.push(JSON.stringify(view))
    return { conversation: 'D1', message: '1' }
  },
  update: async (_, view) => void shown.push(JSON.stringify(view)),
  admits: async () => ({ ok: true, value: undefined }),
})

describe('two processes that share a database', () => {
  const { at: path } = useFolder()
  let now = sample.at(100)
  let stores: readonly [Store, Store]
  beforeEach(async () => {
    now = sample.at(100)
    const open = () => openSqliteStore({ file: path('latchkey.db'), newId: randomUUID, now: () => now, isShared: true })
    stores = [await open(), await open()]
  })
  afterEach(async () => {
    for (const store of stores) await store.close()
  })

  const deps = (store: Store): Deps => ({
    ...{ store, newId: randomUUID, newNonce: randomUUID, hash: (text) => text, random: () => 0, nudge: () => {} },
    clock: {
      now: () => now,
      sleep: (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
    },
    log: { info: () => {}, warn: () => {}, error: () => {} },
    directory: {
      person: () => undefined,
      find: (id) => ({ id, name: id, identities: [{ platform: 'slack', tenant: 'T', subject: `U-${id}` }] }),
      members: () => [sample.grace],
      partiesOf: () => [],
    },
    integrations: new Map([[sample.vault.id, { integration: sample.vault, connector }]]),
    platforms: new Map([['slack', platform([])]]),
    troubleAt: () => undefined,
    settings: {
      ...{ linkBase: 'https://latchkey.example.com', linkInMessage: false, linkConfirm: 'none' },
      ...{ revokeOnMisuse: true, claim: seconds(60), wake: seconds(15), provedShare: 0 },
    },
  })

  test('know of one outage, and tell its end once, whichever of them meets it', async () => {
    const [one, other] = [newHealth(deps(stores[0])), newHealth(deps(stores[1]))]
    const { id } = sample.vault
    for (let failures = 0; failures < 3; failures += 1) await one.failed(id, 'sealed')
    expect([one.isTroubled(id), other.isTroubled(id)]).toEqual([true, false])
    await other.follow()
    expect(other.trouble(id)).toMatchObject({ since: now, code: 'sealed' })
    await Promise.all([one.answered(id), other.answered(id)])
    expect((await sample.claimCards(stores[0], 100)).things).toMatchObject([{ notice: { about: 'vault-back' } }])
    expect(await stores[1].outages()).toEqual([])
  })

  test('close the breaker of a vault that the other found to answer', async () => {
    const [one, other] = [newHealth(deps(stores[0])), newHealth(deps(stores[1]))]
    const { id } = sample.vault
    for (let failures = 0; failures < 3; failures += 1) await one.failed(id, 'sealed')
    await other.follow()
    await other.answered(id)
    await one.follow()
    expect(one.isTroubled(id)).toBe(false)
  })

  test('do a job once, and the other takes it over when it fails, stops or dies', async () => {
    const done: string[] = []
    let result: unknown
    const job = (name: string, store: Store) =>
      alone(deps(store), 'drift', seconds(300), async () => {
        done.push(name)
        return result
      })
    const [one, other] = [job('one', stores[0]), job('other', stores[1])]
    const both = async () => {
      done.splice(0)
      await one(() => {})
      await other(() => {})
      return done
    }
    expect(await both()).toEqual(['one'])
    now = after(now, seconds(300)) // its next turn
    expect(await both()).toEqual(['one'])
    result = false
    expect(await both()).toEqual(['one', 'other'])
    result = undefined
    expect(await both()).toEqual(['one'])
    await stores[0].stayAlive(seconds(20))
    await stores[1].stayAlive(seconds(30))
    now = after(now, seconds(21))
    await stores[1].stayAlive(seconds(20))
    done.splice(0)
    await other(() => {})
    expect(done).toEqual(['other'])
  })

  test('at a server do not go on with a job for long after the other has taken them for dead', async () => {
    const done: string[] = []
    const server = {
      time: async () => now,
      present: async () => ({ name: 'a', isSettled: true }),
      settled: async () => {},
    }
    const job = (name: string, store: Store) =>
      alone(deps({ ...store, server }), 'drift', seconds(300), async () => void done.push(name))
    const [one, other] = [job('one', stores[0]), job('other', stores[1])]
    await stores[0].stayAlive(seconds(3))
    await one(() => {})
    now = after(now, seconds(1))
    await stores[1].stayAlive(seconds(30))
    now = after(now, seconds(3))
    await stores[1].stayAlive(seconds(30))
    await other(() => {})
    await one(() => {})
    expect(done).toEqual(['one', 'other'])
  })

  test('draw a card again whose words the other changed meanwhile, though they remember the same words', async () => {
    const shown: string[] = []
    const pool = newPool(8, deps(stores[0]).log)
    const [one, other] = stores.map((store) => reconcileCards(deps(store), platform(shown), pool))
    const { request } = await sample.submitted(stores[0], { approvals: 9 })
    await stores[0].addCards([sample.card({ request: request.id })])
    const draw = async (process: typeof one) => {
      await process?.(() => {})
      await pool.settled()
      return shown.length
    }
    const change = async (reason: string) => {
      const loaded = await sample.reload(stores[0], request)
      await sample.mustCommit(stores[0], { request: { ...loaded.request, reason }, audit: [] })
    }
    expect(await draw(one)).toBe(1)
    await change('another reason')
    expect(await draw(other)).toBe(2)
    await change(request.reason)
    expect(await draw(one)).toBe(3)
    expect(shown[2]).toBe(shown[0])
  })
})
