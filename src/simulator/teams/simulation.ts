import type { FaultKind } from '../common/faults.ts'
import type { Recorder } from '../common/recorder.ts'
import type { Delivery } from './delivery.ts'
import type { Screen } from './screen.ts'
import type { Tenant } from './tenant.ts'

/** The shared state of the simulator's parts. */
export type Simulation = {
  tenant: Tenant
  recorder: Recorder
  delivery: Delivery
  /** Uses up the next fault of a method, if there is one. */
  takeFault: (method: string) => FaultKind | undefined
  now: () => number
  /** What activities carry, and what the bot calls; ends in a slash. */
  serviceUrl: () => string
  hasTypeahead: boolean
  /** What each person's client shows, by object id. */
  screenOf: (oid: string) => Screen
}
