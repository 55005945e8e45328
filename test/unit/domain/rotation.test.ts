import fc from 'fast-check'
import { expect, test } from 'vitest'
import { grantId, integrationId } from '../../../src/domain/ids.ts'
import {
  begun,
  called,
  calling,
  looked,
  looking,
  type Newest,
  type Rotation,
  readsIn,
} from '../../../src/domain/rotation.ts'
import { seconds, timestamp } from '../../../src/domain/time.ts'

const day = 86_400_000
const keep = seconds(400 * 86_400)
const waiting: Rotation = {
  ...{ grant: grantId('grant'), integration: integrationId('vault'), path: 'kv/data/a', state: 'waiting' },
  ...{ turn: 0, tries: 0, looks: 0 },
}
const beginning = (hasHook: boolean) => ({
  ...{ id: 'id', secret: 'kv/a', hasHook, now: timestamp(1_000), keep },
  reads: { count: 1, first: timestamp(500), last: timestamp(900) },
})

/** What the world does to a row. `dies`: after the row was moved, and before the outcome is noted. */
type Event =
  | { readonly do: 'wait'; readonly for: number }
  | { readonly do: 'write' }
  | { readonly do: 'remove' }
  | { readonly do: 'step'; readonly dies: boolean; readonly answers: 'taken' | 'lost' | 'refused' }

const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), for: fc.integer({ min: 1, max: 3 * day }) }) },
  { weight: 1, arbitrary: fc.constantFrom<Event>({ do: 'write' }, { do: 'remove' }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('step' as const),
      dies: fc.boolean(),
      answers: fc.constantFrom('taken' as const, 'lost' as const, 'refused' as const),
    }),
  },
)

/** A receiver that remembers ids, a vault with one secret, and the loop with its kills. */
const play = (events: readonly Event[], hasHook: boolean) => {
  let row = begun(waiting, beginning(hasHook))
  let now = timestamp(1_000)
  let secret: Newest = { version: 1, at: timestamp(100) }
  let callsAfterTaken = 0
  let isNotedTaken = false
  const calls: { id: string | undefined; at: number }[] = []
  const turns: number[] = []
  for (const event of events) {
    if (event.do === 'wait') now = timestamp(now + event.for)
    if (event.do === 'write' && secret !== 'gone') secret = { version: secret.version + 1, at: now }
    if (event.do === 'remove') secret = 'gone'
    if (event.do !== 'step') continue
    if (row.hookAt !== undefined && row.hookAt <= now) {
      row = calling(row, now) // the row before the call
      if (isNotedTaken) callsAfterTaken += 1
      calls.push({ id: row.id, at: now })
      if (event.dies) continue
      isNotedTaken ||= event.answers === 'taken'
      row = called(row, event.answers === 'taken')
    } else if (row.lookAt !== undefined && row.lookAt <= now) {
      row = looking(row, now)
      if (!event.dies) row = looked(row, secret, now)
    }
    turns.push(row.turn)
  }
  return { row, now, secret, calls, callsAfterTaken, turns }
}

test('a receiver is called with one id only, never again once it took it, and at a growing distance', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 60 }), fc.boolean(), (events, hasHook) => {
      const { calls, callsAfterTaken, row, turns } = play(events, hasHook)
      expect(callsAfterTaken).toBe(0)
      expect(new Set(calls.map(({ id }) => id)).size).toBeLessThanOrEqual(1)
      if (!hasHook) expect(calls).toEqual([])
      for (const [index, call] of calls.entries()) {
        const before = calls[index - 1]
        if (before) expect(call.at - before.at).toBeGreaterThanOrEqual(Math.min(3_600_000, 10_000 * 2 ** (index - 1)))
      }
      expect(turns).toEqual(turns.toSorted((one, other) => one - other))
      expect((row.hookAt !== undefined) === (row.hook === 'due')).toBe(true)
    }),
  )
})

test('a value counts as changed exactly when a look sees a version from after the last read, and looks end', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
      const { row, secret, now } = play(events, false)
      if (row.state === 'changed') expect(row.changedAt).toBeGreaterThan(row.reads?.last ?? 0)
      if (row.state === 'unchanged' && row.version !== undefined) expect(row.changedAt).toBeUndefined()
      if (row.state === 'gone') expect(secret).toBe('gone')
      // Whatever happened, one look that answers now tells how it is.
      const seen = row.state === 'unchanged' ? looked(looking(row, now), secret, now) : row
      if (row.state === 'unchanged' && secret !== 'gone') {
        const isNew = secret.at > 900
        const isLate = now >= 1_000 + keep * 1000
        expect(seen.state).toBe(isNew ? 'changed' : isLate ? 'given-up' : 'unchanged')
      }
      const isOver = row.state !== 'unchanged'
      expect(row.lookAt === undefined).toBe(isOver)
    }),
  )
})

test('only a read that the vault allowed is told', () => {
  const receipt = { path: 'kv/data/a', operation: 'read', outcome: 'allowed', count: 2 }
  const when = { first: timestamp(1), last: timestamp(2) }
  expect(readsIn([{ ...receipt, ...when }], 'kv/data/a')).toEqual({ count: 2, ...when })
  for (const other of [{ outcome: 'refused' }, { operation: 'update' }, { path: 'kv/data/b' }]) {
    expect(readsIn([{ ...receipt, ...when, ...other }], 'kv/data/a')).toBeUndefined()
  }
})
