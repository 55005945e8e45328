import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { Identity } from '../../domain/card.ts'
import type { Secret } from '../../domain/secret.ts'
import { timestamp } from '../../domain/time.ts'
import { causeOf, type Finding, missing, ok, optional, skewFinding, unknown } from '../../findings.ts'
import { type Clock, ExternalError } from '../../ports.ts'
import type { AccountFault, AccountName, ChannelLook, ChatExaminer, ConversationOf } from '../kind.ts'
import { readSigningCertificate } from './certificate.ts'
import { type Connector, newConnector } from './connector/connector.ts'
import { newConversations } from './connector/conversations.ts'
import { newTokens, type Tokens } from './connector/entra-token.ts'
import { unreachable } from './connector/errors.ts'
import { jsonIn } from './connector/json-body.ts'
import { newPacer } from './connector/rate.ts'
import { newReferences } from './connector/references.ts'
import { askTeams, memberOf } from './connector/roster.ts'
import { type TeamsSettings, teamsName } from './settings.ts'

type Teams = TeamsSettings & {
  readonly way: typeof fetch
  /** How people are reached, as the database knows it; absent without a database. */
  readonly conversationOf?: ConversationOf | undefined
}

const clock: Clock = {
  now: () => timestamp(Date.now()),
  sleep: (until, signal) => pause(Math.max(0, until - Date.now()), undefined, { signal }).catch(() => undefined),
}
/** The time limit of one call, in milliseconds. */
const patience = 10_000

/** The part of Teams in `latchkey doctor`. */
export const teamsExaminer = (teams: Teams): ChatExaminer => {
  const { way: fetch, conversationOf } = teams
  const tokens = newTokens({ settings: teams, fetch, clock })
  const connector = newConnector({
    ...{ settings: teams, tokens, pacer: newPacer(clock), fetch, clock, patience, repeats: true },
  })
  const references = newReferences({ conversationOf: conversationOf ?? (async () => undefined) })
  const roster = { settings: teams, connector, conversations: newConversations(connector, clock), references }
  return {
    app: async () => (await Promise.all([tokenFindings(teams, tokens, connector), metadataFindings(teams)])).flat(),
    channel: (id) => lookAtChannel(teams, connector, id),
    serves: ({ platform, tenant }) => platform === teamsName && teams.tenants.includes(tenant),
    account: async (account) => {
      if (!conversationOf) return undefined // only an action of the person tells how to ask about them
      if (!(await references.of(account))) return 'app-missing'
      return accountFault(askTeams(roster), account)
    },
    nameOf: async (account): Promise<AccountName | undefined> => {
      const member = await memberOf(roster, account)
      if (member === undefined || member === 'nobody' || !member.name) return undefined
      return { name: member.name, handle: member.userPrincipalName?.split('@')[0] || member.name }
    },
  }
}

const accountFault = async (ask: ReturnType<typeof askTeams>, account: Identity): Promise<AccountFault | undefined> => {
  try {
    const said = await ask(account)
    if (said.ok) return undefined
    const { refusal } = said
    return refusal.code === 'not-admitted' && refusal.why === 'deactivated' ? 'account-deactivated' : 'no-member'
  } catch (error) {
    const reason = unreachable(error, 'account')
    if (reason) return reason
    throw error
  }
}

const lookAtChannel = async (
  { serviceUrl }: Teams,
  connector: Pick<Connector, 'members'>,
  conversation: string,
): Promise<ChannelLook> => {
  try {
    await connector.members({ serviceUrl, conversation })
    return { name: '' } // the roster has no name of the channel
  } catch (error) {
    const fault = unreachable(error, 'channel')
    if (fault) return { fault }
    throw error
  }
}

/** The credential, then what the connector says about its token. */
const tokenFindings = async (teams: Teams, tokens: Tokens, connector: Connector): Promise<readonly Finding[]> => {
  const what = teams.credential.kind === 'secret' ? 'Teams: app secret' : 'Teams: app certificate'
  try {
    const token = await tokens.current()
    return [
      foreignToken(what, teams, token) ?? ok(what, `Entra takes it, in the tenant ${teams.tenant}`),
      ...expiryFindings(teams),
      await connectorFinding(teams, connector),
    ]
  } catch (error) {
    return [missing(what, causeOf(error), tokenRemedy(error, teams))]
  }
}

/** What an operator does when Entra gives out no token. */
export const tokenRemedy = (error: unknown, { tokenUrl }: Pick<TeamsSettings, 'tokenUrl'>): string =>
  error instanceof ExternalError && error.transient
    ? `let this machine reach ${new URL(tokenUrl).origin}`
    : wrongIds.has(error instanceof ExternalError ? error.code : '')
      ? 'copy both ids from the Overview of the application in Entra: App registrations'
      : 'see the application in Entra: App registrations → Certificates & secrets'

/** Entra knows no such application or tenant. */
const wrongIds: ReadonlySet<string> = new Set(['AADSTS700016', 'AADSTS90002', 'AADSTS900023'])

const claims = z.object({ tid: z.string(), appid: z.string() })

/** A token names its tenant and application; one that cannot be read says nothing. */
const foreignToken = (what: string, { app, tenant }: Teams, token: Secret): Finding | undefined => {
  const read = claims.safeParse(payloadOf(token)).data
  if (!read || (read.tid.toLowerCase() === tenant && read.appid.toLowerCase() === app)) return undefined
  const found = `the token is of the application ${read.appid} in the tenant ${read.tid}`
  return missing(what, found, 'correct teams.app and teams.tenant')
}

const payloadOf = (token: Secret): unknown => {
  try {
    return JSON.parse(Buffer.from(token.reveal().split('.')[1] ?? '', 'base64url').toString())
  } catch {
    return undefined
  }
}

const days = 86_400_000
/** Days before the end of a certificate from which on doctor speaks of it. */
const soon = 30

const expiryFindings = ({ credential }: Teams): readonly Finding[] => {
  if (credential.kind !== 'certificate') return []
  const what = 'Teams: certificate'
  const { validTo } = readSigningCertificate(credential.value)
  const left = Math.floor((validTo.getTime() - Date.now()) / days)
  const found = `valid until ${validTo.toISOString().slice(0, 10)}`
  if (left >= soon) return [ok(what, found)]
  return [optional(what, found, 'upload another one in Entra, then put it in TEAMS_APP_CERTIFICATE')]
}

/** A conversation that does not exist: the refusal shows that the connector knows the bot. */
const nowhere = '19:latchkey-doctor@thread.tacv2'

const connectorFinding = async ({ serviceUrl }: Teams, connector: Pick<Connector, 'members'>): Promise<Finding> => {
  const what = 'Teams: connector'
  const error: unknown = await connector.members({ serviceUrl, conversation: nowhere }).catch((reason) => reason)
  const takes = ok(what, `${new URL(serviceUrl).host} takes the token`)
  if (!(error instanceof ExternalError)) return takes
  if (error.transient) return missing(what, error.message, `let this machine reach ${new URL(serviceUrl).origin}`)
  const isAboutApp = ['token-refused', 'BotNotRegistered', 'InvalidBotApiHost'].includes(error.code)
  const remedy = 'see the bot in the Azure portal or the Teams developer portal: its app id, and the channel Teams'
  return isAboutApp ? missing(what, error.message, remedy) : takes
}

const described = z.object({ issuer: z.string(), jwks_uri: z.string() })

/** The document by which deliveries are checked, and the clock of who sent it. */
const metadataFindings = async ({ metadataUrl, issuer, way }: Teams): Promise<readonly Finding[]> => {
  const what = 'Teams: keys of deliveries'
  try {
    const answer = await way(metadataUrl, { redirect: 'error', signal: AbortSignal.timeout(patience) })
    const document = described.safeParse(await jsonIn(answer).catch(() => undefined)).data
    const time = skewFinding('Teams: clock', answer.headers.get('date') ?? undefined, Date.now())
    if (!answer.ok || !document)
      return [missing(what, `${metadataUrl} answers ${answer.status}`, 'check the proxy'), time]
    if (document.issuer !== issuer)
      return [missing(what, `${metadataUrl} is of ${document.issuer}`, 'check the cloud in teams.serviceUrl'), time]
    return [ok(what, `described at ${metadataUrl}`), time]
  } catch (error) {
    const remedy = `let this machine reach ${new URL(metadataUrl).origin}`
    return [missing(what, causeOf(error), remedy), unknown('Teams: clock', 'nobody to compare it with')]
  }
}
