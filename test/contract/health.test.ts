import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Grant } from '../../src/domain/grant.ts'
import { evidenceOf } from '../../src/domain/outage.ts'
import { seconds } from '../../src/domain/time.ts'
import type { Connector, Loaded, Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { eventually } from '../support/eventually.ts'
import { failing, noticesOf, vaultLoop } from '../support/vault-loop.ts'
import * as sample from './store-samples.ts'

const { vault, at } = sample
let store: Store
beforeEach(async () => {
  store = await openStore(':memory:', { newId: randomUUID })
})
afterEach(() => store.close())

const loop = (verbs: Partial<Connector>) => vaultLoop(store, verbs, at(100))
const grantOf = async ({ request }: Loaded): Promise<Grant> => sample.grantOf(await sample.reload(store, request))
const stateOf = async (loaded: Loaded) => (await grantOf(loaded)).state
/** Access of a person of its own, whose end was asked for. */
const ending = async (name: string): Promise<Loaded> => {
  const active = await sample.activated(store, { items: [sample.item(name)] })
  await sample.mustCommit(store, sample.after(active, { kind: 'revoke-asked', because: 'revoked' }, at(50)))
  return sample.reload(store, active.request)
}
const never = (): Promise<never> => new Promise(() => {})

describe('the trouble of one grant', () => {
  const codes = [
    'not-proven',
    'still-works',
    'account-busy',
    'account-locked',
    'policy-differs',
    'failing',
    'unexpected',
  ]
  test.each(codes)('that fails again and again with %s is no outage of its vault', async (code) => {
    const bad = await ending('bad')
    const { turns, health } = loop({
      revoke: async ({ grant }) => {
        if (grant === sample.grantOf(bad).id) throw failing(code)
        return { means: 'readback', at: at(1), latency: 1 }
      },
    })
    await turns(8, seconds(400))
    expect(health.trouble(vault.id)).toBeUndefined()
    const good = await ending('good')
    await turns(1)
    expect([await stateOf(bad), await stateOf(good)]).toEqual(['revoking', 'ended'])
  })

  test('is an outage once three grants in a row meet errors of the vault itself', async () => {
    for (const name of ['one', 'two', 'three']) await ending(name)
    const { turns, health } = loop({ revoke: async () => Promise.reject(failing('failing')) })
    await turns(1)
    expect(health.trouble(vault.id)).toMatchObject({ code: 'failing' })
  })
})

describe('an outage', () => {
  /** A vault that is away until it is told otherwise. */
  const away = (code = 'unreachable') => {
    const vaultState = { isAway: true }
    const meet = async () => {
      if (vaultState.isAway) throw failing(code)
    }
    const verbs: Partial<Connector> = {
      checkRights: async () => meet().then(() => []),
      revoke: async () => meet().then(() => ({ means: 'readback', at: at(1), latency: 1 })),
      provision: async () => meet().then(() => undefined),
    }
    return { vaultState, verbs }
  }

  test('at start ends with the next good check of rights, though no grant is owed anything', async () => {
    const { vaultState, verbs } = away()
    const { turns, health } = loop(verbs)
    await turns(3)
    expect(health.isTroubled(vault.id)).toBe(true)
    vaultState.isAway = false
    await turns(1)
    expect(health.isTroubled(vault.id)).toBe(false)
    expect(await noticesOf(store, 'vault-back')).toHaveLength(1)
  })

  test('is not over because of a step that asked the vault nothing', async () => {
    const { vaultState, verbs } = away()
    const { turns, health } = loop(verbs)
    await turns(3)
    const unborn = await sample.approved(store) // its end has no name to take back
    await sample.mustCommit(store, sample.after(unborn, { kind: 'revoke-asked', because: 'revoked' }, at(60)))
    await turns(3)
    expect(health.isTroubled(vault.id)).toBe(true)
    expect(await noticesOf(store, 'vault-back')).toEqual([])
    vaultState.isAway = false
    await turns(2)
    expect(await stateOf(unborn)).toBe('ended')
    expect(await noticesOf(store, 'vault-back')).toHaveLength(1)
  })

  test('that a killed process found is told as over by the next one, once, after a real answer', async () => {
    const { vaultState, verbs } = away()
    const active = await ending('apps/db')
    await loop(verbs).turns(4)
    const next = loop(verbs)
    await next.health.resume()
    expect(next.health.trouble(vault.id)).toMatchObject({ since: at(100), code: 'unreachable' })
    await next.turns(2)
    await next.explain()
    expect(await noticesOf(store, 'vault-back')).toEqual([])
    vaultState.isAway = false
    await store.releaseClaims()
    await next.turns(3, seconds(60))
    expect(await stateOf(active)).toBe('ended')
    const told = await noticesOf(store, 'vault-back')
    expect(told).toHaveLength(2) // its owner and the requester
    const third = loop(verbs)
    await third.health.resume()
    await third.turns(1)
    expect(await noticesOf(store, 'vault-back')).toHaveLength(2)
  })

  test('of an integration that was removed is forgotten', async () => {
    await store.beginOutage(sample.otherVault.id, { since: at(1), code: 'sealed' })
    await loop({}).health.resume()
    expect(await store.outages()).toEqual([])
  })

  test('of another kind is told as that: whoever waits reads what is wrong now', async () => {
    const waiting = await ending('apps/db')
    const { verbs } = away()
    const { turns, explain, health } = loop({ ...verbs, checkRights: async () => [] })
    await turns(4)
    await explain()
    expect((await grantOf(waiting)).trouble?.code).toBe('unreachable')
    await health.failed(vault.id, 'timeout')
    await explain()
    expect((await grantOf(waiting)).trouble?.code).toBe('unreachable') // no news: nothing is heard of it
    await health.failed(vault.id, 'bad-credentials')
    await explain()
    expect((await grantOf(waiting)).trouble?.code).toBe('bad-credentials')
  })

  test.each(['login-limited', 'bad-credentials', 'login-denied', 'not-a-vault', 'redirected', 'sealed'])(
    'called %s gives up no access that is being set up',
    async (code) => {
      expect(evidenceOf(code)).toBe('outage')
      const owed = await sample.approved(store)
      const { vaultState, verbs } = away(code)
      const { turns } = loop({ ...verbs, checkRights: async () => [] })
      await turns(30)
      expect(await grantOf(owed)).toMatchObject({ state: 'provisioning', trouble: { code } })
      vaultState.isAway = false
      await turns(3)
      expect(await stateOf(owed)).toBe('active')
    },
  )
})

describe('many ends while the vault hangs', () => {
  test('hold up neither the loop nor a new early end, and show that the vault is away', async () => {
    for (let index = 0; index < 20; index += 1) await ending(`apps/db-${index}`)
    const hanging: ((error: Error) => void)[] = []
    const cut = () => new Promise<void>((_, reject) => hanging.push(reject))
    const { turn, settled, health, turns } = loop({ cut, revoke: never })
    await turn()
    expect(hanging).toHaveLength(16)
    const active = await sample.activated(store, { items: [sample.item('late')] })
    await sample.mustCommit(store, sample.after(active, { kind: 'revoke-asked', because: 'revoked' }, at(60)))
    await turn()
    expect((await grantOf(active)).attempts).toBe(1) // claimed, not left lying
    for (const reject of hanging) reject(failing('timeout'))
    await settled()
    expect(health.trouble(vault.id)).toMatchObject({ code: 'timeout' })
    expect(hanging).toHaveLength(16) // the rest is not tried against a vault that is away
    await turns(1)
  })

  test('are cut before the first is proved, when it does not', async () => {
    const order: string[] = []
    for (let index = 0; index < 20; index += 1) await ending(`apps/db-${index}`)
    const { turns } = loop({
      cut: async () => void order.push('cut'),
      revoke: async () => {
        order.push('prove')
        return { means: 'readback', at: at(1), latency: 1 }
      },
    })
    await turns(4, seconds(1))
    expect(order).toEqual([...Array(20).fill('cut'), ...Array(20).fill('prove')])
  })
})

describe('what a killed process left armed', () => {
  const accountOf = { integration: vault.id, person: sample.linus }
  test('is disarmed beside the ends that are due, which do not wait for it', async () => {
    const due = await ending('apps/db')
    for (const person of [sample.linus, sample.grace]) {
      await store.claimAccount({ integration: vault.id, person }, () => `account-of-${person}`, seconds(0))
    }
    const disarming: string[] = []
    const { turn } = loop({
      disarm: async (account) => {
        disarming.push(account)
        return never()
      },
    })
    await turn()
    await eventually(async () => (await stateOf(due)) === 'ended')
    await eventually(() => disarming.length === 2)
    expect(disarming.toSorted()).toEqual(['account-of-grace', 'account-of-linus'])
    // Nobody logs in to an account that is being disarmed.
    expect(await store.claimAccount(accountOf, () => 'other', seconds(10))).toBeUndefined()
  })

  test('is left to a step that holds it, and disarmed again after an outage', async () => {
    await store.claimAccount(accountOf, () => 'held', seconds(60))
    await store.claimAccount({ ...accountOf, person: sample.grace }, () => 'free', seconds(0))
    let isAway = true
    const disarmed: string[] = []
    const { turns } = loop({
      disarm: async (account) => {
        if (isAway) throw failing('unreachable')
        disarmed.push(account)
      },
    })
    await turns(1, seconds(1))
    isAway = false
    await turns(2, seconds(1))
    expect(disarmed).toEqual(['free'])
  })
})
