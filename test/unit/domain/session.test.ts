import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { personId, sessionId } from '../../../src/domain/ids.ts'
import {
  end,
  endOf,
  type Opening,
  openBrowser,
  openTerminal,
  refresh,
  type Session,
  type TerminalSession,
  use,
} from '../../../src/domain/session.ts'
import { type Timestamp, timestamp } from '../../../src/domain/time.ts'

const at = (second: number): Timestamp => timestamp(1_700_000_000_000 + second * 1000)
const hours = 3600
const opening: Opening = {
  ...{ id: sessionId('s1'), person: personId('ada'), label: 'ada-laptop', address: '192.0.2.1' },
  rights: 'own',
}
const opened = openTerminal({ ...opening, key: 'thumb' }, { access: 'a0', refresh: 'r0' }, at(0))

const exchange = (session: TerminalSession, token: string, count: number, now: number, attempt?: string) =>
  refresh(session, { token, attempt }, { access: `a${count}`, refresh: `r${count}` }, at(now))
const exchanged = (...given: Parameters<typeof exchange>): TerminalSession => {
  const answer = exchange(...given)
  if (answer.is === 'over') throw new Error('the session is over')
  return answer.session
}
const used = (session: TerminalSession, access: string, now: number): TerminalSession => {
  const answer = use(session, access, at(now))
  if (answer.is !== 'used' || answer.session.kind !== 'terminal') throw new Error('the token does not work')
  return answer.session
}

describe('a terminal', () => {
  test('works with its access token for ten minutes, then refreshes', () => {
    expect([use(opened, 'a0', at(599)).is, use(opened, 'a0', at(600)).is]).toEqual(['used', 'stale'])
    const next = exchanged(opened, 'r0', 1, 600)
    expect([use(next, 'a0', at(601)).is, use(next, 'a1', at(601)).is]).toEqual(['stale', 'used'])
  })

  test('notes its use once a minute, so that most calls write nothing', () => {
    expect(use(opened, 'a0', at(59))).toEqual({ is: 'used', session: opened })
    expect(use(opened, 'a0', at(60))).toMatchObject({ session: { usedAt: at(60) } })
  })

  test('that uses a refresh token twice is ended, also with a token of long ago', () => {
    const next = exchanged(opened, 'r0', 1, 1)
    const third = exchanged(next, 'r1', 2, 2)
    for (const [session, token] of [
      [next, 'r0'],
      [third, 'r0'],
      [third, 'r1'],
    ] as const) {
      const answer = exchange(session, token, 9, 3)
      expect(answer).toMatchObject({ is: 'reused', session: { ended: { at: at(3), why: 'token-reused' } } })
    }
  })

  test('may repeat one use whose answer was lost, and then only the newest answer works', () => {
    const lost = exchanged(opened, 'r0', 1, 1, 'try')
    const again = exchange(lost, 'r0', 2, 60, 'try')
    expect(again.is).toBe('refreshed')
    if (again.is === 'over') throw new Error('the session is over')
    expect([use(again.session, 'a1', at(61)).is, use(again.session, 'a2', at(61)).is]).toEqual(['stale', 'used'])
    expect(exchange(again.session, 'r1', 3, 61).is).toBe('reused')
  })

  test('may not repeat a use that is over: too late, under another name, or after its answer was seen', () => {
    const lost = exchanged(opened, 'r0', 1, 1, 'try')
    expect(exchange(lost, 'r0', 2, 61, 'try').is).toBe('reused')
    expect(exchange(lost, 'r0', 2, 2, 'other').is).toBe('reused')
    expect(exchange(lost, 'r0', 2, 2).is).toBe('reused')
    expect(exchange(used(lost, 'a1', 2), 'r0', 2, 3, 'try').is).toBe('reused')
    expect(exchange(exchanged(lost, 'r1', 2, 2, 'next'), 'r0', 3, 3, 'try').is).toBe('reused')
    expect(exchange(exchanged(opened, 'r0', 1, 1), 'r0', 2, 2).is).toBe('reused')
  })

  test('keeps the first reason of its end', () => {
    const ended = end(opened, 'signed-out', at(1))
    expect(end(ended, 'by-operator', at(2))).toBe(ended)
    expect([endOf(ended, at(13 * hours)), endOf(opened, at(12 * hours))]).toEqual(['signed-out', 'expired'])
  })
})

test('a browser works with its cookie until the end of its session', () => {
  const browser = openBrowser(opening, 'cookie', at(0))
  expect(use(browser, 'cookie', at(12 * hours - 1)).is).toBe('used')
  expect(use(browser, 'cookie', at(12 * hours))).toEqual({ is: 'over', why: 'expired' })
  expect(use(browser, 'other', at(1)).is).toBe('stale')
})

describe('whatever happens, in any order,', () => {
  type Event =
    | { readonly do: 'wait'; readonly seconds: number }
    | { readonly do: 'use' | 'refresh'; readonly token: number; readonly attempt?: string | undefined }
    | { readonly do: 'end' }
  const events: fc.Arbitrary<Event[]> = fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.nat(3 * hours) }) },
      {
        weight: 8,
        arbitrary: fc.record({
          do: fc.constantFrom('use' as const, 'refresh' as const),
          token: fc.nat(9),
          attempt: fc.constantFrom(undefined, 'one', 'two'),
        }),
      },
      { weight: 1, arbitrary: fc.constant({ do: 'end' as const }) },
    ),
    { maxLength: 40 },
  )
  type State = { session: TerminalSession; now: number; count: number }
  const step = (state: State, event: Event): 'worked' | 'refused' | undefined => {
    if (event.do === 'wait') state.now += event.seconds
    if (event.do === 'end') state.session = end(state.session, 'signed-out', at(state.now))
    if (event.do === 'use') {
      const answer = use(state.session, `a${event.token}`, at(state.now))
      if (answer.is === 'used' && answer.session.kind === 'terminal') state.session = answer.session
      return answer.is === 'used' ? 'worked' : 'refused'
    }
    if (event.do === 'refresh') {
      const answer = exchange(state.session, `r${event.token}`, state.count + 1, state.now, event.attempt)
      if (answer.is !== 'over') state.session = answer.session
      if (answer.is === 'refreshed') state.count += 1
      return answer.is === 'refreshed' ? 'worked' : 'refused'
    }
    return undefined
  }
  const play = (
    all: readonly Event[],
    check: (before: State, event: Event, answer: ReturnType<typeof step>, after: State) => void,
  ) => {
    const state: State = { session: opened, now: 0, count: 0 }
    for (const event of all) {
      const before = { ...state }
      check(before, event, step(state, event), state)
    }
  }

  test('an ended session stays unusable, and none works after twelve hours', () => {
    fc.assert(
      fc.property(events, (all) =>
        play(all, (before, event, answer, after) => {
          const isOver = endOf(before.session, at(before.now)) !== undefined
          if (isOver && event.do !== 'wait') expect(answer).not.toBe('worked')
          if (before.session.ended) expect(after.session).toEqual(before.session)
          expect(after.session.expiresAt).toBe(at(12 * hours))
          if (after.now >= 12 * hours) expect(use(after.session, after.session.access, at(after.now)).is).toBe('over')
        }),
      ),
    )
  })

  test('one access token works at a time, and a replaced one never again', () => {
    fc.assert(
      fc.property(events, (all) =>
        play(all, (_, __, ___, { session, now, count }) => {
          const working = Array.from({ length: count + 1 }, (____, index) => `a${index}`).filter(
            (token) => use(session, token, at(now)).is === 'used',
          )
          expect([[], [session.access]]).toContainEqual(working)
        }),
      ),
    )
  })

  test('a refresh token that was used up never works again once its answer arrived', () => {
    fc.assert(
      fc.property(events, (all) =>
        play(all, ({ session }, event, answer) => {
          if (event.do !== 'refresh' || `r${event.token}` === session.refresh) return
          if (session.rotation?.isSeen !== false || event.attempt === undefined) expect(answer).toBe('refused')
        }),
      ),
    )
  })
})

/** A session of either kind ends for good. */
test('an end fits every kind of session', () => {
  const sessions: readonly Session[] = [opened, openBrowser(opening, 'cookie', at(0))]
  for (const session of sessions) {
    expect(use(end(session, 'by-operator', at(1)), session.access, at(2))).toEqual({ is: 'over', why: 'by-operator' })
  }
})
