import {
  type FaultKind as Common,
  type CommonFaults,
  createFaultList,
  deliveryMethod,
  type Pending,
} from '../common/faults.ts'

/** The faults that a call of the Web API, or a delivery to the app, can have. */
export type FaultKind =
  | Common
  /** The trigger ids of the next deliveries are already expired. */
  | { kind: 'expired-trigger' }

export type PendingFault = Pending<FaultKind>

/** Switches for faults of methods such as `chat.postMessage`. */
export type Faults = CommonFaults<FaultKind> & {
  /** The next deliveries have a trigger id that is too old. */
  expireTriggers(times?: number): void
}

/** The name under which a new trigger id finds its faults. */
export const triggerMethod = 'trigger'

/** `faults` for callers, and `take`, which uses up the first matching fault. */
export function createFaults(onChange: () => void): { faults: Faults; take(method: string): FaultKind | undefined } {
  const list = createFaultList<FaultKind>(onChange, [deliveryMethod, triggerMethod])
  const expireTriggers = (times = 1) => list.add({ method: triggerMethod, kind: 'expired-trigger', times })
  return { faults: { ...list.faults, expireTriggers }, take: list.take }
}
