import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { timestamp } from '../../../src/domain/time.ts'
import { lookAtOf, stateAfter, stepOf, type Wrapping } from '../../../src/domain/wrapping.ts'

const spendBy = timestamp(100_000)

/** A vault with one wrapped token, and the row about it, through any order of kills, lost answers and openings. */
const play = (events: readonly Event[]) => {
  const vault = { wrapping: 'there' as 'there' | 'opened' | 'revoked' | 'ended', token: 'lives' as 'lives' | 'ended' }
  let row: Wrapping['state'] = 'waiting'
  let now = timestamp(90_000)
  let isFirst = false
  const see = () => {
    if (now >= spendBy && vault.wrapping === 'there') vault.wrapping = 'ended'
  }
  for (const event of events) {
    if (event.do === 'wait') now = timestamp(now + event.for)
    see()
    if (event.do === 'open' && vault.wrapping === 'there') vault.wrapping = 'opened'
    if (event.do !== 'step') continue
    const step = stepOf({ state: row })
    const before = row
    if (step === 'look') row = noted(event, { kind: 'seen', isThere: vault.wrapping === 'there' })
    if (step === 'revoke-wrapping') {
      const isOurs = vault.wrapping === 'there'
      if (isOurs && event.dies !== 'before') vault.wrapping = 'revoked'
      row = noted(event, { kind: 'revoked', isOurs, isFirst })
    }
    if (step === 'end-token') {
      if (event.dies !== 'before') vault.token = 'ended'
      row = noted(event, { kind: 'token-ended' })
    }
    isFirst = before === 'waiting' && row === 'closing'
    if (event.dies) isFirst = false
  }
  return { ...vault, row }

  function noted(event: Event & { do: 'step' }, news: Parameters<typeof stateAfter>[1]) {
    return event.dies ? row : stateAfter({ state: row, spendBy }, news, now)
  }
}

type Event =
  | { readonly do: 'wait'; readonly for: number }
  | { readonly do: 'open' }
  /** Killed before the call, or after it and before its answer is noted. */
  | { readonly do: 'step'; readonly dies?: 'before' | 'after' }

const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ do: fc.constant('wait' as const), for: fc.integer({ min: 0, max: 6_000 }) }),
  fc.constant({ do: 'open' } as const),
  fc.constantFrom<Event>({ do: 'step' }, { do: 'step', dies: 'before' }, { do: 'step', dies: 'after' }),
)

describe('a credential that waits in its wrapping', () => {
  test('is never ended once somebody opened it, and is never said to be unopened while it works', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 12 }), (events) => {
        const { wrapping, token, row } = play(events)
        if (wrapping === 'opened') expect([token, row === 'unopened']).toEqual(['lives', false])
        if (row === 'opened') expect(wrapping).toBe('opened')
        if (row === 'unopened') expect([wrapping, token]).toEqual(['revoked', 'ended'])
      }),
      { numRuns: 2_000 },
    )
  })

  test('is ended in three steps without a kill, and left alone when it was opened', () => {
    const step = { do: 'step' } as const
    expect(play([step, step, step])).toEqual({ wrapping: 'revoked', token: 'ended', row: 'unopened' })
    expect(play([{ do: 'open' }, step])).toEqual({ wrapping: 'opened', token: 'lives', row: 'opened' })
    expect(play([step, { do: 'open' }, step])).toEqual({ wrapping: 'opened', token: 'lives', row: 'opened' })
    expect(play([step, { do: 'step', dies: 'after' }, step])).toMatchObject({ token: 'lives', row: 'unknown' })
    expect(play([{ do: 'wait', for: 20_000 }, step])).toMatchObject({ token: 'lives', row: 'unknown' })
  })

  test('is looked at a tenth of its time before the end, ten seconds at most', () => {
    expect(lookAtOf(timestamp(300_000), timestamp(0))).toBe(290_000)
    expect(lookAtOf(timestamp(20_000), timestamp(0))).toBe(18_000)
    expect(lookAtOf(timestamp(0), timestamp(5_000))).toBe(0)
  })
})
