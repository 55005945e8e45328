import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { newBell } from '../../src/app/bell.ts'
import type { Deps, Limits } from '../../src/app/deps.ts'
import { newHealth } from '../../src/app/health.ts'
import { useCases } from '../../src/app/use-cases.ts'
import { type Actor, byPerson } from '../../src/domain/audit-event.ts'
import { type ResourceId, requestId } from '../../src/domain/ids.ts'
import { seconds, type Timestamp, timestamp } from '../../src/domain/time.ts'
import type { Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { latchkeyOf, newCompany } from '../support/company.ts'
import * as sample from './store-samples.ts'

// What one person may do within a time, on the real store.

const limits: Limits = { openRequests: 3, requestsAnHour: 5, refusalsAnHour: 4, searchesAMinute: 10, callsAMinute: 20 }
const hour = 3_600
let store: Store
let now: Timestamp
let deps: Deps
let verbs: ReturnType<typeof useCases>
const ids: ResourceId[] = []

beforeEach(async () => {
  store = await openStore(':memory:', { newId: randomUUID })
  now = sample.at(0)
  deps = latchkeyOf({ store, company: newCompany(), now: () => now, integrations: [sample.vault] })
  deps = { ...deps, settings: { ...deps.settings, limits } }
  verbs = useCases(deps, newHealth(deps), newBell())
  const secrets = Array.from({ length: 20 }, (_, index) => ({
    type: 'secret',
    path: `kv/s${index}`,
    permissions: ['read'],
  }))
  const pass = await store.openPass(sample.vault.id, { now, since: now, ownerKey: '', roots: ['kv/'] })
  await store.saveLooks(pass, [{ folder: 'kv/', found: secrets, folders: [] }], now)
  const found = await store.findResources([sample.vault.id], '', 20)
  ids.splice(0, ids.length, ...found.map(({ id }) => id))
  return () => store.close()
})

const ask = async (index: number, requester = sample.ada) => {
  const resource = ids[index]
  if (!resource) throw new Error('there are twenty')
  const wish = {
    draft: randomUUID(),
    items: [{ resource, permission: 'read' }] as const,
    duration: seconds(900),
    reason: 'The queue is stuck.',
  }
  return verbs.submitRequest({ ...wish, requester })
}
const codeOf = (outcome: Awaited<ReturnType<typeof ask>>) => (outcome.ok ? 'filed' : outcome.refusal.code)
const cancelAll = async () => {
  for (const { request } of await store.requestsOf(sample.ada, 50)) {
    if (request.state === 'pending') await verbs.cancelRequest(requestId(request.id), sample.ada)
  }
}

describe('requests of one person', () => {
  test('wait for a decision up to the cap, and again once one was decided', async () => {
    const outcomes = [await ask(0), await ask(1), await ask(2), await ask(3)].map(codeOf)
    expect(outcomes).toEqual(['filed', 'filed', 'filed', 'too-many-open'])
    expect(codeOf(await ask(4, sample.linus))).toBe('filed')
    await cancelAll()
    expect(codeOf(await ask(3))).toBe('filed')
  })

  test('of the same instant are together not more than the cap', async () => {
    const outcomes = await Promise.all(ids.map((_, index) => ask(index)))
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(limits.openRequests)
    expect((await store.askedBy(sample.ada, sample.at(-1))).waiting).toBe(limits.openRequests)
  })

  test('are no more than so many an hour, whatever became of them; the refusal says when again', async () => {
    for (let index = 0; index < limits.requestsAnHour; index += 1) {
      now = sample.at(index * 60)
      expect(codeOf(await ask(index))).toBe('filed')
      await cancelAll()
    }
    const refused = await ask(10)
    expect(refused).toMatchObject({ refusal: { code: 'too-many-requests', again: sample.at(hour) } })
    now = sample.at(hour + 1)
    expect(codeOf(await ask(10))).toBe('filed')
    await cancelAll()
    expect(codeOf(await ask(11))).toBe('too-many-requests') // the second oldest counts for a minute more
  })
})

const stranger = (subject: string): Actor => ({ kind: 'stranger', platform: 'slack', tenant: 'T1', subject })
const refusalRows = async () => (await store.auditRows(0, 1_000)).filter(({ kind }) => kind === 'refused')

describe('refusals in the audit', () => {
  const no = (actor: Actor, code: 'not-an-owner' | 'no-such-resource' = 'not-an-owner') =>
    verbs.recordRefusal(actor, { code })

  test.each([
    ['a person', byPerson(sample.ada)],
    ['a stranger', stranger('U0NEW')],
  ])('are a row each up to the cap, then counted in one row when the hour is over: %s', async (_, actor) => {
    for (let count = 0; count < 100; count += 1) await no(actor, count % 2 ? 'no-such-resource' : 'not-an-owner')
    expect(await refusalRows()).toHaveLength(limits.refusalsAnHour)
    await store.settleRefusals(sample.at(-1)) // the hour is not over
    expect(await refusalRows()).toHaveLength(limits.refusalsAnHour)
    await store.settleRefusals(now)
    const [last, ...more] = (await refusalRows()).slice(limits.refusalsAnHour)
    expect([last?.actor, more]).toEqual([actor, []])
    expect(last?.detail).toEqual({
      code: 'counted',
      count: 96,
      since: now,
      codes: 'no-such-resource 48, not-an-owner 48',
    })
    expect(await store.verifyAudit()).toBeUndefined()
  })

  test('are counted for each actor alone', async () => {
    for (let count = 0; count < 50; count += 1) await no(stranger(`U${count % 10}`))
    expect(await refusalRows()).toHaveLength(40)
    await store.settleRefusals(now)
    expect((await refusalRows()).slice(40).map(({ detail }) => detail.count)).toEqual(Array(10).fill(1))
  })

  test('add up to what happened, whenever they come', async () => {
    let happened = 0
    for (let minute = 0; minute < 200; minute += 1) {
      now = sample.at(minute * 60)
      for (let count = 0; count < minute % 7; count += 1, happened += 1) await no(byPerson(sample.ada))
      if (minute % 3 === 0) await store.settleRefusals(timestamp(now - hour * 1000))
    }
    await store.settleRefusals(now)
    const rows = await refusalRows()
    expect(rows.reduce((sum, { detail }) => sum + Number(detail.count ?? 1), 0)).toBe(happened)
    expect(rows.length).toBeLessThan(25)
  })
})

describe('searches', () => {
  const search = (person = sample.ada) => verbs.searchResources(person, [sample.vault.id], 's1', 5)

  test('are so many a minute for each person, then refused until the minute is over', async () => {
    const outcomes = await Promise.all(Array.from({ length: 15 }, () => search()))
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(limits.searchesAMinute)
    expect(await search()).toEqual({ ok: false, refusal: { code: 'too-many-searches' } })
    expect((await search(sample.linus)).ok).toBe(true)
    now = sample.at(61)
    expect((await search()).ok).toBe(true)
  })

  test('of who has access are held back likewise', async () => {
    const look = () => verbs.whoHas('s1', sample.grace)
    const outcomes = await Promise.all(Array.from({ length: 15 }, look))
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(limits.searchesAMinute)
  })
})

describe('a catalogue that is empty', () => {
  test('is told from one that was not looked through yet', async () => {
    const empty = await openStore(':memory:', { newId: randomUUID })
    const { offering } = useCases({ ...deps, store: empty }, newHealth(deps), newBell())
    expect([await verbs.offering(sample.vault.id), await offering(sample.vault.id)]).toEqual(['something', 'looking'])
    const pass = await empty.openPass(sample.vault.id, { now, since: now, ownerKey: '', roots: ['kv/'] })
    expect(await offering(sample.vault.id)).toBe('looking')
    await empty.saveLooks(pass, [{ folder: 'kv/', found: [], folders: [] }], now)
    await empty.closePass(pass, now)
    expect(await offering(sample.vault.id)).toBe('nothing')
    await empty.close()
  })
})
