import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Deps } from '../../src/app/deps.ts'
import { explainWaiting } from '../../src/app/explain-waiting.ts'
import { newHealth } from '../../src/app/health.ts'
import { recordStep } from '../../src/app/record-step.ts'
import { askForEnd } from '../../src/app/revoke-grant.ts'
import type { Card } from '../../src/domain/card.ts'
import { maxAttempts } from '../../src/domain/grant-trouble.ts'
import type { Claim } from '../../src/domain/lease-memory.ts'
import { after, seconds } from '../../src/domain/time.ts'
import type { Loaded, Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import * as sample from './store-samples.ts'

const { at } = sample
const away = { kind: 'failed', transient: true, code: 'unreachable' } as const

let store: Store
let now = at(100)
beforeEach(async () => {
  store = await openStore(':memory:', { newId: randomUUID })
  now = at(100)
})
afterEach(() => store.close())

/** A Latchkey whose one owner, Grace, is in Slack. */
const latchkey = (): Deps => ({
  ...{ store, newId: randomUUID, newNonce: randomUUID, hash: (text) => text, random: () => 0, nudge: () => {} },
  clock: { now: () => now, sleep: async () => {} },
  log: { info: () => {}, warn: () => {}, error: () => {} },
  directory: {
    person: () => undefined,
    find: (id) => ({ id, name: id, identities: [{ platform: 'slack', tenant: 'T', subject: `U-${id}` }] }),
    members: () => [sample.grace],
    partiesOf: () => [],
  },
  integrations: new Map(),
  platforms: new Map([
    ['slack', { name: 'slack', post: async () => fail(), update: async () => {}, admits: async () => fail() }],
  ]),
  troubleAt: () => undefined,
  settings: {
    ...{ linkBase: 'https://latchkey.example.com', linkInMessage: false, linkConfirm: 'none' },
    ...{ revokeOnMisuse: true, claim: seconds(60), wake: seconds(15), provedShare: 0 },
  },
})
const fail = (): never => {
  throw new Error('Nothing is shown in this test.')
}

const grantOf = async (loaded: Loaded) => sample.grantOf(await sample.reload(store, loaded.request))
const alerts = async (): Promise<number> => {
  const { things: due } = await store.claimCards('slack', at(9_000), seconds(0), 99)
  const isAlert = (card: Card) => card.audience === 'notice' && card.notice.about === 'not-revoked'
  return due.filter(isAlert).length
}

describe('while a vault is away', () => {
  const dead = (deps: Deps) => {
    const health = newHealth(deps)
    for (let failures = 0; failures < 3; failures += 1) health.failed(sample.vault.id, 'sealed')
    return explainWaiting(deps, health, sample.vault.id)
  }

  test('an end that was asked for in the very moment it was found to be away is told at the next look, once', async () => {
    const deps = latchkey()
    const active = await sample.activated(store)
    const explain = dead(deps)
    await explain()
    expect(await alerts()).toBe(0)
    await askForEnd(deps)(sample.grantOf(active).id, { because: 'revoked' })
    for (const _ of [1, 2]) await explain()
    expect(await alerts()).toBe(1)
    expect((await grantOf(active)).trouble).toEqual({ since: now, code: 'sealed', alerted: true })
  })

  test('access that is set up says why it waits, and alarms nobody', async () => {
    const waiting = await sample.approved(store)
    await dead(latchkey())()
    expect((await grantOf(waiting)).trouble).toEqual({ since: now, code: 'sealed' })
    expect(await alerts()).toBe(0)
  })

  test('a claim of somebody who works on it is not broken', async () => {
    const waiting = await sample.approved(store)
    await store.claimGrants(sample.vault.id, now, seconds(60), 9)
    await dead(latchkey())()
    expect((await store.claimGrants(sample.vault.id, now, seconds(60), 9)).things).toEqual([])
    expect((await grantOf(waiting)).trouble).toBeDefined()
  })

  test('nothing is written while it answers', async () => {
    const waiting = await sample.approved(store)
    const deps = latchkey()
    await explainWaiting(deps, newHealth(deps), sample.vault.id)()
    expect(await grantOf(waiting)).toEqual(sample.grantOf(waiting))
  })
})

describe('an end that fails', () => {
  /** Fails once, after some tries of which a killed process left nothing but the count. */
  const tryAfter = async (deps: Deps, loaded: Loaded, lost: number) => {
    const id = sample.grantOf(loaded).id
    let claim: Claim | undefined
    for (let tries = 0; tries <= lost; tries += 1) {
      await store.releaseClaims()
      now = after(now, seconds(400))
      claim = (await store.claimGrants(sample.vault.id, now, seconds(60), 9)).claim
    }
    await recordStep(deps, id, { took: away, claim: sample.present(claim) })
  }

  test.each([0, 1, 7])('early alerts its owner once, also when %i tries before were lost', async (lost) => {
    const deps = latchkey()
    const active = await sample.activated(store)
    await askForEnd(deps)(sample.grantOf(active).id, { because: 'revoked' })
    await tryAfter(deps, active, lost)
    expect(await alerts()).toBe(1)
    for (const _ of [1, 2]) await tryAfter(deps, active, 0)
    expect(await alerts()).toBe(1)
  })

  test('as planned alerts when its tries are used up, also when the last was lost', async () => {
    const deps = latchkey()
    const active = await sample.activated(store)
    now = at(5_000)
    await recordStep(deps, sample.grantOf(active).id, { took: { kind: 'came-due' } })
    for (let tries = 1; tries < maxAttempts; tries += 1) await tryAfter(deps, active, 0)
    expect(await alerts()).toBe(0)
    await tryAfter(deps, active, 1)
    await tryAfter(deps, active, 0)
    expect(await alerts()).toBe(1)
  })
})
