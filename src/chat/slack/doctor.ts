import { z } from 'zod'
import type { Identity } from '../../domain/card.ts'
import type { Secret } from '../../domain/secret.ts'
import { causeOf, type Finding, missing, ok, optional, skewFinding, unknown } from '../../findings.ts'
import type { AccountFault, AccountName, ChannelLook, ChatExaminer } from '../kind.ts'
import { callSlack, type SlackAnswer } from './api.ts'
import { type SlackSettings, slackName } from './settings.ts'
import { neededScopes, wantedScopes } from './token.ts'

type Slack = SlackSettings & { readonly way: typeof fetch }

/** Slack's part of `latchkey doctor`. */
export const slackExaminer = (slack: Slack): ChatExaminer => ({
  app: () => appFindings(slack),
  channel: (id) => lookAtChannel(slack, id),
  serves: ({ platform, tenant }) => platform === slackName && slack.tenants.includes(tenant),
  account: (account) => accountFault(slack, account),
  nameOf: (account) => nameOf(slack, account),
})

/** The app's tokens, rights and workspace. */
const appFindings = async (slack: Slack): Promise<readonly Finding[]> => {
  const asked = await call('auth.test', slack.botToken, slack)
  if (typeof asked === 'string') return [missing('Slack', asked, 'let this machine reach https://slack.com')]
  const remedy = 'copy it again: api.slack.com/apps → OAuth & Permissions'
  if (!asked.body.ok) return [missing('Slack: bot token', `Slack says ${asked.body.error}`, remedy)]
  const { team, user } = asked.body
  const ids = [asked.body.enterprise_id, asked.body.team_id].flatMap((id) => (typeof id === 'string' ? [id] : []))
  const isServed = ids.some((id) => slack.tenants.includes(id))
  const wanted = wantedScopes.filter((scope) => !asked.scopes.includes(scope))
  const lacking = neededScopes.filter((scope) => !asked.scopes.includes(scope))
  return [
    ok('Slack: bot token', `works, as ${user}`),
    isServed
      ? ok('Slack: workspace', `${team} (${ids.join(', ')})`)
      : missing(
          'Slack: workspace',
          `the token belongs to ${team} (${ids.join(', ')})`,
          `add ${ids[0]} to slack.tenants, or use another token`,
        ),
    lacking.length === 0
      ? ok('Slack: scopes', neededScopes.join(', '))
      : missing(
          'Slack: scopes',
          `${lacking.join(', ')} is missing`,
          'import the manifest (latchkey slack manifest) and install the app again',
        ),
    ...(wanted.length === 0
      ? []
      : [
          optional(
            'Slack: shared channels',
            `${wanted.join(', ')} is missing, so Latchkey treats each channel as shared with others`,
            'import the manifest and install the app again: cards in channels then show the items and the reason',
          ),
        ]),
    skewFinding('Slack: clock', asked.date, Date.now()),
    ...(await deliveryFindings(slack)),
  ]
}

const deliveryFindings = async (slack: Slack): Promise<readonly Finding[]> => {
  const { delivery } = slack
  if (delivery.kind === 'http') return [] // only Slack can sign, so there is nothing to try
  if (delivery.appToken.reveal() === '') return [unknown('Slack: app-level token', 'none to try')]
  const opened = await call('apps.connections.open', delivery.appToken, slack)
  const problem = typeof opened === 'string' ? opened : opened.body.ok ? undefined : `Slack says ${opened.body.error}`
  if (problem === undefined) return [ok('Slack: app-level token', 'opens a socket')]
  return [missing('Slack: app-level token', problem, 'create one with connections:write, and enable Socket Mode')]
}

const call = (method: string, token: Secret, { apiUrl, way }: Slack): Promise<SlackAnswer | string> =>
  callSlack(method, token, {}, { apiUrl, way }).catch((error: unknown) => `Slack cannot be asked: ${causeOf(error)}`)

const lookAtChannel = async (slack: Slack, channel: string): Promise<ChannelLook | undefined> => {
  const { body } = await callSlack('conversations.info', slack.botToken, { channel }, slack)
  if (body.error === 'missing_scope') return undefined
  if (body.error === 'channel_not_found') return { fault: 'channel-unknown' }
  if (!body.ok) throw new Error(`Slack says ${body.error}`)
  const about: Readonly<Record<string, unknown>> =
    typeof body.channel === 'object' && body.channel ? { ...body.channel } : {}
  if (about.is_archived === true) return { fault: 'channel-archived' }
  return about.is_member === true
    ? { name: typeof about.name === 'string' ? `#${about.name}` : '' }
    : { fault: 'channel-closed' }
}

const accountFault = async (slack: Slack, identity: Identity): Promise<AccountFault | undefined> => {
  const account = await accountOf(slack, identity)
  if (!account) return 'account-unknown'
  if (account.deleted === true) return 'account-deactivated'
  const isNobody = ['is_bot', 'is_stranger', 'is_restricted', 'is_ultra_restricted'].some(
    (key) => account[key] === true,
  )
  return isNobody ? 'no-member' : undefined
}

/** Slack's answer about an account; undefined for one that does not exist or is not visible. */
const accountOf = async (
  slack: Slack,
  { subject: user }: Identity,
): Promise<Readonly<Record<string, unknown>> | undefined> => {
  const { body } = await callSlack('users.info', slack.botToken, { user }, slack)
  if (body.error === 'user_not_found' || body.error === 'user_not_visible') return undefined
  if (!body.ok) throw new Error(`Slack says ${body.error}`)
  return typeof body.user === 'object' && body.user ? { ...body.user } : {}
}

const word = z.string().min(1).optional().catch(undefined)
const named = z.object({ name: word, real_name: word, profile: z.object({ real_name: word }).catch({}) })

const nameOf = async (slack: Slack, identity: Identity): Promise<AccountName | undefined> => {
  const account = await accountOf(slack, identity)
  if (!account) return undefined
  const { name = identity.subject, real_name, profile } = named.parse(account)
  return { name: profile.real_name ?? real_name ?? name, handle: name }
}
