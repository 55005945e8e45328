/** The faults that a call of the platform's API, or a delivery to the app, can have on any platform. */
export type FaultKind =
  /** HTTP 429 with `Retry-After`; nothing is done. */
  | { kind: 'rate-limit'; retryAfterSeconds: number }
  /** The work is done, then the connection is cut before the answer. */
  | { kind: 'lose-answer' }
  /** The connection is cut and nothing is done. */
  | { kind: 'drop' }
  /** HTTP 5xx; nothing is done. */
  | { kind: 'server-error' }
  /** No answer until the simulator closes; nothing is done. */
  | { kind: 'hang' }
  /** The platform's own refusal with this code. */
  | { kind: 'error'; code: string }

/** A pending fault: the method that it affects (`*` for any), and how many more times. */
export type Pending<Kind> = Kind & { method: string; times: number }

/** Switches for faults. Each takes a method (or `*`) and the number of affected calls, 1 by default. */
export type CommonFaults<Kind> = {
  rateLimit(method: string, options?: { times?: number; retryAfterSeconds?: number }): void
  loseAnswer(method: string, times?: number): void
  drop(method: string, times?: number): void
  serverError(method: string, times?: number): void
  hang(method: string, times?: number): void
  error(method: string, code: string, times?: number): void
  /** The next deliveries never reach the app. */
  dropDeliveries(times?: number): void
  pending(): Pending<Kind>[]
  clear(): void
}

/** The name under which a delivery to the app finds its faults. */
export const deliveryMethod = 'delivery'

/** The switches, `add` for further kinds, and `take`, which uses up the first matching fault. */
export type FaultList<Kind> = {
  faults: CommonFaults<Kind>
  add(fault: Pending<Kind>): void
  take(method: string): Kind | undefined
}

/** An empty list. `*` matches all methods but `own`: those are no calls of the API. */
export function createFaultList<Kind extends { kind: string } = FaultKind>(
  onChange: () => void,
  own: readonly string[] = [deliveryMethod],
): FaultList<Kind | FaultKind> {
  type Any = Kind | FaultKind
  let pending: Pending<Any>[] = []
  const add = (fault: Pending<Any>) => {
    pending.push(fault)
    onChange()
  }
  const take = (method: string): Any | undefined => {
    const found = pending.find((fault) => fault.method === method || (fault.method === '*' && !own.includes(method)))
    if (found === undefined) return undefined
    found.times -= 1
    pending = pending.filter((fault) => fault.times > 0)
    onChange()
    return found
  }
  const faults: CommonFaults<Any> = {
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
    dropDeliveries: (times = 1) => add({ method: deliveryMethod, kind: 'drop', times }),
    pending: () => pending.map((fault) => ({ ...fault })),
    clear: () => {
      pending = []
      onChange()
    },
  }
  return { faults, add, take }
}
