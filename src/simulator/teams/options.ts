import type { Panel } from '../page/panels.ts'

/** A person of the tenant, or a stranger from another one. */
export type TeamsPerson = {
  /** The object id at Entra, a GUID; `from.aadObjectId` in activities. */
  oid: string
  name: string
  email?: string
  /** The user principal name; the e-mail address by default. */
  upn?: string
  /** Guests have `#EXT#` in their user principal name, and `userRole: 'guest'` in rosters. */
  role?: 'member' | 'guest'
  /** The home tenant; the simulator's by default. */
  tenant?: string
  /** A deactivated account does nothing, and is in no roster. */
  isDeactivated?: boolean
  /** An old client knows no `Action.Execute`, and uses its fallback. */
  client?: 'new' | 'old'
  /** An IANA name; UTC by default. */
  timeZone?: string
  /** Whether the app is installed for this person; true by default. */
  hasApp?: boolean
}

/** A channel of a team (`19:…@thread.tacv2`) or a group chat (`19:…@thread.v2`). */
export type TeamsChat = {
  id: string
  kind: 'channel' | 'group'
  name: string
  /** The team of a channel. */
  team?: { id: string; name: string }
  /** Object ids. */
  members: readonly string[]
  /** Whether the app is in it; true by default. */
  hasApp?: boolean
}

/** The options of `startTeamsSimulator`. */
export type TeamsSimulatorOptions = {
  /** 0, the default, takes a free port. */
  port?: number
  host?: '127.0.0.1'
  /** The simulator's address for the app when a proxy stands between; without a final slash. */
  publicUrl?: string
  /** The bot's registration: the application (client) id, and the name that people see. */
  app: { id: string; name?: string }
  /** The tenant of people and registration. */
  tenant: string
  /** The client secret that the token endpoint accepts. */
  appSecret?: string
  /** The certificate (PEM) of client assertions that the token endpoint accepts. */
  appCertificate?: string
  people: readonly TeamsPerson[]
  chats?: readonly TeamsChat[]
  /** The bot's messaging endpoint; `setMessagingEndpoint` can set it later. */
  endpoint?: string
  /** Milliseconds since 1970, for message ids, rates and refreshes. */
  now?: () => number
  /** The clock of issued and checked tokens; machine time by default, because a bot checks tokens by it. */
  signingClock?: () => number
  /** How long the service waits for the answer to an invoke; 5,000 by default. */
  answerWithinMilliseconds?: number
  /** Whether the service repeats an unanswered invoke, until three times that wait is over; true by default. */
  repeatsInvokes?: boolean
  /** Whether the connector limits calls as the service does; false by default, because stories are faster than people. */
  hasRates?: boolean
  /** Whether clients ask the bot while a person types in a field; true by default. */
  hasTypeahead?: boolean
  /** Panels on the page, refreshed with each change. */
  extraPanels?: () => Promise<readonly Panel[]>
  /** The name of the company on the page. */
  company?: string
  /** Messages that the page suggests, as Teams suggests the commands of an app's manifest. */
  suggestions?: readonly string[]
  /** The only other origin, such as `http://127.0.0.1:8000`, that may show the page in a frame. */
  framedBy?: string
}
