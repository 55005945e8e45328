import type { Recorder } from '../common/recorder.ts'
import type { FaultKind } from './faults.ts'
import type { Pace } from './pace.ts'
import type { ResponseUrls } from './response-urls.ts'
import type { Transport } from './transport.ts'
import type { Triggers } from './triggers.ts'
import type { Ids, Workspace } from './workspace.ts'

/** The shared state of the simulator's parts. */
export type Simulation = {
  workspace: Workspace
  ids: Ids
  recorder: Recorder
  triggers: Triggers
  responseUrls: ResponseUrls
  transport: Transport
  /** Uses up the next fault of a method, if there is one. */
  takeFault: (method: string) => FaultKind | undefined
  /** For how many seconds a call must wait. */
  pace: Pace
  now: () => number
  /** The address of this simulator, without a final slash. */
  url: () => string
  tokens: { bot: string; app: string | undefined }
  scopes: ReadonlySet<string>
  /** Whether Slack accepts a message to a deactivated person and shows it to nobody, instead of refusing it. */
  takesMailForDeactivated: boolean
  command: { name: string; hint: string }
  hasHomeTab: boolean
  /** A one-time ticket for a Socket Mode connection. */
  newTicket: () => string
}
