import type { JsonObject } from './json.ts'

/** One call of the Web API by the app. */
export type RecordedCall = { method: string; args: JsonObject; answer: JsonObject; status: number; at: number }

/** Records the traffic, and notifies waiting callers of changes. */
export type Recorder = {
  addCall(call: RecordedCall): void
  /** A request or response body, in either direction. */
  addTraffic(body: string): void
  /** Something that a person can see changed. */
  changed(): void
  /** The number of changes so far. */
  revision(): number
  calls(method?: string): RecordedCall[]
  traffic(): string[]
  /** Calls back on each change until the returned function is called. */
  onChange(listener: () => void): () => void
  /** Also calls back on each API call, even one that only reads. */
  onActivity(listener: () => void): () => void
}

/** An empty recorder. */
export function createRecorder(): Recorder {
  const calls: RecordedCall[] = []
  const traffic: string[] = []
  const changeListeners = new Set<() => void>()
  const activityListeners = new Set<() => void>()
  let revision = 0
  return {
    addCall: (call) => {
      calls.push(call)
      notify(activityListeners)
    },
    addTraffic: (body) => void (body === '' || traffic.push(body)),
    revision: () => revision,
    changed: () => {
      revision += 1
      notify(changeListeners)
      notify(activityListeners)
    },
    calls: (method) => calls.filter((call) => method === undefined || call.method === method),
    traffic: () => [...traffic],
    onChange: (listener) => subscribe(changeListeners, listener),
    onActivity: (listener) => subscribe(activityListeners, listener),
  }
}

function notify(listeners: ReadonlySet<() => void>): void {
  for (const listener of [...listeners]) listener()
}

function subscribe(listeners: Set<() => void>, listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** Resolves at the next change. */
export function nextChange(recorder: Recorder): Promise<void> {
  return new Promise((resolve) => {
    const stop = recorder.onChange(() => {
      stop()
      resolve()
    })
  })
}

/**
 * Resolves with the first value of `check` that is not `undefined`, `null` or `false`. It checks again after each
 * change and API call. Rejects after `withinMilliseconds` of machine time, with the words of `complaint`.
 */
export function until<T>(
  recorder: Recorder,
  check: () => T,
  withinMilliseconds: number,
  complaint = () => 'what was waited for did not happen',
): Promise<NonNullable<T>> {
  return new Promise((resolve, reject) => {
    const attempt = () => {
      try {
        const value = check()
        if (value === undefined || value === null || value === false) return
        settle(() => resolve(value))
      } catch (error) {
        settle(() => reject(error))
      }
    }
    const settle = (finish: () => void) => {
      clearTimeout(timer)
      stop()
      finish()
    }
    const timer = setTimeout(
      () => settle(() => reject(new Error(`${complaint()} (waited ${withinMilliseconds} ms)`))),
      withinMilliseconds,
    )
    const stop = recorder.onActivity(attempt)
    attempt()
  })
}
