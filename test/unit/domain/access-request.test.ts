import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AccessRequest, cancel, expire, submit } from '../../../src/domain/access-request.ts'
import { decide } from '../../../src/domain/decide.ts'
import { personId, requestId } from '../../../src/domain/ids.ts'
import { reroute } from '../../../src/domain/reroute.ts'
import { after, seconds } from '../../../src/domain/time.ts'
import {
  aGiving,
  anIntegration,
  anItem,
  aRequest,
  noon,
  otherOwner,
  owner,
  plan,
  requester,
  stranger,
} from '../../support/builders.ts'

const owners = [new Set([owner, otherOwner])]
const approve = (by = owner, now = noon) => ({ by, verdict: 'approve', now, owners, giving: aGiving() }) as const
const deny = (note: string, by = owner, now = noon) =>
  ({ by, verdict: 'deny', note, now, owners, giving: aGiving() }) as const
const refusalOf = (outcome: ReturnType<typeof decide>) => (outcome.ok ? undefined : outcome.refusal.code)

describe('submitting', () => {
  const wish = {
    id: requestId('r'),
    draft: 'd',
    requester,
    items: [anItem()] as const,
    reason: 'restore the replica',
    duration: seconds(900),
    plan,
  }
  const toOwners = [[{ owners: ['group:platform'], approvals: 1, by: 'integration' }]] as const

  test('makes a pending request with a deadline, its plan frozen', () => {
    const outcome = submit(wish, anIntegration(), toOwners, noon)
    expect(outcome).toMatchObject({
      ok: true,
      value: {
        request: { state: 'pending', plan, decideBy: after(noon, seconds(8 * 3600)) },
        audit: [{ kind: 'request-submitted' }],
      },
    })
  })

  test.each([
    ['a reason of blanks', { reason: '        ' }, 'reason-too-short'],
    ['a reason without end', { reason: 'x'.repeat(501) }, 'reason-too-long'],
    ['a length that is not offered', { duration: seconds(901) }, 'duration-not-offered'],
  ])('refuses %s', (_, given, code) => {
    expect(submit({ ...wish, ...given }, anIntegration(), toOwners, noon)).toMatchObject({
      ok: false,
      refusal: { code },
    })
  })

  test.each(['nobody-to-decide', 'no-owner'] as const)(
    'refuses with the reason when there are no deciders: %s',
    (code) => {
      expect(submit(wish, anIntegration(), [code], noon)).toMatchObject({ refusal: { code } })
    },
  )
})

describe('deciding', () => {
  test('an approval that is enough creates the grant in the same change, due at once', () => {
    expect(decide(aRequest(), approve())).toMatchObject({
      ok: true,
      value: { request: { state: 'approved' }, grant: { state: 'provisioning', dueAt: noon, plan } },
    })
  })

  test('the first denial decides and keeps its note', () => {
    const outcome = decide(aRequest(), deny('use the replica'))
    expect(outcome).toMatchObject({
      ok: true,
      value: { request: { state: 'denied', by: owner, note: 'use the replica' } },
    })
  })

  test('a denial needs a reason', () => {
    expect(refusalOf(decide(aRequest(), deny(' no ')))).toBe('note-required')
  })

  test('nobody decides their own request, not even an owner', () => {
    expect(refusalOf(decide(aRequest(), { ...approve(requester), owners: [new Set([requester, owner])] }))).toBe(
      'own-request',
    )
  })

  test('a stranger cannot decide', () => {
    expect(refusalOf(decide(aRequest(), approve(stranger)))).toBe('not-an-owner')
  })

  test('a decided request stays decided', () => {
    const first = decide(aRequest(), approve())
    const request = first.ok ? first.value.request : aRequest()
    expect(refusalOf(decide(request, approve(otherOwner)))).toBe('not-pending')
  })

  test('after the deadline nobody decides', () => {
    expect(refusalOf(decide(aRequest(), approve(owner, after(noon, seconds(8 * 3600)))))).toBe('deadline-passed')
  })

  test('where two approvals are required, one person cannot give both', () => {
    const two = {
      ...aRequest(),
      requirements: [{ owners: ['group:platform'], approvals: 2, by: 'integration' }],
    } as AccessRequest
    const first = decide(two, approve())
    if (!first.ok) throw new Error('the first approval was refused')
    expect(first.value.request.state).toBe('pending')
    expect(first.value.grant).toBeUndefined()
    expect(refusalOf(decide(first.value.request, approve()))).toBe('already-decided-by-you')
    expect(decide(first.value.request, approve(otherOwner))).toMatchObject({
      value: { request: { state: 'approved' } },
    })
  })

  test('re-routing drops earlier decisions, because they came from people who no longer own it', () => {
    const moved = reroute(aRequest(), [[{ owners: ['group:payments'], approvals: 1, by: 'tag' }]], noon)
    expect(moved?.request).toMatchObject({
      state: 'pending',
      decisions: [],
      requirements: [{ owners: ['group:payments'] }],
    })
    expect(reroute(aRequest(), [aRequest().requirements], noon)).toBeUndefined()
  })
})

test('whatever people do in whatever order, approved means exactly one grant and a decision of an owner', () => {
  const people = [requester, owner, otherOwner, stranger, personId('nobody')]
  const command = fc.record({
    by: fc.constantFrom(...people),
    what: fc.constantFrom('approve', 'deny', 'cancel', 'expire', 'wait', 'reroute'),
  })
  fc.assert(
    fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
      let request = aRequest()
      let grants = 0
      let now = noon
      for (const { by, what } of commands) {
        const before = request
        if (what === 'wait') now = after(now, seconds(3600))
        const outcome =
          what === 'approve'
            ? decide(request, approve(by, now))
            : what === 'deny'
              ? decide(request, deny('not now, please', by, now))
              : what === 'cancel'
                ? cancel(request, by, now)
                : undefined
        const change = outcome?.ok
          ? outcome.value
          : what === 'expire'
            ? expire(request, now)
            : what === 'reroute'
              ? reroute(request, [[{ owners: ['group:platform'], approvals: 1, by: 'tag' }]], now)
              : undefined
        if (!change) continue
        request = change.request
        if ('grant' in change && change.grant) grants += 1
        if (before.state !== 'pending') throw new Error(`${before.state} was left`)
      }
      expect(grants).toBe(request.state === 'approved' ? 1 : 0)
      if (request.state === 'approved') {
        expect(request.decisions.some(({ by, verdict }) => verdict === 'approve' && owners[0]?.has(by))).toBe(true)
      }
      expect(request.decisions.some(({ by }) => by === requester)).toBe(false)
    }),
  )
})
