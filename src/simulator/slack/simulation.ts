import type { FaultKind } from './faults.ts'
import type { Recorder } from './recorder.ts'
import type { ResponseUrls } from './response-urls.ts'
import type { Transport } from './transport.ts'
import type { Triggers } from './triggers.ts'
import type { Ids, Workspace } from './workspace.ts'

/** What the parts of the simulator share. */
export type Simulation = {
  workspace: Workspace
  ids: Ids
  recorder: Recorder
  triggers: Triggers
  responseUrls: ResponseUrls
  transport: Transport
  /** Uses up the next fault for a method, if one waits. */
  takeFault: (method: string) => FaultKind | undefined
  now: () => number
  /** Where this simulator listens, without a slash at the end. */
  url: () => string
  tokens: { bot: string; app: string | undefined }
  scopes: ReadonlySet<string>
  /** Whether a message to a deactivated person is taken and shown to nobody, instead of refused. */
  takesMailForDeactivated: boolean
  command: { name: string; hint: string }
  /** A one-time ticket for a Socket Mode connection. */
  newTicket: () => string
}
