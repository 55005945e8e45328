import type { Panel } from '../page/panels.ts'
import type { SimulatedChannel, SimulatedTeam, SimulatedUser, SimulatedUserGroup } from './people.ts'

/** The options of `startSlackSimulator`. */
export type SimulatorOptions = {
  /** 0, the default, takes a free port. */
  port?: number
  host?: '127.0.0.1'
  /**
   * The app's address for the simulator, such as `https://hooks.slack.com`, when a proxy stands between; without a
   * final slash.
   */
  publicUrl?: string
  /** Signs every delivery to the app. */
  signingSecret: string
  /** The one bot token (`xoxb-…`) that the Web API accepts. */
  botToken: string
  /** The app-level token (`xapp-…`) for `apps.connections.open`. */
  appToken?: string
  team: SimulatedTeam
  people: readonly SimulatedUser[]
  channels?: readonly SimulatedChannel[]
  userGroups?: readonly SimulatedUserGroup[]
  /** The address for signed commands and interactions; `setRequestUrl` can set it later. */
  requestUrl?: string
  /** Delivers through Socket Mode and never by HTTP, as Slack does for apps with Socket Mode. */
  socketMode?: boolean
  /** The default slash command of the composer and of `command()`, with its slash. */
  command?: { name: string; hint: string }
  bot?: { name?: string; realName?: string }
  /** Shows the Home tab on the page, as `home_tab_enabled` of the app's manifest does. */
  hasHomeTab?: boolean
  /** The scopes of the bot token; by default all that the simulated methods need. */
  scopes?: readonly string[]
  /** Accepts messages to deactivated people in known conversations, as some users have seen Slack do. */
  takesMailForDeactivated?: boolean
  /** Milliseconds since 1970, for every time rule: triggers, response URLs, message ids. */
  now?: () => number
  /**
   * The clock for signatures. It is separate, because Bolt checks signatures against the machine's clock (the default).
   */
  signingClock?: () => number
  /** How long the app may take to acknowledge, in machine time; 3000 as at Slack. */
  answerWithinMilliseconds?: number
  /** Milliseconds between two messages in one channel: Slack's rule is 1000. By default messages are not counted. */
  messagesApart?: number
  /** Panels on the page, refreshed with each change. */
  extraPanels?: () => Promise<readonly Panel[]>
  /** The only other origin, such as `http://127.0.0.1:8000`, that may show the page in a frame. */
  framedBy?: string
}
