import { expect, test } from 'vitest'
import type { GrantEvent } from '../../src/domain/grant.ts'
import { seconds } from '../../src/domain/time.ts'
import type { Current } from './store.contract.ts'
import * as sample from './store-samples.ts'

const { at } = sample

/** Requests for several items, and what of them is asked for and held. */
export function itemsContract(store: Current): void {
  test('of several items a denied one is free to be asked for again, and the rest is not', async () => {
    const [one, other] = [sample.item('apps/one'), sample.item('apps/other')]
    const wish = { items: [one, other] as const, routes: ['group:platform', 'group:network'] as const }
    const { request } = await sample.submitted(store(), wish)
    const denied = sample.decision(request, 'deny', sample.linus, ['group:network'])
    await sample.mustCommit(store(), denied)
    const after = await sample.reload(store(), request)
    expect(after).toEqual({ request: { ...denied.request, revision: 2 } })
    expect(after.request).toMatchObject({ state: 'pending', decisions: [{ part: { items: [1] } }] })
    expect(await store().requestsFor(one.resource)).toHaveLength(1)
    expect(await store().requestsFor(other.resource)).toEqual([])
    expect(await store().commit(sample.submission({ items: [one] }))).toBe('conflict')
    expect(await store().commit(sample.submission({ items: [sample.item('apps/third'), one] }))).toBe('conflict')
    expect(await store().commit(sample.submission({ items: [other] }))).toBe('committed')

    await sample.mustCommit(store(), sample.decision(after.request, 'approve', sample.grace, ['group:platform']))
    const { grant } = await sample.reload(store(), request)
    expect(grant?.items).toEqual([one])
    expect(await store().requestsFor(one.resource)).toHaveLength(1)
    expect(await store().commit(sample.submission({ items: [one] }))).toBe('committed') // a live grant is no request
  })

  test('one permission of a resource that is denied leaves the other one asked for', async () => {
    const read = sample.item('apps/key')
    const write = { ...read, permission: 'write' }
    const wish = { items: [read, write] as const, routes: ['group:platform', 'group:network'] as const }
    const { request } = await sample.submitted(store(), wish)
    await sample.mustCommit(store(), sample.decision(request, 'deny', sample.linus, ['group:network']))
    expect(await store().requestsFor(read.resource)).toHaveLength(1)
    expect(await store().commit(sample.submission({ items: [read] }))).toBe('conflict')
    expect(await store().commit(sample.submission({ items: [write] }))).toBe('committed')
  })

  test('every item comes back as it was asked for, with what it leaves out and what is wanted of the whole', async () => {
    const folder = { ...sample.item('apps/'), except: ['kv/apps/root', 'kv/apps/break-glass/*'] }
    const wish = { items: [folder, sample.item('apps/db')] as const, allOrNothing: true } as const
    const change = sample.submission(wish)
    await sample.mustCommit(store(), change)
    expect((await sample.reload(store(), change.request)).request).toEqual({ ...change.request, revision: 1 })
  })

  test('a person may ask for one thing for several workloads, once for each, and the grant has the same workload', async () => {
    const items = [sample.item('apps/shared')] as const
    const account = { kind: 'kubernetes', mount: 'kubernetes', namespace: 'shop', audience: 'vault' } as const
    const workload = { ...account, serviceAccount: 'payments' }
    await sample.submitted(store(), { items })
    const { request } = await sample.submitted(store(), { items, workload })
    expect(request.workload).toEqual(workload)
    expect(await store().commit(sample.submission({ items, workload }))).toBe('conflict')
    const other = { ...workload, serviceAccount: 'invoices' }
    expect(await store().commit(sample.submission({ items, workload: other }))).toBe('committed')
    await sample.mustCommit(store(), sample.approval(request))
    expect((await sample.reload(store(), request)).grant?.workload).toEqual(workload)
  })

  test('what an owner approved for less time, and why an access was ended, come back as they were written', async () => {
    const { request } = await sample.submitted(store(), {})
    const change = sample.approval(request, sample.grace, at(10), seconds(300))
    await sample.mustCommit(store(), change)
    const given = await sample.reload(store(), request)
    expect(given.request.decisions).toMatchObject([{ by: sample.grace, duration: 300 }])
    expect([given.request.duration, given.grant?.duration]).toEqual([900, 300])
    const why = { kind: 'revoke-asked', because: 'revoked', by: sample.grace, note: 'The incident is over.' } as const
    await sample.mustCommit(store(), sample.after(given, why, at(30)))
    const proof = { means: 'readback', at: at(31), latency: 1 } as const
    const ending = await sample.reload(store(), request)
    expect(ending.grant).toMatchObject({ state: 'revoking', note: 'The incident is over.' })
    await sample.mustCommit(store(), sample.after(ending, { kind: 'revoked', proof }, at(31)))
    const { grant } = await sample.reload(store(), request)
    expect(grant).toMatchObject({ state: 'ended', by: sample.grace, note: 'The incident is over.' })
  })

  test('what is news again counts as held in what was given, not in what was denied', async () => {
    const [one, other] = [sample.item('apps/one'), sample.item('apps/other')]
    const wish = { items: [one, other] as const, routes: ['group:platform', 'group:network'] as const }
    const { request } = await sample.submitted(store(), wish)
    await sample.mustCommit(store(), sample.decision(request, 'deny', sample.linus, ['group:network']))
    const half = await sample.reload(store(), request)
    await sample.mustCommit(store(), sample.decision(half.request, 'approve', sample.grace, ['group:platform']))
    const proof = { means: 'readback', at: at(30), latency: 1 } as const
    const end = async (happened: GrantEvent) =>
      sample.mustCommit(store(), sample.after(await sample.reload(store(), request), happened, at(30)))
    await end({ kind: 'revoke-asked', because: 'revoked', by: sample.grace })
    await end({ kind: 'revoked', proof })
    expect(await store().requestsFor(one.resource)).toEqual([])
    await end({ kind: 'provisioned', handle: sample.handled })
    expect(await store().requestsFor(one.resource)).toHaveLength(1)
    expect(await store().requestsFor(other.resource)).toEqual([])
  })
}
