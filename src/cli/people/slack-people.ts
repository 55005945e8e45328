import { z } from 'zod'
import { blindTrust } from '../../certificates.ts'
import { callSlack, type SlackWay } from '../../chat/slack/api.ts'
import { proxyOf } from '../../config/proxy.ts'
import { addressFault, isOwnAddress } from '../../domain/address.ts'
import { type Secret, secret } from '../../domain/secret.ts'
import { causeOf } from '../../findings.ts'
import { openOutbound } from '../../outbound.ts'
import type { Io } from '../io.ts'
import { CliError, usageError } from '../trouble.ts'
import { secretOf } from './from-environment.ts'
import type { Member } from './people-text.ts'

/** The options of commands that ask Slack without a configuration. */
export type ImportOptions = { readonly apiUrl?: string }

const text = z.string().optional().catch(undefined)
const flag = z.boolean().default(false)
const member = z.object({
  id: z.string(),
  team_id: text,
  name: z.string(),
  real_name: text,
  deleted: flag,
  is_bot: flag,
  is_restricted: flag,
  is_ultra_restricted: flag,
  is_stranger: flag,
  enterprise_user: z.object({ enterprise_id: text }).optional(),
  profile: z.object({ real_name: text, email: text }).default({}),
})
const page = z.object({
  members: z.array(member),
  response_metadata: z.object({ next_cursor: z.string().default('') }).default({ next_cursor: '' }),
})
const identity = z.object({ team: z.string(), team_id: z.string(), enterprise_id: text, user: z.string() })

/** A workspace, and every account in it. */
export type Workspace = {
  readonly team: string
  readonly tenant: string
  /** The name of the app. */
  readonly bot: string
  readonly members: readonly Member[]
}

/** Calls a method of Slack. Throws a sentence when Slack refuses it. */
export type SlackAsker = ReturnType<typeof slackAsker>

/** Does what asks Slack, through the proxy of the environment. */
export const throughOutbound = async <T>(
  options: Pick<ImportOptions, 'apiUrl'>,
  io: Pick<Io, 'environment'>,
  work: (slack: SlackWay) => Promise<T>,
): Promise<T> => {
  apiUrlOf(options) // told before anything opens
  return throughProxy(io, (way) => work(slackWay(options, way)))
}

/** The way to Slack, or to a simulated one. Throws what is wrong with its address. */
export const slackWay = (options: Pick<ImportOptions, 'apiUrl'>, way: typeof fetch): SlackWay => {
  const apiUrl = apiUrlOf(options)
  return { ...(apiUrl !== undefined && { apiUrl }), way }
}

/** Does what asks a chat without a configuration, through the proxy of the environment. */
export const throughProxy = async <T>(
  io: Pick<Io, 'environment'>,
  work: (way: typeof fetch) => Promise<T>,
): Promise<T> => {
  const blind = blindTrust(io.environment)
  if (blind !== undefined) throw usageError(blind)
  const proxy = proxyOf(io.environment, (problem) => {
    throw usageError(problem)
  })
  const outbound = openOutbound({ ...(proxy && { proxy }) })
  try {
    return await work(outbound.fetch)
  } finally {
    await outbound.close()
  }
}

/** Reads every page of the workspace of this token. */
export const readWorkspace = async (ask: SlackAsker): Promise<Workspace> => {
  const { team, user, ...own } = identity.parse(await ask('auth.test'))
  const tenant = own.enterprise_id || own.team_id
  const members: z.infer<typeof member>[] = []
  for (let cursor = ''; ; ) {
    const found = page.parse(await ask('users.list', { limit: '200', ...(cursor && { cursor }) }))
    members.push(...found.members)
    cursor = found.response_metadata.next_cursor
    if (cursor === '') break
  }
  return { team, tenant, bot: user, members: members.map((one) => memberOf(one, tenant, own.team_id)) }
}

/** Applies the server's rules of admission. */
const memberOf = (one: z.infer<typeof member>, tenant: string, team: string): Member => ({
  identity: `${tenant}/${one.id}`,
  handle: one.name,
  name: one.profile.real_name || one.real_name || one.name,
  ...(one.profile.email && { email: one.profile.email }),
  ...leftOut(one, tenant, team),
})

const leftOut = (one: z.infer<typeof member>, tenant: string, team: string): Pick<Member, 'leftOut'> => {
  if (one.is_bot || one.id === 'USLACKBOT') return { leftOut: 'bot' }
  if (one.deleted) return { leftOut: 'deactivated' }
  if (one.is_restricted || one.is_ultra_restricted) return { leftOut: 'guest' }
  const isHere = one.team_id === undefined || one.team_id === team || one.enterprise_user?.enterprise_id === tenant
  return one.is_stranger || !isHere ? { leftOut: 'of another organisation' } : {}
}

export const slackAsker =
  (token: Secret, slack: SlackWay) =>
  async (method: string, parameters: Readonly<Record<string, string>> = {}): Promise<unknown> => {
    const { body } = await callSlack(method, token, parameters, slack).catch((error: unknown) => {
      throw new CliError(`Slack cannot be asked: ${causeOf(error)}; check the network, and HTTPS_PROXY`)
    })
    if (body.ok) return body
    const needed = typeof body.needed === 'string' ? ` (the token needs the scope ${body.needed})` : ''
    throw new CliError(`Slack refuses ${method}: ${body.error}${needed}`)
  }

/** The bot token of the environment. */
export const tokenFrom = (io: Pick<Io, 'environment'>): Secret =>
  secret(secretOf(io, 'SLACK_BOT_TOKEN', 'a token with users:read'))

const apiUrlOf = ({ apiUrl }: ImportOptions): string | undefined => {
  if (apiUrl === undefined) return undefined
  const fault = addressFault(apiUrl)
  if (fault !== undefined) throw usageError(`--api-url: ${fault}`)
  if (!isOwnAddress(apiUrl)) throw usageError('--api-url: the token may go only to Slack or to this machine')
  return apiUrl.endsWith('/') ? apiUrl : `${apiUrl}/`
}
