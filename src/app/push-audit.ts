import { backoff } from '../domain/backoff.ts'
import { messageOf } from '../domain/message-of.ts'
import { after, type Seconds, seconds } from '../domain/time.ts'
import { type AuditSink, ExternalError } from '../ports.ts'
import type { Bell } from './bell.ts'
import type { Deps } from './deps.ts'
import { type Lease, leaseOf } from './lease.ts'

/** How far behind a receiver is. */
export type PushLag = {
  readonly sink: string
  readonly rows: number
  /** The age of the oldest row that it lacks; 0 when it has all. */
  readonly seconds: number
  /** Failed deliveries since the start. */
  readonly failures: number
  /** Why it waits, if the last delivery failed. */
  readonly trouble?: string
  /** The receiver's message, if it refuses rows permanently: waiting alone does not help. */
  readonly refusal?: string
}

/** What is sent again: so many rows, up to this one. */
export type Replay = { readonly rows: number; readonly upTo: number }

export type AuditPush = {
  lag(): Promise<readonly PushLag[]>
  /** Sends what the receiver got after a row once more; `undefined` if there is no such receiver. */
  replay(sink: string, after: number): Promise<Replay | undefined>
  /** Gives the running delivery this much time; unconfirmed rows are sent again after the next start. */
  stop(patience: Seconds): Promise<void>
}

type PushDeps = Pick<Deps, 'store' | 'clock' | 'log'>
type Progress = {
  /** Whether the cursor was read since the start. */
  isKnown: boolean
  failures: number
  inARow: number
  trouble?: string | undefined
  refusal?: string | undefined
}

const batch = 100
const wake = seconds(15)
const leased = seconds(120) // longer than any receiver may take for a batch
const slowest = 8 // doublings: at most about four minutes between tries

/**
 * Sends the audit log to each receiver in order, at least once; one process does it for all. Each receiver has a cursor
 * in the database. An absent receiver delays only itself, because the log keeps its rows. `written` rings when there
 * are new rows.
 */
export const startAuditPush = (
  deps: PushDeps,
  sinks: readonly AuditSink[],
  written: Pick<Bell, 'listen'>,
): AuditPush => {
  const { store, clock, log } = deps
  const stopping = new AbortController()
  const cutting = new AbortController()
  const sleepers = new Set<AbortController>()
  const progress = new Map<AuditSink, Progress>()

  /** Returns the wait before the next look; a nudge ends a wait for rows, but not for a receiver. */
  const step = async (sink: AuditSink, state: Progress, lease: Lease): Promise<{ wait: Seconds; isIdle: boolean }> => {
    try {
      if (!(await lease.hold())) return { wait: wake, isIdle: true } // another process sends them
      const cursor = await cursorOf(deps, sink)
      state.isKnown = true
      const rows = await store.auditRows(cursor, batch)
      const last = rows.at(-1)
      if (last) {
        await sink.send(rows, cutting.signal)
        await store.moveAuditCursor(sink.name, cursor, last.sequence)
      }
      if (state.trouble) log.info({ sink: sink.name }, 'the audit receiver takes rows again')
      Object.assign(state, { inARow: 0, trouble: undefined, refusal: undefined })
      return last ? { wait: seconds(0), isIdle: false } : { wait: wake, isIdle: true }
    } catch (error) {
      if (cutting.signal.aborted) return { wait: wake, isIdle: false }
      const code = error instanceof ExternalError ? error.code : 'unexpected'
      const problem = messageOf(error)
      const refusal = error instanceof ExternalError && !error.transient ? problem : undefined
      if (state.trouble !== code) log.warn({ sink: sink.name, code, problem }, 'audit rows wait for their receiver')
      Object.assign(state, { failures: state.failures + 1, inARow: state.inARow + 1, trouble: code, refusal })
      return { wait: backoff(Math.min(state.inARow - 1, slowest)), isIdle: false }
    }
  }

  const run = async (sink: AuditSink): Promise<void> => {
    const state: Progress = { isKnown: false, failures: 0, inARow: 0 }
    const lease = leaseOf(deps, `audit push ${sink.name}`, leased)
    progress.set(sink, state)
    while (!stopping.signal.aborted) {
      const sleeper = new AbortController() // before the look, so that a nudge during it is not lost
      sleepers.add(sleeper)
      const { wait, isIdle } = await step(sink, state, lease)
      const signals = isIdle ? [sleeper.signal, stopping.signal] : [stopping.signal]
      if (wait > 0) await clock.sleep(after(clock.now(), wait), AbortSignal.any(signals))
      sleepers.delete(sleeper)
    }
  }

  const wakeAll = () => {
    for (const sleeper of sleepers) sleeper.abort()
  }
  written.listen(wakeAll)
  const loops = sinks.map(run)
  return {
    lag: () => Promise.all([...progress].filter(wasSeen).map(([sink, state]) => lagOf(deps, sink, state))),
    replay: async (name, from) => {
      const sink = sinks.find((one) => one.name === name)
      if (!sink) return undefined
      const replay = await moveBack(deps, sink, from)
      wakeAll()
      return replay
    },
    stop: async (patience) => {
      stopping.abort()
      const done = new AbortController()
      const late = clock.sleep(after(clock.now(), patience), done.signal)
      await Promise.race([Promise.all(loops), late])
      cutting.abort()
      done.abort()
      await Promise.all(loops)
    },
  }
}

/** Before the first look the lag of a receiver is unknown. */
const wasSeen = ([_, { isKnown, trouble }]: [AuditSink, Progress]): boolean => isKnown || trouble !== undefined

/**
 * A cursor beyond the log belongs to another log, so it moves to the head once. A limit at each look would follow the
 * log instead, and no row would ever be sent.
 */
const cursorOf = async ({ store, log }: PushDeps, { name, begins }: AuditSink): Promise<number> => {
  const saved = await store.auditCursor(name)
  const { sequence: head } = await store.auditHead()
  if (saved === undefined ? begins === 'first-row' : saved <= head) return saved ?? 0
  await store.moveAuditCursor(name, saved ?? 0, head)
  if (saved !== undefined)
    log.warn({ sink: name, cursor: saved, head }, 'the audit receiver has rows of another log; it gets the next ones')
  return head
}

/** A delivery that is under way then moves nothing, because the cursor is no longer where it began. */
const moveBack = async (deps: PushDeps, sink: AuditSink, to: number): Promise<Replay> => {
  for (;;) {
    const upTo = await cursorOf(deps, sink)
    if (upTo <= to || (await deps.store.moveAuditCursor(sink.name, upTo, to)))
      return { rows: Math.max(0, upTo - to), upTo }
  }
}

const lagOf = async ({ store, clock }: PushDeps, { name, begins }: AuditSink, state: Progress): Promise<PushLag> => {
  const { sequence } = await store.auditHead()
  const unknown = begins === 'now' ? sequence : 0
  const cursor = Math.min((await store.auditCursor(name)) ?? unknown, sequence)
  const [oldest] = await store.auditRows(cursor, 1)
  return {
    ...{ sink: name, rows: sequence - cursor, failures: state.failures },
    seconds: oldest ? Math.max(0, (clock.now() - oldest.at) / 1000) : 0,
    ...(state.trouble && { trouble: state.trouble }),
    ...(state.refusal && { refusal: state.refusal }),
  }
}
