import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AccessRequest, cancel, expire, submit } from '../../../src/domain/access-request.ts'
import { decide } from '../../../src/domain/decide.ts'
import { extendable, followerOf, lengthsToExtend } from '../../../src/domain/extension.ts'
import { evolve, type Grant, type GrantEvent } from '../../../src/domain/grant.ts'
import { requestId } from '../../../src/domain/ids.ts'
import { after, seconds, type Timestamp, timestamp } from '../../../src/domain/time.ts'
import {
  aGiving,
  anIntegration,
  anItem,
  aRequest,
  noon,
  owner,
  plan,
  requester,
  stranger,
} from '../../support/builders.ts'

type Access = { readonly request: AccessRequest; readonly grant?: Grant }

const integration = anIntegration()
const owners = [new Set([owner])]
const proof = { means: 'readback', at: noon, latency: 1 } as const

/** What can happen to one of several accesses to the same, by its position in their order. */
const events = fc.oneof(
  fc.record({ what: fc.constantFrom('approve', 'deny', 'cancel', 'expire', 'extend'), which: fc.nat(5) }),
  fc.record({
    what: fc.constantFrom<GrantEvent>(
      { kind: 'provisioned', handle: {} },
      { kind: 'failed', transient: false, code: 'denied' },
      { kind: 'came-due' },
      { kind: 'revoke-asked', because: 'given-back', by: requester },
      { kind: 'lapsed', why: 'not-offered' },
      { kind: 'restored' },
      { kind: 'withdraw-asked' },
      { kind: 'withdrawn' },
      { kind: 'revoked', proof },
    ),
    which: fc.nat(5),
  }),
)
const steps = fc.array(fc.record({ event: events, wait: fc.nat(700), length: fc.constantFrom(900, 3600) }), {
  maxLength: 60,
})
type Step = { readonly event: { what: string | GrantEvent; which: number }; readonly wait: number; length: number }

/** Submits an extension as the use case does: only where the domain allows it. */
const extension = (access: Access, all: readonly Access[], length: number, now: Timestamp): Access[] => {
  const grant = extendable(access, requester, all, now)
  if (!grant.ok || !lengthsToExtend(grant.value, integration.durations, now).includes(seconds(length))) return []
  const id = `request-${all.length + 1}`
  const wish = { id: requestId(id), draft: id, requester, items: grant.value.items, plan, extends: grant.value.id }
  const outcome = submit(
    { ...wish, reason: 'the export still runs', duration: seconds(length) },
    integration,
    [[{ owners: ['group:platform'], approvals: 1, by: 'integration' }]],
    now,
  )
  return outcome.ok ? [{ request: outcome.value.request }] : []
}

const decided = ({ request, grant }: Access, verdict: 'approve' | 'deny', now: Timestamp): Access => {
  const giving = aGiving(`grant-of-${request.id}`)
  const outcome = decide(request, { by: owner, verdict, note: 'as agreed', now, owners, giving })
  if (!outcome.ok) return { request, ...(grant && { grant }) }
  return outcome.value
}

const happened = (access: Access, what: string | GrantEvent, now: Timestamp): Access => {
  const { request, grant } = access
  if (typeof what !== 'string') return grant ? { request, grant: evolve(grant, what, now) } : access
  if (what === 'approve' || what === 'deny') return decided(access, what, now)
  const changed = what === 'cancel' ? cancel(request, requester, now) : undefined
  const closed = changed?.ok ? changed.value : what === 'expire' ? expire(request, now) : undefined
  return closed ? { ...access, request: closed.request } : access
}

/** Runs the steps over a first request, and shows the accesses before and after each. */
const run = (
  all: readonly Step[],
  look: (before: readonly Access[], now: readonly Access[], at: Timestamp) => void,
) => {
  let now = noon
  let accesses: readonly Access[] = [{ request: aRequest() }]
  for (const { event, wait, length } of all) {
    now = after(now, seconds(wait))
    const before = accesses
    const chosen = before[event.which % before.length]
    if (!chosen) return
    accesses =
      event.what === 'extend'
        ? [...before, ...extension(chosen, before, length, now)]
        : before.map((each) => (each === chosen ? happened(each, event.what, now) : each))
    look(before, accesses, now)
  }
}

describe('an extension', () => {
  test('changes nothing about the access, and what happens to one changes nothing about the other', () => {
    fc.assert(
      fc.property(steps, (all) =>
        run(all as readonly Step[], (before, now) => {
          const changed = now.filter((each, position) => each !== before[position])
          expect(changed.length).toBeLessThanOrEqual(1)
        }),
      ),
    )
  })

  test('lets no access end later than its own approval says, nor before it began', () => {
    fc.assert(
      fc.property(steps, (all) =>
        run(all as readonly Step[], (_, now) => {
          for (const { request, grant } of now) {
            if (grant?.state !== 'active') continue
            expect(request.state).toBe('approved')
            expect(grant.expiresAt).toBeLessThanOrEqual(after(grant.since, request.duration))
          }
        }),
      ),
    )
  })

  test('is one at most for each access: while it waits or lives, another is refused with its name', () => {
    fc.assert(
      fc.property(steps, (all) =>
        run(all as readonly Step[], (_, now, at) => {
          for (const access of now) {
            const { grant } = access
            if (!grant) continue
            const underWay = now.filter(
              ({ request, grant: own }) =>
                request.extends === grant.id &&
                (request.state === 'pending' || own?.state === 'provisioning' || own?.state === 'active'),
            )
            expect(underWay.length).toBeLessThanOrEqual(1)
            expect(followerOf(grant, now)).toBe(underWay[0])
            const asked = extendable(access, requester, now, at)
            const isFree = grant.state === 'active' && grant.expiresAt > at && underWay.length === 0
            expect(asked.ok).toBe(isFree)
          }
        }),
      ),
    )
  })

  test('would end later than the access, even if it were approved at once', () => {
    const moment = fc.integer({ min: 0, max: 3600 })
    fc.assert(
      fc.property(moment, fc.integer({ min: 1, max: 7200 }), (wait, left) => {
        const now = timestamp(noon + wait * 1000)
        const grant = { ...activeGrant(), expiresAt: after(now, seconds(left)) }
        for (const length of lengthsToExtend(grant, integration.durations, now)) {
          expect(after(now, length)).toBeGreaterThan(grant.expiresAt)
        }
      }),
    )
  })

  test('is for the holder alone', () => {
    const access = { request: aRequest(), grant: activeGrant() }
    expect(extendable(access, requester, [], noon)).toMatchObject({ ok: true })
    for (const other of [owner, stranger]) {
      expect(extendable(access, other, [], noon)).toMatchObject({ refusal: { code: 'not-the-requester' } })
    }
  })
})

const activeGrant = (): Grant & { state: 'active' } => {
  const { grant } = decided({ request: aRequest() }, 'approve', noon)
  const active = grant && evolve({ ...grant, items: [anItem()] }, { kind: 'provisioned', handle: {} }, noon)
  if (active?.state !== 'active') throw new Error('the grant of this test is active')
  return active
}
