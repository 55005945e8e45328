import { describe, expect, test } from 'vitest'
import type { Send } from '../../../src/connectors/vault/client.ts'
import { newPace } from '../../../src/connectors/vault/discovery-pace.ts'
import { failure } from '../../../src/connectors/vault/failure.ts'
import { timestamp } from '../../../src/domain/time.ts'

/** A clock that stands still until everybody waits, and then jumps to whoever is first. */
const paceAt = (requestsPerSecond: number) => {
  let now = 1_000_000
  const waiting: { until: number; go: () => void }[] = []
  const warnings: object[] = []
  const wait = (milliseconds: number, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
      waiting.push({ until: now + milliseconds, go: resolve })
    })
  const pace = newPace({
    requestsPerSecond,
    wait,
    clock: { now: () => timestamp(now) },
    log: { warn: (fields) => warnings.push(fields) },
    random: () => 0.5,
  })
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  const run = async (until = Number.POSITIVE_INFINITY) => {
    for (;;) {
      await settle()
      waiting.sort((one, other) => one.until - other.until)
      const first = waiting[0]
      if (!first || first.until > until) return
      waiting.shift()
      now = Math.max(now, first.until)
      first.go()
    }
  }
  const calls: number[] = []
  const answering =
    (answer: (count: number) => Error | undefined): Send =>
    async () => {
      const problem = answer(calls.push(now - 1_000_000))
      if (problem) throw problem
      return { status: 200, body: undefined }
    }
  return { pace, run, calls, answering, warnings, now: () => now - 1_000_000 }
}
const busy = (retryAfter?: number) => failure('rate-limited', 'busy', retryAfter)
const call = { method: 'GET', path: 'x' } as const
/** Calls of which eight are under way, or wait for their turn, at a time. */
const many = async (send: Send, count: number) => {
  const queue = Array.from({ length: count }).keys()
  const results: PromiseSettledResult<unknown>[] = []
  const work = async () => {
    for (const _ of queue) results.push(...(await Promise.allSettled([send(call)])))
  }
  await Promise.all(Array.from({ length: 8 }, work))
  return results
}
const never = new AbortController().signal

describe("discovery's pace", () => {
  test('spaces calls evenly, however many ask at once', async () => {
    const { pace, run, calls, answering } = paceAt(50)
    void many(
      pace.paced(
        answering(() => undefined),
        never,
      ),
      5,
    )
    await run()
    expect(calls).toEqual([0, 20, 40, 60, 80])
  })

  test('does not space them without a limit', async () => {
    const { pace, run, calls, answering } = paceAt(0)
    void many(
      pace.paced(
        answering(() => undefined),
        never,
      ),
      5,
    )
    await run()
    expect(calls).toEqual([0, 0, 0, 0, 0])
  })

  test('holds all calls for as long as the vault asks, then goes slower, and back to its pace little by little', async () => {
    const { pace, run, calls, answering, warnings } = paceAt(100)
    const send = pace.paced(
      answering((count) => (count <= 3 ? busy(5_000) : undefined)),
      never,
    )
    const all = many(send, 300)
    await run()
    expect((await all).every(({ status }) => status === 'fulfilled')).toBe(true)
    expect(warnings).toHaveLength(3)
    expect(calls[1]).toBe(5_000)
    const gap = (index: number) => (calls[index + 1] ?? 0) - (calls[index] ?? 0)
    expect(gap(4)).toBeGreaterThan(70)
    expect(gap(290)).toBeCloseTo(10, 0)
  })

  test('calls that are refused together count once', async () => {
    const { pace, run, calls, answering, warnings } = paceAt(0)
    const all = many(
      pace.paced(
        answering((count) => (count <= 8 ? busy(1_000) : undefined)),
        never,
      ),
      8,
    )
    await run()
    expect((await all).every(({ status }) => status === 'fulfilled')).toBe(true)
    expect([warnings.length, calls.filter((at) => at < 1_000).length, calls[8]]).toEqual([1, 8, 1_000])
  })

  test('waits longer and longer where the vault does not say how long, and gives up after a while', async () => {
    const { pace, run, calls, answering } = paceAt(0)
    const all = many(
      pace.paced(
        answering(() => busy()),
        never,
      ),
      1,
    )
    await run()
    expect(calls).toEqual([0, 1_000, 3_000, 7_000, 15_000, 31_000, 63_000])
    expect(await all).toMatchObject([{ status: 'rejected', reason: { code: 'rate-limited' } }])
  })

  test('a busy vault that answers 503 is waited for; a sealed one only a moment', async () => {
    const waitedFor = paceAt(0)
    const answered = many(
      waitedFor.pace.paced(
        waitedFor.answering((count) => (count === 1 ? failure('sealed', '', 2_000) : undefined)),
        never,
      ),
      1,
    )
    await waitedFor.run()
    expect([(await answered)[0]?.status, waitedFor.calls]).toEqual(['fulfilled', [0, 2_000]])
    const sealed = paceAt(0)
    const refused = many(
      sealed.pace.paced(
        sealed.answering(() => failure('sealed', '')),
        never,
      ),
      1,
    )
    await sealed.run()
    expect([(await refused)[0]?.status, sealed.calls.length]).toEqual(['rejected', 3])
  })

  test('what fails for good is not asked again', async () => {
    const { pace, run, calls, answering } = paceAt(0)
    const all = many(
      pace.paced(
        answering(() => failure('denied', '')),
        never,
      ),
      1,
    )
    await run()
    expect([(await all)[0]?.status, calls.length]).toEqual(['rejected', 1])
  })

  test('nobody waits on after a stop', async () => {
    const { pace, run, answering } = paceAt(0)
    const stopping = new AbortController()
    const all = many(
      pace.paced(
        answering(() => busy(600_000)),
        stopping.signal,
      ),
      3,
    )
    await run(0)
    stopping.abort()
    expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  })
})
