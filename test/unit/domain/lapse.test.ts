import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { evolve, type Grant, newGrant, nextStep } from '../../../src/domain/grant.ts'
import { grantId, integrationId, requestId } from '../../../src/domain/ids.ts'
import { heldFor, isMass, lapseReasons, mustEnd, type Standing, verdictOn } from '../../../src/domain/lapse.ts'
import { after, seconds, timestamp } from '../../../src/domain/time.ts'
import { anItem, noon, plan, requester } from '../../support/builders.ts'

const fresh = newGrant(
  {
    ...{ id: grantId('g'), request: requestId('r'), person: requester, integration: integrationId('production') },
    ...{ items: [anItem()], duration: seconds(3600), plan },
  },
  noon,
)
const active = evolve(fresh, { kind: 'provisioned', handle: { policies: ['p'] } }, noon)
const holdOver = after(noon, heldFor)
const held = (grant: Grant) => evolve(grant, { kind: 'lapsed', why: 'person-removed', endsAt: holdOver }, noon)

describe.each([
  ['that is being set up', fresh],
  ['that is active', active],
])('a grant %s whose end is held back', (_, grant) => {
  test('is given nothing meanwhile, and ends for that reason when nobody called it off', () => {
    expect(nextStep(held(grant), timestamp(holdOver - 1))).toBe('none')
    expect(nextStep(held(grant), holdOver)).toBe('expire')
    const ending = evolve(held(grant), { kind: 'came-due' }, holdOver)
    expect(ending).toMatchObject({ state: 'revoking', because: 'person-removed', dueAt: holdOver })
    expect(ending.lapse).toBeUndefined()
  })

  test('is as it was when that is called off in time', () => {
    expect(evolve(held(grant), { kind: 'restored' }, noon)).toEqual(grant)
  })
})

test('a grant ends at its own time, for that reason, if that comes before the end that is held back', () => {
  const short = evolve({ ...fresh, duration: seconds(60) }, { kind: 'provisioned', handle: {} }, noon)
  const end = after(noon, seconds(60))
  expect(evolve(held(short), { kind: 'came-due' }, end)).toMatchObject({ state: 'revoking', because: 'expired' })
})

test('what was being set up when its holder lapsed is not forgotten once it exists', () => {
  const late = evolve(held(fresh), { kind: 'provisioned', handle: {} }, noon)
  expect(late).toMatchObject({ state: 'active', lapse: { why: 'person-removed' }, dueAt: holdOver })
})

test.each([
  [3, 3, false],
  [4, 40, false],
  [4, 39, true],
  [4, 4, true],
  [100, 1000, false],
  [101, 1000, true],
])('%i ends of %i live grants look like a mistake: %s', (ending, live, isOne) => {
  expect(isMass(ending, live)).toBe(isOne)
})

const anyStanding: fc.Arbitrary<Standing> = fc.record({
  why: fc.option(fc.constantFrom(...lapseReasons), { nil: undefined }),
  isUnused: fc.boolean(),
  endsForFormerRequesters: fc.boolean(),
  lapse: fc.option(
    fc.record(
      { why: fc.constantFrom(...lapseReasons), since: fc.constant(noon), endsAt: fc.constant(holdOver) },
      { requiredKeys: ['why', 'since'] },
    ),
    { nil: undefined },
  ),
})

describe('what is done about a live grant', () => {
  test('ends nothing of those who may have it, and lets nobody who may not go on unnoticed', () => {
    fc.assert(
      fc.property(anyStanding, fc.boolean(), (standing, isMany) => {
        const verdict = verdictOn(standing, isMany)
        if (standing.why === undefined) expect(['nothing', 'restore']).toContain(verdict.do)
        else if (verdict.do === 'nothing') expect(standing.lapse).toBeDefined()
        else expect(verdict.do).not.toBe('restore')
      }),
    )
  })

  test('ends nothing at once when that would be many, and what is held back stays so', () => {
    fc.assert(
      fc.property(anyStanding, fc.boolean(), (standing, isMany) => {
        const verdict = verdictOn(standing, isMany)
        if (isMany || standing.lapse?.endsAt !== undefined) expect(verdict.do).not.toBe('end')
        if (mustEnd(standing)) expect(['end', 'hold', 'nothing']).toContain(verdict.do)
      }),
    )
  })

  test('is the same again after it was done: a second look changes nothing', () => {
    fc.assert(
      fc.property(anyStanding, fc.boolean(), (standing, isMany) => {
        const verdict = verdictOn(standing, isMany)
        if (verdict.do === 'end' || verdict.do === 'nothing') return
        const { lapse: _, ...rest } = standing
        const endsAt = verdict.do === 'hold' ? { endsAt: holdOver } : {}
        const lapse = verdict.do === 'restore' ? undefined : { why: verdict.why, since: noon, ...endsAt }
        expect(verdictOn({ ...rest, lapse }, isMany)).toEqual({ do: 'nothing' })
      }),
    )
  })
})
