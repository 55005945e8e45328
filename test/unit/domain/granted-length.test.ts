import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AccessRequest } from '../../../src/domain/access-request.ts'
import { type DecideCommand, decide } from '../../../src/domain/decide.ts'
import { grantedLength, lengthsUpTo } from '../../../src/domain/granted-length.ts'
import { type PersonId, personId } from '../../../src/domain/ids.ts'
import { type Seconds, seconds } from '../../../src/domain/time.ts'
import { aGiving, anItem, aRequest, noon } from '../../support/builders.ts'

const offered = [300, 900, 3600, 14400].map(seconds)
const people = ['ada', 'grace', 'linus', 'mary'].map(personId)
const owners = [new Set(people)]
const giving = { ...aGiving(), lengths: offered }

/** A request for so long that needs the approval of so many owners. */
const asking = (duration: Seconds, approvals: number): AccessRequest => ({
  ...aRequest(),
  duration,
  requirements: [{ owners: ['group:platform'], approvals, by: 'integration' }],
})
type Choice = { readonly by: PersonId; readonly duration?: Seconds }
const approving = ({ by, duration }: Choice): DecideCommand => ({
  ...{ by, verdict: 'approve', now: noon, owners, giving },
  ...(duration !== undefined && { duration }),
})
const approvedBy = (request: AccessRequest, choices: readonly Choice[]) =>
  choices.reduce<ReturnType<typeof decide>>(
    (last, choice) => (last.ok ? decide(last.value.request, approving(choice)) : last),
    { ok: true, value: { request, audit: [] } },
  )
const taken = (outcome: ReturnType<typeof decide>) => {
  if (!outcome.ok) throw new Error(outcome.refusal.code)
  return outcome.value
}

const anyLength = fc.constantFrom(...offered)
/** Choices of several owners about a request, in any order; without a length they approve what was asked for. */
const anyChoices = fc
  .record({
    asked: anyLength,
    deciders: fc.shuffledSubarray(people, { minLength: 1 }),
    lengths: fc.array(fc.option(anyLength, { nil: undefined }), { minLength: 4, maxLength: 4 }),
  })
  .map(({ asked, deciders, lengths }) => ({
    asked,
    choices: deciders.map((by, index): Choice => {
      const length = lengths[index]
      return length !== undefined && length <= asked ? { by, duration: length } : { by }
    }),
  }))

test('the access lasts as long as the shortest approval, and never longer than was asked', () => {
  fc.assert(
    fc.property(anyChoices, ({ asked, choices }) => {
      const { request, grant } = taken(approvedBy(asking(asked, choices.length), choices))
      expect(grant?.duration).toBe(Math.min(asked, ...choices.map(({ duration }) => duration ?? asked)))
      expect(request.duration).toBe(asked)
    }),
  )
})

test('the order of the approvals does not matter', () => {
  const shuffled = anyChoices.chain(({ asked, choices }) =>
    fc.record({
      asked: fc.constant(asked),
      choices: fc.constant(choices),
      other: fc.shuffledSubarray([...choices], { minLength: choices.length }),
    }),
  )
  fc.assert(
    fc.property(shuffled, ({ asked, choices, other }) => {
      const lengthBy = (order: readonly Choice[]) =>
        taken(approvedBy(asking(asked, choices.length), order)).grant?.duration
      expect(lengthBy(choices)).toBe(lengthBy(other))
    }),
  )
})

test('a length that is longer than asked, or that nobody offers, is refused, whatever was sent', () => {
  fc.assert(
    fc.property(anyLength, fc.integer({ min: -10, max: 20_000 }).map(seconds), (asked, sent) => {
      const outcome = decide(asking(asked, 1), approving({ by: personId('ada'), duration: sent }))
      const isOffered = offered.includes(sent) && sent <= asked
      expect(outcome.ok).toBe(isOffered)
      if (!outcome.ok) expect(outcome.refusal).toEqual({ code: 'duration-not-offered', longest: asked })
    }),
  )
})

test('what was asked can always be approved, also when it is no longer on offer; nothing below the shortest can', () => {
  const asked = seconds(7200)
  expect(lengthsUpTo(offered, asked)).toEqual([300, 900, 3600, 7200])
  expect(taken(approvedBy(asking(asked, 1), [{ by: personId('ada') }])).grant?.duration).toBe(asked)
  expect(lengthsUpTo(offered, seconds(300))).toEqual([300])
})

test('an approval of items that were denied since does not shorten the rest', () => {
  const [first, second] = [anItem(), anItem({ path: 'kv/apps/mail' })]
  const [ada, grace] = [personId('ada'), personId('grace')]
  const request: AccessRequest = {
    ...asking(seconds(3600), 1),
    items: [first, second],
    decisions: [
      { by: ada, verdict: 'approve', at: noon, duration: seconds(300), part: { items: [1], plan: 'hash' } },
      { by: grace, verdict: 'approve', at: noon, duration: seconds(900), part: { items: [0], plan: 'hash' } },
    ],
  }
  expect(grantedLength(request)).toBe(300)
  const denied = { by: grace, verdict: 'deny', note: 'not this', at: noon, part: { items: [1] } } as const
  expect(grantedLength({ ...request, decisions: [...request.decisions, denied] })).toBe(900)
})

test('the audit log has the length that each owner approved, and the one that was given', () => {
  const two = asking(seconds(3600), 2)
  const first = taken(decide(two, approving({ by: personId('ada'), duration: seconds(900) })))
  expect(first.audit[0]?.detail).toMatchObject({ enough: false, seconds: 900 })
  const last = taken(decide(first.request, approving({ by: personId('grace') })))
  expect(last.audit[0]?.detail).toMatchObject({ enough: true, grantedSeconds: 900 })
  expect(last.audit[0]?.detail.seconds).toBeUndefined()
})
