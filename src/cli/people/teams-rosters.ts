import { type Connector, type Member as Listed, newConnector } from '../../chat/teams/connector/connector.ts'
import { newTokens } from '../../chat/teams/connector/entra-token.ts'
import { newPacer } from '../../chat/teams/connector/rate.ts'
import { isGuest } from '../../chat/teams/connector/roster.ts'
import { tokenRemedy } from '../../chat/teams/doctor.ts'
import { channelId, type TeamsSettings, teamsName } from '../../chat/teams/settings.ts'
import { systemClock } from '../../clock.ts'
import type { Config } from '../../config/read.ts'
import { messageOf } from '../../domain/message-of.ts'
import { openOutbound } from '../../outbound.ts'
import { ExternalError } from '../../ports.ts'
import { configuration } from '../configured.ts'
import type { Io } from '../io.ts'
import { CliError, usageError } from '../trouble.ts'
import { isAddress } from './graph-people.ts'
import type { Member } from './people-text.ts'

/** Everybody in some conversations, each once. */
export type Rosters = { readonly source: string; readonly members: readonly Member[] }

type RosterOptions = { readonly config?: string; readonly conversation?: readonly string[] }

/**
 * Reads the rosters of the named channels and group chats, else of all that the configuration names, with the app's own
 * token. The app must be installed there. People without an object id at Entra are left out.
 */
export const readRosters = async (options: RosterOptions, io: Io): Promise<Rosters> => {
  const config = configuration(options, io)
  const settings = settingsOf(config)
  const conversations = [...new Set(options.conversation?.map(checked) ?? channelsOf(config))]
  if (conversations.length === 0)
    throw usageError('name a channel or group chat with --conversation: the configuration names none. Or use --graph')
  const outbound = openOutbound(config)
  const deps = { settings, fetch: outbound.fetch, clock: systemClock, patience: 20_000, repeats: true }
  const connector = newConnector({ ...deps, tokens: newTokens(deps), pacer: newPacer(systemClock) })
  try {
    const members = new Map<string, Member>()
    for (const conversation of conversations) {
      for (const one of await rosterOf(connector, settings, conversation)) {
        const member = memberOf(one, settings)
        if (member) members.set(member.identity, member)
      }
    }
    return { source: `Teams: ${conversations.join(', ')}`, members: [...members.values()] }
  } finally {
    await outbound.close()
  }
}

const settingsOf = ({ chats }: Config): TeamsSettings => {
  const chat = chats.get(teamsName)
  if (!chat) throw usageError('the configuration has no section teams; use --graph, or add the section')
  const settings = chat.settings as TeamsSettings // in the form of the platform's own folder
  if (settings.credential.value.reveal() !== '') return settings
  const name = settings.credential.kind === 'secret' ? 'TEAMS_APP_SECRET' : 'TEAMS_APP_CERTIFICATE'
  throw usageError(`set ${name} (or ${name}_FILE), so that Teams can be asked`)
}

const checked = (id: string): string => {
  const { error } = channelId.safeParse(id)
  if (error) throw usageError(`--conversation ${id}: ${error.issues[0]?.message}`)
  return id
}

const channelsOf = ({ integrations, audit }: Config): readonly string[] =>
  [
    ...integrations.flatMap(({ integration }) => integration.channel ?? []),
    ...(audit.headTo?.to === 'channel' ? [audit.headTo.channel] : []),
  ].flatMap(({ platform, id }) => (platform === teamsName ? [id] : []))

/** Microsoft's limit for a team is 25,000 members. */
const mostPages = 60

const rosterOf = async (
  connector: Pick<Connector, 'members'>,
  settings: TeamsSettings,
  conversation: string,
): Promise<readonly Listed[]> => {
  const { serviceUrl } = settings
  const all: Listed[] = []
  let from: string | undefined
  try {
    for (let pages = 0; pages < mostPages; pages += 1) {
      const { members, next } = await connector.members({ serviceUrl, conversation }, from)
      all.push(...members)
      if (next === undefined) return all
      from = next
    }
  } catch (error) {
    throw new CliError(`the members of ${conversation} cannot be read: ${reasonFor(error, settings)}`)
  }
  throw new CliError(`the list of members of ${conversation} has no end`)
}

const absent = new Set(['BotNotInConversationRoster', 'ConversationNotFound', 'ForbiddenOperationException'])

const reasonFor = (error: unknown, settings: TeamsSettings): string => {
  if (!(error instanceof ExternalError)) return messageOf(error)
  if (absent.has(error.code)) {
    return `the app is not there, or nothing has that id (${error.code}); add the app to the team or chat`
  }
  return error.code === 'entra-unreachable' ? `${error.message}; ${tokenRemedy(error, settings)}` : error.message
}

/** Applies the server's rules of admission; `undefined` for somebody whom Entra does not know, such as an anonymous one. */
const memberOf = (one: Listed, { tenant, tenants }: TeamsSettings): Member | undefined => {
  const subject = (one.aadObjectId ?? one.objectId)?.toLowerCase()
  if (subject === undefined) return undefined
  const home = one.tenantId?.toLowerCase() ?? tenant
  const name = one.name || subject
  return {
    identity: `${home}/${subject}`,
    handle: one.userPrincipalName?.split('@')[0] || name,
    name,
    ...(isAddress(one.email) && { email: one.email }),
    ...(!tenants.includes(home) && { leftOut: 'of another organisation' as const }),
    ...(isGuest(one) && { leftOut: 'guest' as const }),
  }
}
