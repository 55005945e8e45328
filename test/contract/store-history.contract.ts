import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cancel, expire } from '../../src/domain/access-request.ts'
import { evolve, type Grant, type GrantEvent, isLive } from '../../src/domain/grant.ts'
import { integrationId, type PersonId, personId } from '../../src/domain/ids.ts'
import type { Integration } from '../../src/domain/integration.ts'
import type { Claim } from '../../src/domain/lease-memory.ts'
import { reroute } from '../../src/domain/reroute.ts'
import type { Item } from '../../src/domain/resource.ts'
import type { Loaded, Save, Store } from '../../src/ports.ts'
import type { Current } from './store.contract.ts'
import * as sample from './store-samples.ts'

const { at } = sample

type Step = {
  readonly of: number
  readonly does: 'submit' | 'approve' | 'deny' | 'cancel' | 'expire' | 'reroute' | 'claim' | 'link' | GrantEvent['kind']
  /** Decides on what was loaded at the last step instead of now. */
  readonly isStale: boolean
}

const step: fc.Arbitrary<Step> = fc.record({
  of: fc.nat(3),
  does: fc.constantFrom(
    ...(['submit', 'approve', 'approve', 'deny', 'cancel', 'expire', 'reroute', 'claim', 'link'] as const),
    ...(['provisioned', 'failed', 'revoke-asked', 'came-due', 'withdraw-asked', 'withdrawn', 'revoked'] as const),
    ...(['lapsed', 'restored', 'shortened', 'narrow-asked', 'narrowed'] as const),
  ),
  isStale: fc.boolean(),
})

const event = (kind: GrantEvent['kind'], now: number, { items, plan: { hash } }: Grant): GrantEvent => {
  switch (kind) {
    case 'provisioned':
      return { kind, handle: sample.handled }
    case 'failed':
      return { kind, transient: now % 2 === 0, code: 'unreachable' }
    case 'must-wait':
      return { kind, since: at(now), code: 'sealed' }
    case 'shortened':
      return { kind, until: at(now + 1) }
    case 'narrow-asked': {
      const [first, ...others] = items
      const except = [...(first.except ?? []), `kv/apps/new-${now}`]
      return { kind, items: [{ ...first, except }, ...others], plan: { document: '{}', hash: `narrow-${now}` } }
    }
    case 'narrowed':
      return { kind, plan: hash }
    case 'revoke-asked':
      return { kind, because: 'revoked', by: sample.grace }
    case 'revoked':
      return { kind, proof: { means: 'canary', at: at(now), latency: 1 } }
    case 'lapsed':
      return { kind, why: 'person-removed', ...(now % 2 === 0 && { endsAt: at(now + 5) }) }
    case 'restored':
    case 'came-due':
    case 'withdraw-asked':
    case 'withdrawn':
    case 'noted':
    case 'looked':
      return { kind }
    default:
      return kind satisfies never
  }
}

/** What a step would commit; `undefined` where the rules say no. */
const changeFor = (loaded: Loaded, { does }: Step, now: number, claim: Claim | undefined): Save | undefined => {
  const { request, grant } = loaded
  switch (does) {
    case 'submit':
    case 'claim':
    case 'link':
      return undefined
    case 'approve':
      return request.state === 'pending' && request.decisions.length === 0
        ? sample.approval(request, sample.grace, at(now))
        : undefined
    case 'deny':
      return request.state === 'pending' && request.decisions.length === 0
        ? sample.denial(request, sample.linus, at(now))
        : undefined
    case 'cancel':
      return request.state === 'pending' ? sample.granted(cancel(request, request.requester, at(now))) : undefined
    case 'expire':
      return expire(request, at(9_999))
    case 'reroute':
      return reroute(
        request,
        request.items.map(() => [{ owners: [`person:${now}`], approvals: 1, by: 'tag' }]),
        at(now),
      )
    default:
      return (
        grant && {
          request,
          grant: evolve(grant, event(does, now, grant), at(now)),
          audit: [sample.event()],
          ...(now % 3 === 0 && claim && { release: claim }),
        }
      )
  }
}

/** A history of its own in a store that has others: by nobody else, of nothing else. */
type Own = { readonly by: PersonId; readonly integration: Integration; readonly item: Item }

const own = (): Own => {
  const id = randomUUID()
  const integration = { ...sample.vault, id: integrationId(`vault-${id}`) }
  return { by: personId(`person-${id}`), integration, item: sample.item(`apps/${id}`) }
}

const submitted = (store: Store, { by, integration, item }: Own): Promise<Loaded> =>
  // For a permission that nobody asked for yet: one thing is asked for once.
  sample.submitted(store, { by, integration, now: at(0), items: [{ ...item, permission: `read-${randomUUID()}` }] })

const run = async (store: Store, steps: readonly Step[]): Promise<void> => {
  sample.databaseClock.now = at(0)
  const of = own()
  const from = (await store.auditHead()).sequence
  const seen: Loaded[] = []
  let audited = 0
  let claim: Claim | undefined
  for (const [now, each] of steps.entries()) {
    if (each.does === 'claim') claim = (await sample.claimGrants(store, now, 5, 2, of.integration.id)).claim
    const before = seen[each.of % Math.max(1, seen.length)]
    if (each.does === 'submit' || before === undefined) {
      audited += 1
      seen.push(await submitted(store, of))
      continue
    }
    const current = await sample.reload(store, before.request)
    if (each.does === 'link' && current.grant) {
      const isOpened = await store.openLink(sample.link(current, randomUUID(), at(now)), [])
      expect(isOpened).toBe(current.grant.state === 'active' && current.grant.expiresAt > at(now))
    }
    const change = changeFor(each.isStale ? before : current, each, now, claim)
    const isFresh = !each.isStale || before.request.revision === current.request.revision
    if (change) {
      expect(await store.commit(change)).toBe(isFresh ? 'committed' : 'conflict')
      if (isFresh) audited += change.audit.length
    }
    const after = await sample.reload(store, before.request)
    if (!each.isStale) seen[seen.indexOf(before)] = after
    expect(after.request.revision).toBe(current.request.revision + (change && isFresh ? 1 : 0))
  }
  await holds(store, of, seen)
  expect(await store.auditRows(from, 1_000)).toHaveLength(audited)
  expect(await store.verifyAudit()).toBeUndefined()
  await closePending(store, of)
}

/** What is true after any history. */
const holds = async (store: Store, { by, integration, item }: Own, seen: readonly Loaded[]): Promise<void> => {
  const all = await Promise.all(seen.map(({ request }) => sample.reload(store, request)))
  for (const { request, grant } of all) expect(request.state === 'approved').toBe(grant !== undefined)
  const isOpen = ({ request, grant }: Loaded) => request.state === 'pending' || (grant !== undefined && isLive(grant))
  const open = new Set(sample.idsOf(all.filter(isOpen)))
  expect(new Set(sample.idsOf(await store.requestsOf(by, 0)))).toEqual(open)
  expect(new Set(sample.idsOf(await store.requestsFor(item.resource)))).toEqual(open)
  const live = all.filter(({ grant }) => grant !== undefined && isLive(grant))
  expect(new Set(sample.idsOf(await store.liveAt(integration.id)))).toEqual(new Set(sample.idsOf(live)))
  expect((await store.nextDue([integration.id])) === undefined).toBe(open.size === 0)
}

/** A deadline is due whatever its integration, so the next history begins without any. */
const closePending = async (store: Store, { by, integration }: Own): Promise<void> => {
  for (const { request } of await store.requests({ state: 'pending', integration: integration.id, limit: 99 }))
    await sample.mustCommit(store, sample.granted(cancel(request, by, at(0))))
}

/** Histories that nobody thought of. */
export function historyContract(store: Current): void {
  test('whatever happens in whatever order, a request is approved exactly when it has its one grant', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), (steps) => run(store(), steps)),
      { numRuns: 60 },
    )
  })
}
