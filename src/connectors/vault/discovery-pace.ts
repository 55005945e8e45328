import { setTimeout as delay } from 'node:timers/promises'
import { type Clock, ExternalError } from '../../ports.ts'
import type { Send } from './client.ts'
import type { VaultLog } from './context.ts'
import { isFailure } from './failure.ts'
import { noPatience } from './patience.ts'

/** The pace of background calls to one vault. */
export type Pace = {
  /** Sends each call in its turn. Calls that a busy vault refused are repeated, and all later calls slow down. */
  paced(send: Send, signal: AbortSignal): Send
}

type Options = {
  /** 0: no limit. */
  readonly requestsPerSecond: number
  readonly clock: Pick<Clock, 'now'>
  readonly log: VaultLog
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>
  readonly random?: () => number
}

const pause = { first: 1_000, longest: 60_000, longestAsked: 600_000 } as const
const mostRefusals = 6 // in a row, over about a minute; then the pass stops for now
const tries = 3 // of a call that failed otherwise
const slowest = 2_000 // milliseconds between two calls
const easing = 0.99 // about seventy answers until a halved pace is fully restored
const unlimited = 0.2 // milliseconds: practically no limit

/**
 * Spaces calls evenly. A refusal (429, or 503 of a busy vault) stops all calls as long as asked, else for a growing
 * pause. It also halves the pace, which each answer raises a little again.
 */
export const newPace = (options: Options): Pace => {
  const { requestsPerSecond, clock, log, wait = waiting, random = Math.random } = options
  const usual = requestsPerSecond > 0 ? 1000 / requestsPerSecond : 0
  let spacing = usual
  let next = 0
  let holds = 0
  let refusals = 0

  const turn = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      signal.throwIfAborted()
      const now = clock.now()
      if (next <= now) break
      const mine = next
      const before = holds
      next += spacing
      await wait(mine - now, signal)
      if (holds === before) return
    }
    if (spacing > 0) next = clock.now() + spacing
  }

  const answered = () => {
    refusals = 0
    const eased = Math.max(usual, spacing * easing)
    spacing = eased < unlimited ? usual : eased
  }

  /** Calls in flight together are refused together; that slows the pace only once. */
  const refused = (before: number, asked: number | undefined): void => {
    const isNews = holds === before
    if (isNews) {
      refusals += 1
      holds += 1
      spacing = Math.min(slowest, Math.max(spacing, 10) * 2)
    }
    const own = Math.min(pause.longest, pause.first * 2 ** (refusals - 1))
    const length = asked === undefined ? own * (0.75 + random() / 2) : Math.min(asked, pause.longestAsked)
    if (isNews) log.warn({ milliseconds: Math.round(length) }, 'the vault is busy: discovery waits')
    next = Math.max(next, clock.now() + length)
  }

  const send = async (make: Send, call: Parameters<Send>[0], signal: AbortSignal) => {
    for (let attempt = 1; ; attempt += 1) {
      await turn(signal)
      const before = holds
      try {
        const answer = await make({ ...call, repeatable: false, patience: noPatience })
        answered()
        return answer
      } catch (error) {
        if (!(error instanceof ExternalError)) throw error
        if (isBusy(error) && refusals < mostRefusals) refused(before, error.retryAfter)
        else if (isFailure(error, 'unreachable', 'failing', 'sealed') && attempt < tries) {
          await wait(random() * pause.first * attempt, signal)
        } else throw error
      }
    }
  }
  return { paced: (make, signal) => (call) => send(make, call, signal) }
}

/** A sealed vault also answers 503, but without `Retry-After`. */
const isBusy = ({ code, retryAfter }: ExternalError): boolean =>
  code === 'rate-limited' || code === 'login-limited' || (code === 'sealed' && retryAfter !== undefined)

const waiting = (milliseconds: number, signal: AbortSignal) => delay(milliseconds, undefined, { signal })
