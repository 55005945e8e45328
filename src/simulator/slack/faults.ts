/** The faults that a call of the Web API, or a delivery to the app, can have. */
export type FaultKind =
  /** HTTP 429 with `Retry-After`; nothing is done. */
  | { kind: 'rate-limit'; retryAfterSeconds: number }
  /** The work is done, then the connection is cut before the answer. */
  | { kind: 'lose-answer' }
  /** The connection is cut and nothing is done. */
  | { kind: 'drop' }
  /** HTTP 500; nothing is done. */
  | { kind: 'server-error' }
  /** No answer until the simulator closes; nothing is done. */
  | { kind: 'hang' }
  /** `ok: false` with this code. */
  | { kind: 'error'; code: string }
  /** The trigger ids of the next deliveries are already expired. */
  | { kind: 'expired-trigger' }

/** A pending fault: the method that it affects (`*` for any), and how many more times. */
export type PendingFault = FaultKind & { method: string; times: number }

/**
 * Switches for faults. Each takes a method (`chat.postMessage`, or `*`) and the number of affected calls, 1 by default.
 */
export type Faults = {
  rateLimit(method: string, options?: { times?: number; retryAfterSeconds?: number }): void
  loseAnswer(method: string, times?: number): void
  drop(method: string, times?: number): void
  serverError(method: string, times?: number): void
  hang(method: string, times?: number): void
  error(method: string, code: string, times?: number): void
  /** The next deliveries have a trigger id that is too old. */
  expireTriggers(times?: number): void
  /** The next deliveries never reach the app. */
  dropDeliveries(times?: number): void
  pending(): PendingFault[]
  clear(): void
}

/** The name under which a delivery to the app finds its faults. */
export const deliveryMethod = 'delivery'
/** The name under which a new trigger id finds its faults. */
export const triggerMethod = 'trigger'

/** `faults` for callers, and `take`, which uses up the first matching fault. */
export function createFaults(onChange: () => void): { faults: Faults; take(method: string): FaultKind | undefined } {
  let pending: PendingFault[] = []
  const add = (fault: PendingFault) => {
    pending.push(fault)
    onChange()
  }
  const take = (method: string): FaultKind | undefined => {
    const isOurs = (name: string) => name === deliveryMethod || name === triggerMethod
    const found = pending.find((fault) => fault.method === method || (fault.method === '*' && !isOurs(method)))
    if (found === undefined) return undefined
    found.times -= 1
    pending = pending.filter((fault) => fault.times > 0)
    onChange()
    return found
  }
  const faults: Faults = {
    rateLimit: (method, options) =>
      add({
        method,
        kind: 'rate-limit',
        times: options?.times ?? 1,
        retryAfterSeconds: options?.retryAfterSeconds ?? 1,
      }),
    loseAnswer: (method, times = 1) => add({ method, kind: 'lose-answer', times }),
    drop: (method, times = 1) => add({ method, kind: 'drop', times }),
    serverError: (method, times = 1) => add({ method, kind: 'server-error', times }),
    hang: (method, times = 1) => add({ method, kind: 'hang', times }),
    error: (method, code, times = 1) => add({ method, kind: 'error', code, times }),
    expireTriggers: (times = 1) => add({ method: triggerMethod, kind: 'expired-trigger', times }),
    dropDeliveries: (times = 1) => add({ method: deliveryMethod, kind: 'drop', times }),
    pending: () => pending.map((fault) => ({ ...fault })),
    clear: () => {
      pending = []
      onChange()
    },
  }
  return { faults, take }
}
