import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isEndNear, told } from '../../../src/domain/ending.ts'
import { evolve, type Grant, type GrantEvent, newGrant } from '../../../src/domain/grant.ts'
import { grantId, integrationId, requestId } from '../../../src/domain/ids.ts'
import { after, seconds, type Timestamp, timestamp } from '../../../src/domain/time.ts'
import { anItem, noon, plan, requester } from '../../support/builders.ts'

const handle = { policies: ['p1'] }
const lasting = (length: number): Grant & { state: 'active' } => {
  const basics = {
    id: grantId('g'),
    request: requestId('r'),
    person: requester,
    integration: integrationId('production'),
  }
  const fresh = newGrant({ ...basics, items: [anItem()], duration: seconds(length), plan }, noon)
  const grant = evolve(fresh, { kind: 'provisioned', handle }, noon)
  if (grant.state !== 'active') throw new Error('not active')
  return grant
}
const at = (second: number): Timestamp => after(noon, seconds(second))

describe('a holder is told that the end is near', () => {
  test.each([
    [20, 18],
    [900, 810],
    [2999, 2699.1],
    [3000, 2700],
    [14_400, 14_100],
  ])('of %i seconds: after %d', (length, moment) => {
    const grant = lasting(length)
    expect(grant.tellAt).toBe(noon + moment * 1000)
    expect([told(grant, timestamp(noon + moment * 1000 - 1)), isEndNear(grant, noon)]).toEqual([undefined, false])
    const news = told(grant, timestamp(noon + moment * 1000))
    expect(news).toMatchObject({ isNews: true, grant: { state: 'active' } })
    expect(news && told(news.grant, at(length - 1))).toBeUndefined()
    expect(isEndNear(grant, timestamp(noon + moment * 1000))).toBe(true)
  })

  test('by the end that the vault sets, if that is earlier', () => {
    const shorter = evolve(lasting(14_400), { kind: 'shortened', until: at(600) }, at(60))
    expect(shorter).toMatchObject({ tellAt: at(540) })
    const known = told(lasting(3000), at(2700))?.grant
    expect(known && evolve(known, { kind: 'shortened', until: at(2900) }, at(2710))).not.toHaveProperty('tellAt')
  })

  test('not while its holder may not have it, and again once they may', () => {
    const lapsed = evolve(lasting(900), { kind: 'lapsed', why: 'requester-removed' }, at(10))
    expect(told(lapsed, at(850))).toBeUndefined()
    expect(told(evolve(lapsed, { kind: 'restored' }, at(860)), at(870))).toMatchObject({ isNews: true })
  })

  test('not after the end, and then it is due no more', () => {
    const late = told(lasting(900), at(900))
    expect(late).toMatchObject({ isNews: false })
    expect(late?.grant).not.toHaveProperty('tellAt')
  })
})

const anyEvent: fc.Arbitrary<GrantEvent> = fc.oneof(
  fc.constantFrom<GrantEvent>(
    { kind: 'revoke-asked', because: 'given-back' },
    { kind: 'came-due' },
    { kind: 'lapsed', why: 'requester-removed' },
    { kind: 'lapsed', why: 'person-removed', endsAt: at(600) },
    { kind: 'restored' },
    { kind: 'withdraw-asked' },
    { kind: 'withdrawn' },
    { kind: 'noted' },
    { kind: 'provisioned', handle },
    { kind: 'failed', transient: true, code: 'unreachable' },
    { kind: 'revoked', proof: { means: 'canary', at: noon, latency: 1 } },
  ),
  fc.nat(7_200_000).map((later): GrantEvent => ({ kind: 'shortened', until: timestamp(noon + later) })),
)

test('whatever happens, it is told at most once, while the access lives, and only near its end', () => {
  const steps = fc.array(fc.tuple(anyEvent, fc.nat({ max: 900_000 })), { maxLength: 30 })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7200 }), steps, (length, events) => {
      let grant: Grant = lasting(length)
      let now = noon
      let count = 0
      for (const [event, wait] of events) {
        now = timestamp(now + wait)
        grant = evolve(grant, event, now)
        if (grant.state !== 'active') expect(grant).not.toHaveProperty('tellAt')
        const news = told(grant, now)
        if (!news) continue
        if (news.isNews && grant.state === 'active') {
          count += 1
          expect(now).toBeLessThan(grant.expiresAt)
          expect(now).toBeGreaterThanOrEqual(grant.since)
          expect(grant.expiresAt - now).toBeLessThanOrEqual(Math.min(300_000, (grant.expiresAt - grant.since) / 10 + 1))
          expect(grant.lapse).toBeUndefined()
        }
        grant = news.grant
      }
      expect(count).toBeLessThanOrEqual(1)
    }),
  )
})

test('a grant that nothing disturbs is told exactly once before its end, however often one looks', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 90_000 }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true })),
      (length, looks) => {
        let grant: Grant = lasting(length)
        let count = 0
        const last = 1 - 1e-6
        for (const share of [...looks, last].toSorted((one, other) => one - other)) {
          const news = told(grant, timestamp(noon + Math.floor(share * length * 1000)))
          if (!news) continue
          count += news.isNews ? 1 : 0
          grant = news.grant
        }
        expect(count).toBe(1)
      },
    ),
  )
})
