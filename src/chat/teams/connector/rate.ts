import { timestamp } from '../../../domain/time.ts'
import { type Clock, ExternalError } from '../../../ports.ts'

/** At most `count` calls in any `length` milliseconds. */
type Rule = { readonly count: number; readonly length: number }

/**
 * Microsoft's limits for a bot's messages in one conversation (7 in a second, 8 in two, 60 in 30, 1,800 in an hour), with
 * room for answers to people: those never wait.
 */
const perConversation: readonly Rule[] = [
  { count: 6, length: 1_000 },
  { count: 7, length: 2_000 },
  { count: 50, length: 30_000 },
  { count: 1_700, length: 3_600_000 },
]
/** The limit of an app in a tenant. We count all tenants together, which is at most too careful. */
const perApp: readonly Rule[] = [{ count: 30, length: 1_000 }]

const hour = 3_600_000
/**
 * One send of a conversation waits here, for at most this long, in milliseconds: the shortest window, and some more. All
 * other waiting is the outbox's: it has few places for sends, and a busy channel must not hold them.
 */
const longestWait = 1_500

/** Delays sends so that Teams has no reason to refuse them. */
export type Pacer = {
  /** Resolves when a message may be sent. Throws a transient `ExternalError` with the pause when that takes long. */
  turn(conversation: string): Promise<void>
  /** Counts an answer to a person, who waits for it: it goes at once. */
  answer(conversation: string): void
  /** Counts a call that reads or opens. Such calls are few, and a person may wait for them: they never wait. */
  note(): void
  /** Teams itself asked for a pause, in milliseconds. */
  rest(conversation: string, pause: number): void
}

type Lane = { sent: number[]; notBefore: number }

/** Milliseconds added to each window: one call is on the way for longer than the next, so they arrive closer together. */
const margin = 200

/** The earliest moment that all rules allow, after these moments in order. */
const earliest = (sent: readonly number[], rules: readonly Rule[]): number =>
  rules.reduce((moment, { count, length }) => {
    const limiting = sent.at(-count)
    return limiting === undefined || sent.length < count ? moment : Math.max(moment, limiting + length + margin)
  }, 0)

/**
 * One pacer for an app. Its memory is bounded by the limit of the app itself: 30 a second are 108,000 moments in an hour,
 * and older ones are forgotten.
 */
export const newPacer = (clock: Clock): Pacer => {
  const lanes = new Map<string, Lane>()
  /** Conversations in which a send waits here. */
  const waiting = new Set<string>()
  const never = new AbortController().signal
  let app: number[] = []
  let swept = clock.now() as number
  const laneOf = (conversation: string): Lane => {
    const lane = lanes.get(conversation) ?? { sent: [], notBefore: 0 }
    lanes.set(conversation, lane)
    return lane
  }
  const sweep = (now: number): void => {
    if (now - swept < 60_000) return
    swept = now
    for (const [conversation, lane] of lanes) {
      lane.sent = lane.sent.filter((moment) => now - moment < hour + margin)
      if (lane.sent.length === 0 && lane.notBefore <= now) lanes.delete(conversation)
    }
  }
  const count = (now: number): void => {
    app = [...app.filter((moment) => now - moment < 1_000 + margin), now]
  }
  return {
    turn: async (conversation) => {
      const since = clock.now()
      for (let isFirst = true; ; isFirst = false) {
        const now = clock.now()
        sweep(now)
        const { sent, notBefore } = laneOf(conversation)
        const at = Math.max(earliest(sent, perConversation), earliest(app, perApp), notBefore)
        if (at <= now) {
          sent.push(now)
          return count(now)
        }
        if (at - since > longestWait || (isFirst && waiting.has(conversation))) {
          const message = 'as many messages as Teams takes were sent; the next one waits its turn'
          throw new ExternalError('ratelimited', message, { transient: true, retryAfter: at - now })
        }
        waiting.add(conversation)
        await clock.sleep(timestamp(at), never)
        waiting.delete(conversation)
      }
    },
    answer: (conversation) => {
      const now = clock.now()
      laneOf(conversation).sent.push(now)
      count(now)
    },
    note: () => count(clock.now()),
    rest: (conversation, pause) => {
      const lane = laneOf(conversation)
      lane.notBefore = Math.max(lane.notBefore, clock.now() + pause)
    },
  }
}

/** For a simulated Teams without limits, in which people act faster than people. */
export const unpaced: Pacer = { turn: async () => {}, answer: () => {}, note: () => {}, rest: () => {} }
