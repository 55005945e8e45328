import { ConnectorError } from './connector-error.ts'

/** The limits for one bot in one conversation: calls per seconds (Microsoft's page `rate-limit`). */
const limits: Readonly<Record<'send' | 'members', readonly { calls: number; seconds: number }[]>> = {
  send: [
    { calls: 7, seconds: 1 },
    { calls: 8, seconds: 2 },
    { calls: 60, seconds: 30 },
    { calls: 1800, seconds: 3600 },
  ],
  members: [{ calls: 14, seconds: 1 }],
}
/** All calls of one app in one tenant. */
const everything = { calls: 30, seconds: 1 }

export type Rates = {
  /** Counts a call, or throws the refusal 429 with the time to wait. */
  count(kind: 'send' | 'members', conversation: string): void
}

/** Counts calls in sliding windows. */
export function createRates(now: () => number): Rates {
  const calls = new Map<string, number[]>()
  const check = (key: string, windows: readonly { calls: number; seconds: number }[]) => {
    const times = calls.get(key) ?? []
    for (const window of windows) {
      const from = now() - window.seconds * 1000
      const recent = times.filter((time) => time > from)
      if (recent.length < window.calls) continue
      const wait = Math.max(1, Math.ceil(((recent[recent.length - window.calls] ?? now()) - from) / 1000))
      throw new ConnectorError(429, 'Throttled', `more than ${window.calls} calls in ${window.seconds} s`, wait)
    }
  }
  const note = (key: string) =>
    calls.set(key, [...(calls.get(key) ?? []).filter((time) => time > now() - 3_600_000), now()])
  return {
    count(kind, conversation) {
      const key = `${kind} ${conversation}`
      check('everything', [everything])
      check(key, limits[kind])
      note('everything')
      note(key)
    },
  }
}
