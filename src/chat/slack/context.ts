import type { Admits } from '../conversation/admission.ts'
import type { Arrivals } from '../intake/arrivals.ts'
import type { Clients } from './clients.ts'
import type { SlackDeps } from './settings.ts'

/** What all Slack modules share. */
export type SlackContext = SlackDeps & {
  readonly clients: Clients
  readonly admits: Admits
  readonly arrivals: Arrivals
  /** The workspace or Grid organisation of the bot token, known after the start. */
  readonly tenant: () => string
}
