import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backoff } from '../../../src/domain/backoff.ts'
import { isNarrowing } from '../../../src/domain/beneath.ts'
import { evolve, type Grant, type GrantEvent, newGrant, nextStep } from '../../../src/domain/grant.ts'
import { isWithdrawing, maxAttempts } from '../../../src/domain/grant-trouble.ts'
import { grantId, integrationId, requestId } from '../../../src/domain/ids.ts'
import { isNarrowingDue } from '../../../src/domain/narrowed-grant.ts'
import { after, seconds, timestamp } from '../../../src/domain/time.ts'
import { anItem, noon, plan, requester } from '../../support/builders.ts'

const fresh = newGrant(
  {
    id: grantId('g'),
    request: requestId('r'),
    person: requester,
    integration: integrationId('production'),
    items: [anItem()],
    duration: seconds(900),
    plan,
  },
  noon,
)
const handle = { policies: ['p1'] }
const proof = { means: 'canary', at: noon, latency: 12 } as const
const active = evolve(fresh, { kind: 'provisioned', handle }, noon)

describe('a grant', () => {
  test('starts its clock when access exists, not when it was approved', () => {
    const late = after(noon, seconds(60))
    expect(evolve(fresh, { kind: 'provisioned', handle }, late)).toMatchObject({
      state: 'active',
      expiresAt: after(late, seconds(900)),
    })
  })

  test('ends when the vault lets its tokens end, if that is earlier than was approved, and never later', () => {
    const cut = evolve(fresh, { kind: 'provisioned', handle, lasts: seconds(60) }, noon)
    expect(cut).toMatchObject({ expiresAt: after(noon, seconds(60)), dueAt: after(noon, seconds(60)) })
    const longer = evolve(fresh, { kind: 'provisioned', handle, lasts: seconds(9000) }, noon)
    expect(longer).toEqual(active)
    const until = after(noon, seconds(30))
    expect(evolve(cut, { kind: 'shortened', until }, noon)).toMatchObject({ expiresAt: until, dueAt: until })
    expect(evolve(cut, { kind: 'shortened', until: after(noon, seconds(90)) }, noon)).toEqual(cut)
    expect(nextStep(evolve(active, { kind: 'shortened', until }, noon), until)).toBe('expire')
  })

  test('comes due exactly at its end', () => {
    const end = after(noon, seconds(900))
    expect(nextStep(active, timestamp(end - 1))).toBe('none')
    expect(nextStep(active, end)).toBe('expire')
    expect(evolve(active, { kind: 'came-due' }, end)).toMatchObject({
      state: 'revoking',
      because: 'expired',
      dueAt: end,
    })
  })

  test('that was revoked while being provisioned is revoked again when the late news arrives', () => {
    const revoking = evolve(fresh, { kind: 'revoke-asked', because: 'given-back' }, noon)
    const told = evolve(revoking, { kind: 'provisioned', handle }, noon)
    expect(told).toMatchObject({ state: 'revoking', handle, dueAt: noon })
    const ended = evolve(revoking, { kind: 'revoked', proof }, noon)
    expect(evolve(ended, { kind: 'provisioned', handle }, noon)).toMatchObject({
      state: 'revoking',
      because: 'given-back',
    })
  })

  test('is given up only after six answers that said no, and then cleans up', () => {
    const failure = { kind: 'failed', transient: true, code: 'server-error' } as const
    expect(evolve({ ...fresh, attempts: maxAttempts - 1 }, failure, noon).state).toBe('provisioning')
    expect(evolve({ ...fresh, attempts: maxAttempts }, failure, noon)).toMatchObject({
      state: 'revoking',
      because: 'provision-failed',
    })
    expect(evolve(fresh, { ...failure, transient: false }, noon).state).toBe('revoking')
  })

  test('waits for a vault that is away, however long', () => {
    const away = { kind: 'failed', transient: true, code: 'unreachable' } as const
    expect(evolve({ ...fresh, attempts: 500 }, away, noon)).toMatchObject({
      state: 'provisioning',
      trouble: { since: noon },
    })
  })

  test('never stops being revoked, whatever fails', () => {
    const revoking = evolve(active, { kind: 'revoke-asked', because: 'revoked' }, noon)
    const failed = evolve({ ...revoking, attempts: 1000 }, { kind: 'failed', transient: false, code: 'denied' }, noon)
    expect(failed).toMatchObject({ state: 'revoking', dueAt: after(noon, seconds(300)) })
  })

  test('is tried again within half a minute of an outage’s end, however long that was', () => {
    const revoking = evolve(active, { kind: 'revoke-asked', because: 'revoked' }, noon)
    const waiting = evolve({ ...revoking, attempts: 50 }, { kind: 'failed', transient: true, code: 'timeout' }, noon)
    expect(waiting).toMatchObject({ state: 'revoking', dueAt: after(noon, seconds(30)) })
  })

  test('has all its tries still before it when a long outage ends', () => {
    const away = { kind: 'failed', transient: true, code: 'unreachable' } as const
    const unwell = { kind: 'failed', transient: true, code: 'failing' } as const
    const waiting = evolve({ ...fresh, attempts: 50 }, away, noon)
    const back = evolve({ ...waiting, attempts: 51 }, unwell, noon)
    expect(back).toMatchObject({ state: 'provisioning', attempts: 1 })
    expect(evolve({ ...back, attempts: maxAttempts }, unwell, noon)).toMatchObject({ state: 'revoking' })
  })

  test('ends on time also while a credential of it cannot be withdrawn', () => {
    const withdrawing = evolve(active, { kind: 'withdraw-asked' }, noon)
    const late = after(noon, seconds(899))
    const failed = evolve({ ...withdrawing, attempts: 9 }, { kind: 'failed', transient: true, code: 'failing' }, late)
    expect(nextStep(failed, after(noon, seconds(900)))).toBe('expire')
  })

  test('keeps its approval when only a credential is withdrawn', () => {
    const withdrawing = evolve(active, { kind: 'withdraw-asked' }, noon)
    expect(nextStep(withdrawing, noon)).toBe('withdraw')
    expect(evolve(withdrawing, { kind: 'withdrawn' }, noon)).toEqual(active)
  })
})

describe('a folder with more exceptions since the approval', () => {
  const folder = { ...fresh, items: [anItem({ type: 'management', path: 'kv/apps/' })] as const }
  const live = evolve(folder, { kind: 'provisioned', handle }, noon)
  const except = (...names: string[]) => ({
    items: [{ ...folder.items[0], except: names }] as const,
    plan: { document: `{"not":"${names}"}`, hash: names.join() },
  })
  const ask = (grant: Grant, ...names: string[]) => evolve(grant, { kind: 'narrow-asked', ...except(...names) }, noon)

  test('is due at the vault at once, and keeps what was approved', () => {
    const later = ask(ask(live, 'kv/apps/a'), 'kv/apps/a', 'kv/apps/b')
    expect(nextStep(later, noon)).toBe('narrow')
    expect(later).toMatchObject({ ...except('kv/apps/a', 'kv/apps/b'), approved: { items: folder.items, plan } })
  })

  test('rests until its end once the vault has exactly that', () => {
    const later = ask(ask(live, 'kv/apps/a'), 'kv/apps/a', 'kv/apps/b')
    const half = evolve(later, { kind: 'narrowed', plan: 'kv/apps/a' }, noon)
    expect(nextStep(half, noon)).toBe('narrow')
    const done = evolve(half, { kind: 'narrowed', plan: 'kv/apps/a,kv/apps/b' }, noon)
    expect(done).toMatchObject({ dueAt: after(noon, seconds(900)), approved: { plan } })
    expect(nextStep(done, noon)).toBe('none')
  })

  test('never gets fewer exceptions, other items or another end', () => {
    const later = ask(live, 'kv/apps/a')
    expect(ask(later, 'kv/apps/b')).toEqual(later)
    expect(evolve(later, { kind: 'narrow-asked', items: [anItem()], plan: { document: '', hash: 'x' } }, noon)).toEqual(
      later,
    )
    expect(
      ask({ ...evolve(live, { kind: 'revoke-asked', because: 'revoked' }, noon) }, 'kv/apps/a'),
    ).not.toHaveProperty('narrow')
  })

  test('while it is being set up, the vault is told again afterwards', () => {
    const later = ask(folder, 'kv/apps/a')
    expect(nextStep(later, noon)).toBe('provision')
    expect(nextStep(evolve(later, { kind: 'provisioned', handle }, noon), noon)).toBe('narrow')
  })

  test('first loses a credential that must die', () => {
    const both = evolve(ask(live, 'kv/apps/a'), { kind: 'withdraw-asked' }, noon)
    expect(nextStep(both, noon)).toBe('withdraw')
    expect(nextStep(evolve(both, { kind: 'withdrawn' }, noon), noon)).toBe('narrow')
  })

  test('tells its owners after the last try that the vault did not take it, and ends on time', () => {
    const failure = { kind: 'failed', transient: true, code: 'server-error' } as const
    const later = { ...ask(live, 'kv/apps/a'), attempts: maxAttempts }
    expect(evolve({ ...later, attempts: 1 }, failure, noon).trouble).not.toHaveProperty('alerted')
    expect(evolve(later, failure, noon)).toMatchObject({ trouble: { alerted: true } })
    expect(nextStep(evolve(later, failure, after(noon, seconds(899))), after(noon, seconds(900)))).toBe('expire')
  })

  test('says why it cannot be looked through, until it can be', () => {
    const blind = evolve(live, { kind: 'looked', blind: 'too-much-beneath' }, noon)
    expect(blind).toMatchObject({ trouble: { code: 'too-much-beneath', alerted: true }, dueAt: live.dueAt })
    expect(evolve(blind, { kind: 'looked' }, noon)).toEqual(live)
  })
})

test('back-off doubles and ends at five minutes', () => {
  expect([1, 2, 3, 8, 9, 50].map(backoff)).toEqual([2, 4, 8, 256, 300, 300])
})

const excepting = (count: number) => ({
  items: [anItem({ except: ['a', 'b', 'c'].slice(0, count) })] as const,
  plan: { document: `${count}`, hash: `${count}` },
})
const anyEvent: fc.Arbitrary<GrantEvent> = fc.oneof(
  fc.constant<GrantEvent>({ kind: 'provisioned', handle }),
  fc.nat(7200).map((lasts): GrantEvent => ({ kind: 'provisioned', handle, lasts: seconds(lasts) })),
  fc.nat(7_200_000).map((later): GrantEvent => ({ kind: 'shortened', until: timestamp(noon + later) })),
  fc.record({
    kind: fc.constant('failed' as const),
    transient: fc.boolean(),
    code: fc.constantFrom('unreachable', 'denied', 'server-error'),
  }),
  fc.constant<GrantEvent>({ kind: 'must-wait', since: noon, code: 'sealed' }),
  fc.constant<GrantEvent>({ kind: 'revoke-asked', because: 'revoked' }),
  fc.constant<GrantEvent>({ kind: 'came-due' }),
  fc.constant<GrantEvent>({ kind: 'lapsed', why: 'requester-removed' }),
  fc.constant<GrantEvent>({ kind: 'lapsed', why: 'person-removed', endsAt: after(noon, seconds(600)) }),
  fc.constant<GrantEvent>({ kind: 'restored' }),
  fc.constant<GrantEvent>({ kind: 'withdraw-asked' }),
  fc.constant<GrantEvent>({ kind: 'withdrawn' }),
  fc.constant<GrantEvent>({ kind: 'noted' }),
  fc.constant<GrantEvent>({ kind: 'looked', blind: 'walk-unfinished' }),
  fc.nat(3).map((count): GrantEvent => ({ kind: 'narrow-asked', ...excepting(count) })),
  fc.nat(3).map((count): GrantEvent => ({ kind: 'narrowed', plan: excepting(count).plan.hash })),
  fc.constant<GrantEvent>({ kind: 'revoked', proof }),
)

test('whatever happens in whatever order, nothing skips the clean-up and everything unfinished is due', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyEvent, fc.integer({ min: 0, max: 1_000_000 })), { maxLength: 40 }), (events) => {
      let grant: Grant = fresh
      let now = noon
      for (const [event, wait] of events) {
        now = timestamp(now + wait)
        const before = grant
        grant = evolve(before, event, now)
        if (grant.state === 'ended' && before.state !== 'ended') expect(event.kind).toBe('revoked')
        if (before.state === 'ended' && grant.state !== 'ended') expect(event.kind).toBe('provisioned')
        if (before.state === 'revoking') expect(['revoking', 'ended']).toContain(grant.state)
        expect(grant.dueAt === undefined).toBe(grant.state === 'ended')
        if (grant.state === 'active') expect(grant.expiresAt).toBeLessThanOrEqual(after(grant.since, grant.duration))
        if (grant.state === 'active' && before.state === 'active')
          expect(grant.expiresAt).toBeLessThanOrEqual(before.expiresAt)
        if (before.handle) expect(grant.handle).toBeDefined()
        if (grant.lapse) expect(['provisioning', 'active']).toContain(grant.state)
        if (grant.lapse?.endsAt) expect(grant.dueAt).toBeLessThanOrEqual(grant.lapse.endsAt)
        if (before.trouble?.alerted && before.state === 'revoking' && grant.state === 'revoking')
          expect(grant.trouble?.alerted).toBe(true)
        const isBlind = grant.trouble?.code === 'walk-unfinished'
        if (grant.trouble?.alerted)
          expect(grant.state === 'revoking' || isWithdrawing(grant) || isNarrowingDue(grant) || isBlind).toBe(true)
        expect(isNarrowing(before.items, grant.items)).toBe(true)
        if (grant.plan.hash !== before.plan.hash) expect(isNarrowingDue(grant)).toBe(true)
        if (isNarrowingDue(grant)) expect(['provisioning', 'active']).toContain(grant.state)
        if (isNarrowingDue(grant)) expect(isNarrowing(grant.approved?.items ?? [], grant.items)).toBe(true)
        if (before.approved) expect(grant.approved).toEqual(before.approved)
        if (isNarrowingDue(before) && grant.state === before.state && !isNarrowingDue(grant))
          expect(event).toEqual({ kind: 'narrowed', plan: grant.plan.hash })
        const isEarly = isWithdrawing(grant) || (grant.state === 'revoking' && grant.because !== 'expired')
        if (isEarly && ['failed', 'must-wait'].includes(event.kind) && before.state === grant.state && !before.trouble)
          expect(grant.trouble?.alerted).toBe(true)
      }
    }),
  )
})
