import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkAccounts } from '../../src/app/check-accounts.ts'
import { checkHolders } from '../../src/app/check-holders.ts'
import { confirmRemovals, heldRemovals } from '../../src/app/confirm-removals.ts'
import type { Deps } from '../../src/app/deps.ts'
import { takeStep } from '../../src/app/grant-steps.ts'
import { newHealth } from '../../src/app/health.ts'
import { newPool } from '../../src/app/pool.ts'
import { reconcileGrants } from '../../src/app/reconcile-grants.ts'
import { byOperator } from '../../src/domain/audit-event.ts'
import { personId } from '../../src/domain/ids.ts'
import type { Integration } from '../../src/domain/integration.ts'
import { heldFor } from '../../src/domain/lapse.ts'
import { after, seconds, type Timestamp } from '../../src/domain/time.ts'
import type { Loaded, Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { type Company, latchkeyOf, newCompany } from '../support/company.ts'
import * as sample from './store-samples.ts'

const { at, vault } = sample
const crowd = Array.from({ length: 20 }, (_, index) => `p${index}`)

let store: Store
let company: Company
let now: Timestamp
beforeEach(async () => {
  store = await openStore(':memory:', { newId: randomUUID })
  company = newCompany()
  now = at(60)
})
afterEach(() => store.close())

const latchkey = (integration: Integration = vault): Deps =>
  latchkeyOf({ store, company, now: () => now, integrations: [integration] })
const look = (deps = latchkey()) => checkHolders(deps)({ isChanged: true })
const stateOf = async (loaded: Loaded) => {
  const { request, grant } = await sample.reload(store, loaded.request)
  const because = grant && 'because' in grant ? grant.because : undefined
  return because ?? (grant?.lapse && `lapsed: ${grant.lapse.why}`) ?? grant?.state ?? request.state
}
const statesOf = (all: readonly Loaded[]) => Promise.all(all.map(stateOf))
/** What was told since the last time, and to whom. */
const told = async (): Promise<readonly string[]> => {
  const { claim, things: cards } = await store.claimCards('slack', at(90_000), seconds(0), 999)
  await Promise.all(cards.map(({ id }) => store.recordCard(id, { kind: 'gone' }, claim)))
  return cards.flatMap((card) => {
    const to = card.recipient.to === 'person' ? card.recipient.person : ''
    return card.audience === 'notice' ? [`${card.notice.about} to ${to}`] : []
  })
}
const dismiss = (...gone: readonly string[]) => {
  company.people = company.people.filter((key) => !gone.includes(key))
}
const audited = async (kind: string) => (await store.auditRows(0, 999)).filter((row) => row.kind === kind)
/** Access of many people, all of them requesters. */
const crowded = async (): Promise<readonly Loaded[]> => {
  company.people.push(...crowd)
  company.groups.engineering?.push(...crowd)
  return Promise.all(
    crowd.map((key) =>
      sample.activated(store, { by: personId(key), items: [sample.item(`apps/${key}`)] }, after(now, seconds(10))),
    ),
  )
}
/** Lets the reconciler look at what is due, with a vault that is away. */
const passTime = (length: typeof heldFor) => {
  now = after(now, length)
  return reconcile()
}
const reconcile = async () => {
  const deps = latchkey()
  const pool = () => newPool(1, deps.log)
  const hands = { steps: pool(), cuts: pool(), chores: pool() }
  await reconcileGrants(deps, newHealth(deps), vault.id, hands, () => false)(() => {})
  await Promise.all(Object.values(hands).map((each) => each.settled()))
}

describe('somebody who is gone from the people file', () => {
  test('loses what is active and what is being set up, for that reason, and the owners are told once each', async () => {
    const active = await sample.activated(store)
    const awaited = await sample.approved(store, { items: [sample.item('apps/mail')] })
    const other = await sample.activated(store, { by: sample.linus })
    dismiss('ada')
    for (const _ of [1, 2]) await look()
    expect(await statesOf([active, awaited, other])).toEqual(['person-removed', 'person-removed', 'active'])
    const each = ['access-lapsed to grace', 'access-lapsed to linus']
    expect((await told()).toSorted()).toEqual([...each, ...each].toSorted())
    expect((await audited('access-ending')).map(({ detail }) => detail.because)).toEqual([
      'person-removed',
      'person-removed',
    ])
  })

  test('has no open request any more: it is closed with the reason', async () => {
    const open = await sample.submitted(store)
    dismiss('ada')
    await look()
    expect((await sample.reload(store, open.request)).request).toMatchObject({
      state: 'cancelled',
      because: 'person-removed',
    })
    expect((await audited('request-cancelled')).map(({ detail }) => detail)).toEqual([{ because: 'person-removed' }])
  })
})

test('what was approved in the very moment of a change is not set up: it ends', async () => {
  const awaited = await sample.approved(store)
  dismiss('ada')
  const deps = latchkey()
  const connector = deps.integrations.get(vault.id)?.connector
  if (!connector) throw new Error('there is no vault')
  expect(await takeStep(deps, connector, awaited)).toBeUndefined() // its vault would not have answered
  expect(await stateOf(awaited)).toBe('person-removed')
})

describe('somebody who is no requester any more', () => {
  const resign = () => {
    company.groups.engineering = ['linus']
  }

  test('keeps what is active while its owners are asked, once, and gets it back whole as a requester', async () => {
    const active = await sample.activated(store)
    resign()
    for (const _ of [1, 2]) await look()
    expect(await stateOf(active)).toBe('lapsed: requester-removed')
    expect(await told()).toEqual(['access-lapsed to grace', 'access-lapsed to linus'])
    company.groups.engineering = ['ada']
    await look()
    expect(sample.grantOf(await sample.reload(store, active.request))).toEqual(sample.grantOf(active))
    resign()
    await look()
    expect(await told()).toHaveLength(2)
  })

  test('loses it where the integration says so, and what nobody used yet anywhere', async () => {
    const awaited = await sample.approved(store)
    resign()
    await look()
    expect(await stateOf(awaited)).toBe('requester-removed')
    const active = await sample.activated(store, { items: [sample.item('apps/mail')] })
    await look(latchkey({ ...vault, formerRequesters: 'end' }))
    expect(await stateOf(active)).toBe('requester-removed')
  })

  test('has a card that says so on each open request, which stays open; no other card is drawn again', async () => {
    const [mine, other] = [await sample.submitted(store), await sample.submitted(store, { by: sample.linus })]
    const drawn = async ({ request }: Loaded) => (await sample.reload(store, request)).request.revision
    const directoryNow = () =>
      latchkeyOf({ store, company: structuredClone(company), now: () => now, integrations: [] })
    const reload = async (change: () => void) => {
      const { directory: before } = directoryNow()
      change()
      await checkHolders(latchkey())({ isChanged: true, before })
      return [await drawn(mine), await drawn(other)]
    }
    expect(await reload(() => {})).toEqual([1, 1])
    expect(await reload(() => resign())).toEqual([2, 1])
    expect(await reload(() => {})).toEqual([2, 1])
    expect(await reload(() => Object.assign(company, newCompany()))).toEqual([3, 1])
    expect(await stateOf(mine)).toBe('pending')
  })

  test('is found at start as well, where the configuration names other requesters', async () => {
    const active = await sample.activated(store)
    await look(latchkey({ ...vault, requesters: ['person:linus'] }))
    expect(await stateOf(active)).toBe('lapsed: requester-removed')
  })
})

describe('a reload after which many would lose their access', () => {
  test('ends nothing at once, closes nothing and alerts the owners once, also across restarts', async () => {
    const all = await crowded()
    const open = await sample.submitted(store, { by: personId('p0'), items: [sample.item('apps/mail')] })
    dismiss(...crowd.slice(0, 4))
    for (const _ of [1, 2, 3]) await look()
    expect(await statesOf(all)).toEqual(crowd.map((_, index) => (index < 4 ? 'lapsed: person-removed' : 'active')))
    expect(await stateOf(open)).toBe('pending')
    expect(await told()).toEqual(['removals-held to grace'])
  })

  test('is announced once, however many looks begin at the same time', async () => {
    await crowded()
    dismiss(...crowd)
    await Promise.all([look(), look(), look()])
    expect(await told()).toEqual(['removals-held to grace'])
  })

  test('ends it after a quarter of an hour, without anybody’s help', async () => {
    const all = await crowded()
    dismiss(...crowd.slice(0, 4))
    await look()
    await passTime(heldFor)
    expect((await statesOf(all)).slice(0, 5)).toEqual([...Array(4).fill('person-removed'), 'active'])
  })

  test('ends nothing when the file is corrected in time, and says so', async () => {
    const all = await crowded()
    const before = [...company.people]
    dismiss(...crowd)
    await look()
    company.people = before
    await look()
    await passTime(heldFor)
    expect(new Set(await statesOf(all))).toEqual(new Set(['active']))
    expect(await told()).toEqual(['removals-held to grace', 'removals-called-off to grace'])
  })

  test('ends those who are still missing when the file is corrected in part', async () => {
    const all = await crowded()
    dismiss(...crowd)
    await look()
    company.people.push(...crowd.slice(1))
    await look()
    await passTime(heldFor)
    expect((await statesOf(all)).slice(0, 3)).toEqual(['person-removed', 'active', 'active'])
  })

  test('ends it at once when an operator confirms what was seen, under the operator’s name', async () => {
    const all = await crowded()
    dismiss(...crowd.slice(0, 4))
    await look()
    const deps = latchkey()
    const { seen } = await heldRemovals(deps)()
    dismiss(...crowd.slice(4, 5))
    await look()
    expect(await confirmRemovals(deps)(seen, byOperator('root@host'))).toBeUndefined()
    expect(new Set(await statesOf(all.slice(0, 5)))).toEqual(new Set(['lapsed: person-removed']))
    await confirmRemovals(deps)((await heldRemovals(deps)()).seen, byOperator('root@host'))
    expect((await statesOf(all)).slice(0, 6)).toEqual([...Array(5).fill('person-removed'), 'active'])
    expect((await audited('access-ending')).map(({ actor }) => actor)).toContainEqual({
      kind: 'operator',
      name: 'root@host',
    })
  })

  test('alerts the owners as they were before, where the file lost them as well', async () => {
    await crowded()
    const before = latchkeyOf({ store, company: { ...company }, now: () => now, integrations: [vault] }).directory
    company.people = ['linus']
    await checkHolders(latchkey())({ isChanged: true, before })
    expect(await told()).toEqual(['removals-held to grace'])
  })
})

describe('somebody whose chat account was deactivated', () => {
  const never = new AbortController().signal
  const ask = () => checkAccounts(latchkey())(never)

  test('loses their access and open requests, for that reason', async () => {
    const [active, open] = [await sample.activated(store), await sample.submitted(store, { items: [sample.item('b')] })]
    await ask()
    expect(await statesOf([active, open])).toEqual(['active', 'pending'])
    company.deactivated = ['ada']
    await ask()
    expect(await statesOf([active, open])).toEqual(['account-deactivated', 'cancelled'])
  })

  test('keeps it while another account of theirs is active, and while the chat is silent', async () => {
    const active = await sample.activated(store)
    company.deactivated = ['ada']
    company.secondAccounts = ['ada']
    await ask()
    expect(await stateOf(active)).toBe('active')
    company.secondAccounts = []
    company.isSilent = true
    await ask()
    expect(await stateOf(active)).toBe('active')
  })

  test('is held back with many others, which the people file does not call off', async () => {
    const all = await crowded()
    company.deactivated = crowd.slice(0, 5)
    await ask()
    await look()
    expect((await statesOf(all)).slice(4, 6)).toEqual(['lapsed: account-deactivated', 'active'])
    company.deactivated = []
    await ask()
    expect(new Set(await statesOf(all))).toEqual(new Set(['active']))
  })
})
