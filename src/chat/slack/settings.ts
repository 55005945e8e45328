import type { SocketModeOptions } from '@slack/socket-mode'
import type { Log } from '../../app/deps.ts'
import type { UseCases } from '../../app/use-cases.ts'
import type { Secret } from '../../domain/secret.ts'
import type { Clock, Directory } from '../../ports.ts'

/** How Slack reaches us, and as whom we reach Slack. */
export type SlackSettings = {
  readonly botToken: Secret
  readonly delivery:
    | { readonly kind: 'http'; readonly signingSecret: Secret }
    | { readonly kind: 'socket'; readonly appToken: Secret }
  /** Ids of the workspaces (`T…`) or Grid organisations (`E…`) whose people are served; nobody else is. */
  readonly tenants: readonly string[]
  /** The slash command, with its slash. */
  readonly command: string
  /** Another Web API, ending in `/api/`; configuration lets only a loopback address through. */
  readonly apiUrl?: string | undefined
}

/** The way to Slack: straight, or through a proxy. */
export type WayOut = {
  readonly fetch: typeof fetch
  /** For sockets; absent where nothing stands between. */
  readonly dispatcher?: SocketModeOptions['dispatcher']
}

/** What the Slack rooms need. */
export type SlackDeps = {
  readonly outbound: WayOut
  readonly useCases: UseCases
  readonly directory: Pick<Directory, 'find'>
  readonly clock: Clock
  readonly log: Log
  readonly settings: SlackSettings
  /** Names a newly opened form. */
  readonly newId: () => string
  /** `true` the first time that a signed delivery is seen; remembered for at least ten minutes. */
  readonly isFirstSight: (signature: string) => Promise<boolean>
}

/** The one path for commands, buttons, forms and menus. */
export const slackPath = '/slack/events'
/** Callback id of the global shortcut. */
export const requestShortcut = 'request_access'
