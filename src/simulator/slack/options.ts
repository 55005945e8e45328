import type { SimulatedChannel, SimulatedTeam, SimulatedUser, SimulatedUserGroup } from './people.ts'

/** A block of rows beside the conversations on the page, e.g. what the vault holds. */
export type Panel = { title: string; rows: { label: string; value: string }[]; note?: string }

/** What `startSlackSimulator` needs to know. */
export type SimulatorOptions = {
  /** 0, the default, takes a free port. */
  port?: number
  host?: '127.0.0.1'
  /** How the app reaches it, such as `https://hooks.slack.com`, when something stands between; without a slash at the end. */
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
  /** Where signed commands and interactions go; may be set later with `setRequestUrl`. */
  requestUrl?: string
  /** Deliver through Socket Mode and never by HTTP, as Slack does once an app has switched it on. */
  socketMode?: boolean
  /** The slash command that the composer and `command()` use by default, with its slash. */
  command?: { name: string; hint: string }
  bot?: { name?: string; realName?: string }
  /** Scopes of the bot token; default all that the simulated methods ask for. */
  scopes?: readonly string[]
  /** Take messages to deactivated people where their conversation is known, as some have seen Slack do. */
  takesMailForDeactivated?: boolean
  /** Milliseconds since 1970, for every rule about time: triggers, response URLs, message ids. */
  now?: () => number
  /** Clock for signatures. Kept apart because Bolt checks them against the machine's clock, the default. */
  signingClock?: () => number
  /** How long the app may take to acknowledge; 3000 as at Slack. Machine time. */
  answerWithinMilliseconds?: number
  /** Shown on the page and refreshed as things happen. */
  extraPanels?: () => Promise<readonly Panel[]>
}
