import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AccessRequest, expire, submit } from '../../../src/domain/access-request.ts'
import { decide, type Giving, partOf } from '../../../src/domain/decide.ts'
import { type PersonId, personId, requestId, resourceId } from '../../../src/domain/ids.ts'
import { refuse } from '../../../src/domain/refusal.ts'
import { approvalsOf, deniedIn, isAllApproved, standingIn, waitingFor } from '../../../src/domain/request-items.ts'
import { reroute } from '../../../src/domain/reroute.ts'
import type { Route } from '../../../src/domain/routing.ts'
import { after, seconds } from '../../../src/domain/time.ts'
import { aGiving, anIntegration, anItem, noon, plan, requester } from '../../support/builders.ts'

const [ada, bob, cleo, dan] = ['ada', 'bob', 'cleo', 'dan'].map(personId) as [PersonId, PersonId, PersonId, PersonId]
const groups: Record<string, readonly PersonId[]> = {
  'group:databases': [ada, bob],
  'group:payments': [cleo],
  'group:everything': [ada, cleo, dan],
  'group:network': [dan],
}
const to = (group: string, approvals = 1): readonly Route[] => [
  { owners: [group as `group:${string}`], approvals, by: 'tag' },
]
const databases = to('group:databases')
const payments = to('group:payments')

const paths = ['kv/a', 'kv/b', 'kv/c', 'kv/d']
const itemsOf = (count: number) =>
  paths.slice(0, count).map((path) => anItem({ path, resource: resourceId(path) })) as [ReturnType<typeof anItem>]

/** A pending request for as many items as there are routes. */
const asked = (routes: readonly (readonly Route[])[], more: { allOrNothing?: true } = {}): AccessRequest => {
  const items = itemsOf(routes.length)
  const whole = aGiving().plan(items)
  if (!whole.ok) throw new Error(whole.refusal.code)
  const outcome = submit(
    {
      ...{ id: requestId('r'), draft: 'd', requester, reason: 'restore the replica', duration: seconds(900) },
      ...{ items, plan: whole.value, ...more },
    },
    anIntegration(),
    routes,
    noon,
  )
  if (!outcome.ok) throw new Error(outcome.refusal.code)
  return outcome.value.request
}
const ownersIn = (request: AccessRequest) =>
  request.requirements.map(({ owners }) => new Set(owners.flatMap((party) => groups[party] ?? [])))
const deciding =
  (verdict: 'approve' | 'deny', by: PersonId, giving: Giving = aGiving(), now = noon) =>
  (request: AccessRequest) => {
    const shared = { by, now, owners: ownersIn(request), giving }
    return decide(
      request,
      verdict === 'approve' ? { ...shared, verdict } : { ...shared, verdict, note: 'not this one' },
    )
  }
const approve = (by: PersonId, giving?: Giving) => deciding('approve', by, giving)
const deny = (by: PersonId, giving?: Giving) => deciding('deny', by, giving)
const done = (outcome: ReturnType<typeof decide>) => {
  if (!outcome.ok) throw new Error(outcome.refusal.code)
  return outcome.value
}
const codeOf = (outcome: ReturnType<typeof decide>) => (outcome.ok ? undefined : outcome.refusal.code)

describe('asking for several items', () => {
  test('makes one requirement for each group of owners, with the items that are theirs', () => {
    expect(asked([databases, payments, databases]).requirements).toEqual([
      { owners: ['group:databases'], approvals: 1, by: 'tag', for: [0, 2] },
      { owners: ['group:payments'], approvals: 1, by: 'tag', for: [1] },
    ])
    expect(asked([databases, databases]).requirements).toEqual([databases[0]])
  })

  test('names the item on which nobody could decide', () => {
    const wish = { id: requestId('r'), draft: 'd', requester, reason: 'restore it', duration: seconds(900), plan }
    expect(
      submit({ ...wish, items: itemsOf(2) }, anIntegration(), [databases, 'nobody-to-decide'], noon),
    ).toMatchObject({
      refusal: { code: 'nobody-to-decide', item: 'kv/b' },
    })
  })

  test('is for ten items at most', () => {
    const wish = { id: requestId('r'), draft: 'd', requester, reason: 'restore it', duration: seconds(900), plan }
    const eleven = Array.from({ length: 11 }, (_, index) => anItem({ path: `kv/${index}` })) as [
      ReturnType<typeof anItem>,
    ]
    const routes = eleven.map(() => databases)
    expect(submit({ ...wish, items: eleven }, anIntegration(), routes, noon)).toMatchObject({
      refusal: { code: 'too-many-items', most: 10 },
    })
  })
})

describe('deciding on several items', () => {
  const two = asked([databases, payments])

  test('the first owner’s approval waits for the second owner, and keeps the hash of what was approved', () => {
    const { request, grant, audit } = done(approve(ada)(two))
    expect([request.state, grant]).toEqual(['pending', undefined])
    expect(request.decisions).toMatchObject([{ by: ada, part: { items: [0], plan: 'kv/a' } }])
    expect(audit[0]?.detail).toMatchObject({ enough: false, items: 'read kv/a', plan: 'kv/a' })
  })

  test('when all have approved, the grant has everything under the plan that was frozen', () => {
    const { request, grant } = done(approve(cleo)(done(approve(ada)(two)).request))
    expect(request.state).toBe('approved')
    expect(grant).toMatchObject({ items: two.items, plan: two.plan, state: 'provisioning' })
  })

  test('a denied item is dropped, and the rest is given under a plan of its own', () => {
    const denied = done(deny(cleo)(two))
    expect(denied.request.state).toBe('pending')
    expect(denied.audit).toMatchObject([{ kind: 'items-denied', detail: { items: 'read kv/b', note: 'not this one' } }])
    const { request, grant, audit } = done(approve(ada)(denied.request))
    expect(request.state).toBe('approved')
    expect(grant?.items.map(({ path }) => path)).toEqual(['kv/a'])
    expect(grant?.plan.hash).toBe('kv/a')
    expect(audit[0]?.detail).toMatchObject({ enough: true, granted: 'read kv/a', minted: 'kv/a' })
  })

  test('the last decision may be a denial: the rest is given at that moment', () => {
    const { request, grant, audit } = done(deny(cleo)(done(approve(ada)(two)).request))
    expect(request.state).toBe('approved')
    expect(grant?.items.map(({ path }) => path)).toEqual(['kv/a'])
    expect(audit).toMatchObject([{ kind: 'items-denied', detail: { enough: true, minted: 'kv/a' } }])
  })

  test('where everything is denied the request is', () => {
    const first = done(deny(cleo)(two))
    expect(done(deny(bob)(first.request))).toMatchObject({
      request: { state: 'denied', by: bob },
      audit: [{ kind: 'request-denied' }],
    })
  })

  test('one denial denies all of what is wanted whole', () => {
    const whole = asked([databases, payments], { allOrNothing: true })
    expect(done(deny(cleo)(done(approve(ada)(whole)).request))).toMatchObject({
      request: { state: 'denied', by: cleo, note: 'not this one' },
      audit: [{ kind: 'request-denied', detail: { items: 'read kv/b' } }],
    })
  })

  test('whoever owns the items of two requirements decides on them together', () => {
    const mixed = asked([databases, payments, to('group:everything')])
    const { request } = done(approve(ada)(mixed))
    expect(request.decisions).toMatchObject([{ part: { items: [0, 2] } }])
    expect(done(approve(cleo)(request)).request.state).toBe('approved')
  })

  test('what another owner of the group has decided is decided', () => {
    const once = done(approve(ada)(two)).request
    expect(codeOf(approve(bob)(once))).toBe('part-decided')
    expect(codeOf(deny(bob)(once))).toBe('part-decided')
    expect(codeOf(approve(ada)(once))).toBe('already-decided-by-you')
    expect(codeOf(approve(dan)(once))).toBe('not-an-owner')
  })

  test('an approval counts no longer once who gave it is no owner any more', () => {
    const once = done(approve(ada)(two)).request
    const without = [new Set([bob]), new Set([cleo])]
    const last = decide(once, { by: cleo, verdict: 'approve', now: noon, owners: without, giving: aGiving() })
    expect(done(last).request.state).toBe('pending')
    expect(waitingFor(once, without, bob)).toEqual([0])
  })

  test('approvals that are complete because an approver is an owner again are concluded by any owner', () => {
    const without = [new Set([bob]), new Set([cleo])]
    const once = done(approve(ada)(two)).request
    const last = { verdict: 'approve', now: noon, giving: aGiving() } as const
    const complete = done(decide(once, { ...last, by: cleo, owners: without })).request
    expect(waitingFor(complete, without, cleo)).toEqual([])
    for (const owner of [ada, bob, cleo]) {
      expect(waitingFor(complete, ownersIn(complete), owner)).toEqual(owner === cleo ? [1] : [0])
      const { request, grant } = done(approve(owner)(complete))
      expect([request.state, grant?.items]).toEqual(['approved', two.items])
      expect(waitingFor(request, ownersIn(request), owner)).toEqual([])
    }
    expect(done(deny(ada)(complete)).grant?.items.map(({ path }) => path)).toEqual(['kv/b'])
  })

  test('nobody has two decisions about all items, also when they conclude by approving again', () => {
    const shared = asked([[...databases, ...payments]])
    const groups = (...gone: readonly PersonId[]) =>
      ownersIn(shared).map((members) => new Set([...members].filter((one) => !gone.includes(one))))
    const give = { verdict: 'approve', now: noon, giving: aGiving() } as const
    const once = done(decide(shared, { ...give, by: ada, owners: groups() })).request
    const complete = done(decide(once, { ...give, by: cleo, owners: groups(ada) })).request
    const { request } = done(decide(complete, { ...give, by: ada, owners: groups() }))
    expect(request.state).toBe('approved')
    const no = { verdict: 'deny', note: 'not this one', now: noon, giving: aGiving() } as const
    const denied = done(decide(complete, { ...no, by: ada, owners: groups() })).request
    for (const { decisions } of [request, denied])
      expect(decisions.filter(({ by, part }) => by === ada && part === undefined)).toHaveLength(1)
  })

  test('approvals are counted for each requirement', () => {
    const both = asked([to('group:databases', 2), payments])
    const half = done(approve(ada)(both)).request
    expect(half.requirements.map((each) => approvalsOf(half, each))).toEqual([1, 0])
    const more = done(approve(cleo)(half)).request
    expect(more.requirements.map((each) => approvalsOf(more, each))).toEqual([1, 1])
    expect(more.state).toBe('pending')
    expect(done(approve(bob)(more)).request.state).toBe('approved')
  })

  test('a bar on one owner’s items keeps nobody else from deciding, and is met at the end', () => {
    const barred: Giving = {
      ...aGiving(),
      bar: (items) => (items.some(({ path }) => path === 'kv/b') ? { code: 'not-offered', path: 'kv/b' } : undefined),
    }
    expect(codeOf(approve(cleo, barred)(two))).toBe('not-offered')
    const once = done(approve(ada, barred)(two)).request
    expect(done(deny(cleo, barred)(once)).grant?.items.map(({ path }) => path)).toEqual(['kv/a'])
  })

  test('where a denial comes last and the rest cannot be given, the request is denied', () => {
    const gone: Giving = { ...aGiving(), bar: () => ({ code: 'requester-gone' }) }
    expect(done(deny(cleo, gone)(done(approve(ada)(two)).request))).toMatchObject({
      request: { state: 'denied', by: cleo },
      audit: [{ kind: 'request-denied', detail: { because: 'requester-gone' } }],
    })
  })

  test('what was approved is not replaced by what the connector makes of it since', () => {
    const once = done(approve(ada)(two)).request
    const upgraded: Giving = {
      ...aGiving(),
      plan: () => ({ ok: true, value: { document: 'more', hash: 'more' } }),
    }
    expect(done(deny(cleo, upgraded)(once)).request.state).toBe('denied')
    const dropped = done(deny(cleo)(asked([databases, payments, to('group:network')]))).request
    const first = done(approve(bob)(dropped)).request
    expect(codeOf(approve(dan, upgraded)(first))).toBe('plan-changed')
    const away: Giving = { ...aGiving(), plan: () => refuse({ code: 'integration-removed', integration: 'v' }) }
    expect(codeOf(approve(dan, away)(first))).toBe('integration-removed')
  })

  test('what the dialog showed must still be what is decided', () => {
    const seen = partOf(two, ownersIn(two), ada, aGiving())
    expect(seen).toEqual({ items: [0], plan: 'kv/a' })
    const given = { by: ada, verdict: 'approve', now: noon, owners: ownersIn(two), giving: aGiving() } as const
    expect(decide(two, { ...given, seen }).ok).toBe(true)
    expect(codeOf(decide(two, { ...given, seen: { items: [0, 1] } }))).toBe('part-changed')
    expect(codeOf(decide(two, { ...given, seen: { items: [0], plan: 'another' } }))).toBe('part-changed')
  })
})

describe('an owner tag that changes', () => {
  const three = asked([databases, databases, payments])

  test('moves its items only: what was decided on the others stays', () => {
    const once = done(approve(ada)(three)).request
    const moved = reroute(once, [databases, payments, payments], noon)
    expect(moved?.request.requirements).toEqual([
      { owners: ['group:databases'], approvals: 1, by: 'tag', for: [0] },
      { owners: ['group:payments'], approvals: 1, by: 'tag', for: [1, 2] },
    ])
    expect(moved?.request.decisions).toMatchObject([{ by: ada, part: { items: [0, 1], plan: 'kv/a+kv/b', void: [1] } }])
    expect(moved?.audit[0]?.detail).toMatchObject({ items: 'read kv/b', to: 'group:payments (tag)' })
    const { request, grant } = done(approve(cleo)(moved?.request ?? once))
    expect([request.state, grant?.items.length]).toEqual(['approved', 3])
  })

  test('brings an owner who has decided something to decide on it', () => {
    const once = done(approve(cleo)(three)).request
    const moved = reroute(once, [databases, payments, payments], noon)?.request ?? once
    expect(waitingFor(moved, ownersIn(moved), cleo)).toEqual([1])
    const again = done(approve(cleo)(moved)).request
    expect(done(approve(ada)(again)).grant?.items).toHaveLength(3)
  })

  test('gives back nothing that was denied', () => {
    const denied = done(deny(cleo)(three)).request
    expect(reroute(denied, [databases, databases, databases], noon)).toBeUndefined()
  })
})

test('in whatever order people decide, deny and move items, only what was approved is given, and it ends', () => {
  const route = fc.constantFrom(databases, payments, to('group:everything'), to('group:databases', 2))
  const step = fc.record({
    what: fc.constantFrom('approve', 'approve', 'deny', 'move', 'leave'),
    by: fc.constantFrom(ada, bob, cleo, dan, requester),
    routes: fc.array(route, { minLength: 4, maxLength: 4 }),
  })
  const start = fc.record({
    routes: fc.array(route, { minLength: 1, maxLength: 4 }),
    allOrNothing: fc.boolean(),
    steps: fc.array(step, { maxLength: 40 }),
  })
  fc.assert(
    fc.property(start, ({ routes, allOrNothing, steps }) => {
      let request = asked(routes, allOrNothing ? { allOrNothing: true } : {})
      const left = new Set<PersonId>()
      const ownersNow = () => ownersIn(request).map((members) => new Set([...members].filter((one) => !left.has(one))))
      const denied = new Set<number>()
      /** Who approved each item since its owners changed last. */
      const approved = new Map<number, Set<PersonId>>()
      for (const { what, by, routes: next } of steps) {
        if (request.state !== 'pending') break
        if (what === 'leave') left.add(by)
        if (what === 'move') {
          const moved = reroute(request, next.slice(0, request.items.length), noon)
          if (!moved) continue
          const ownersBy = (of: AccessRequest, position: number) =>
            JSON.stringify(
              of.requirements.flatMap(({ for: own, owners }) => ((own?.includes(position) ?? true) ? owners : [])),
            )
          for (const position of standingIn(request)) {
            if (ownersBy(request, position) !== ownersBy(moved.request, position)) approved.delete(position)
          }
          request = moved.request
        }
        if (what !== 'approve' && what !== 'deny') continue
        const owners = ownersNow()
        const own = waitingFor(request, owners, by)
        const shared = { by, now: noon, owners, giving: aGiving() }
        const command =
          what === 'approve'
            ? ({ ...shared, verdict: what } as const)
            : ({ ...shared, verdict: what, note: 'not this one' } as const)
        const outcome = decide(request, command)
        expect(outcome.ok).toBe(own.length > 0 && by !== requester)
        if (!outcome.ok) continue
        for (const position of own) {
          if (what === 'deny') denied.add(position)
          else approved.set(position, (approved.get(position) ?? new Set()).add(by))
        }
        const { grant } = outcome.value
        request = outcome.value.request
        expect(grant !== undefined).toBe(request.state === 'approved')
        if (!grant) continue
        const given = request.items.flatMap((item, position) => (grant.items.includes(item) ? [position] : []))
        expect(given).toEqual(request.items.map((_, position) => position).filter((position) => !denied.has(position)))
        for (const position of given) {
          expect([...(approved.get(position) ?? [])].some((person) => !left.has(person))).toBe(true)
        }
        if (given.length < request.items.length)
          expect(grant.plan.hash).toBe(grant.items.map(({ path }) => path).join('+'))
        if (allOrNothing) expect(denied.size).toBe(0)
      }
      expect(deniedIn(request)).toEqual([...denied].sort())
      // Somebody can always end it: an owner of what is open, or the deadline.
      const open = ownersIn(request).flatMap((members) => [...members])
      const isStuck =
        request.state === 'pending' && open.every((one) => waitingFor(request, ownersIn(request), one).length === 0)
      if (left.size === 0) expect(isStuck).toBe(false)
      expect(expire(request, after(noon, seconds(8 * 3600)))?.request.state).toBe(
        request.state === 'pending' ? 'expired' : undefined,
      )
    }),
    { numRuns: 1000 },
  )
})

test('a pending request that today’s owners have approved is concluded by any owner of what remains, whoever was away when', () => {
  const people = [ada, bob, cleo, dan]
  const step = fc.record({
    what: fc.constantFrom('approve', 'approve', 'approve', 'deny'),
    by: fc.constantFrom(...people),
    away: fc.subarray(people),
  })
  const route = fc.constantFrom(databases, payments, to('group:everything'))
  let complete = 0
  fc.assert(
    fc.property(fc.array(route, { minLength: 2, maxLength: 4 }), fc.array(step, { maxLength: 20 }), (routes, steps) => {
      let request = asked(routes)
      for (const { what, by, away } of steps) {
        if (request.state !== 'pending') break
        const owners = ownersIn(request).map((members) => new Set([...members].filter((one) => !away.includes(one))))
        const shared = { now: noon, owners, giving: aGiving() } as const
        if (isAllApproved(request, owners)) {
          complete += 1
          const able = people.filter((one) => waitingFor(request, owners, one).length > 0)
          expect(able).not.toEqual([])
          for (const one of able) {
            const { request: now, grant } = done(decide(request, { ...shared, by: one, verdict: 'approve' }))
            expect([now.state, grant?.items.length]).toEqual(['approved', standingIn(request).length])
          }
        }
        const outcome =
          what === 'approve'
            ? decide(request, { ...shared, by, verdict: what })
            : decide(request, { ...shared, by, verdict: what, note: 'not this one' })
        if (outcome.ok) request = outcome.value.request
      }
    }),
    { numRuns: 1000 },
  )
  expect(complete).toBeGreaterThan(0)
})
