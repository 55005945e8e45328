import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { blindTrust } from '../../certificates.ts'
import { callSlack, type SlackWay } from '../../chat/slack/api.ts'
import { proxyOf } from '../../config/proxy.ts'
import { addressFault, isOwnAddress } from '../../domain/address.ts'
import { messageOf } from '../../domain/message-of.ts'
import { type Secret, secret } from '../../domain/secret.ts'
import { causeOf } from '../../findings.ts'
import { openOutbound } from '../../outbound.ts'
import type { Io } from '../io.ts'
import { CliError, usageError } from '../trouble.ts'
import { type Member, peopleText } from './people-text.ts'

/** The options of `latchkey people import --from slack`. */
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
const groupList = z.object({
  usergroups: z.array(z.object({ handle: z.string(), name: z.string(), users: z.array(z.string()).default([]) })),
})
const identity = z.object({ team: z.string(), team_id: z.string(), enterprise_id: text })

/** Prints all people whom Latchkey would serve, and why others are left out. */
export const importFromSlack = async (options: ImportOptions, io: Io): Promise<void> => {
  const blind = blindTrust(io.environment)
  if (blind !== undefined) throw usageError(blind)
  const proxy = proxyOf(io.environment, (problem) => {
    throw usageError(problem)
  })
  const outbound = openOutbound({ ...(proxy && { proxy }) })
  try {
    await importThrough(outbound.fetch, options, io)
  } finally {
    await outbound.close()
  }
}

const importThrough = async (way: typeof fetch, options: ImportOptions, io: Io): Promise<void> => {
  const ask = asking(tokenFrom(io), { apiUrl: apiUrlOf(options), way })
  const own = identity.parse(await ask('auth.test'))
  const tenant = own.enterprise_id || own.team_id
  const members: z.infer<typeof member>[] = []
  for (let cursor = ''; ; ) {
    const found = page.parse(await ask('users.list', { limit: '200', ...(cursor && { cursor }) }))
    members.push(...found.members)
    cursor = found.response_metadata.next_cursor
    if (cursor === '') break
  }
  const groups = await ask('usergroups.list', { include_users: 'true' }).then(
    (answer) => groupList.parse(answer).usergroups,
    (error: unknown) => {
      io.note(`Groups are left out: ${messageOf(error)}`)
      return []
    },
  )
  const all = members.map((one): Member => memberOf(one, tenant, own.team_id))
  io.say(peopleText({ source: `the Slack workspace ${own.team} (${tenant})`, members: all, groups }).trimEnd())
  const kept = all.filter(({ leftOut }) => leftOut === undefined).length
  io.note(`${kept} people and ${groups.length} groups; ${all.length - kept} accounts left out. Review it before use.`)
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

const asking =
  (token: Secret, slack: SlackWay) =>
  async (method: string, parameters: Readonly<Record<string, string>> = {}): Promise<unknown> => {
    const { body } = await callSlack(method, token, parameters, slack).catch((error: unknown) => {
      throw new CliError(`Slack cannot be asked: ${causeOf(error)}; check the network, and HTTPS_PROXY`)
    })
    if (body.ok) return body
    const needed = typeof body.needed === 'string' ? ` (the token needs the scope ${body.needed})` : ''
    throw new CliError(`Slack refuses ${method}: ${body.error}${needed}`)
  }

const tokenFrom = ({ environment }: Pick<Io, 'environment'>): Secret => {
  const file = environment.SLACK_BOT_TOKEN_FILE
  const token = environment.SLACK_BOT_TOKEN ?? (file && readFileSync(file, 'utf8').trim())
  if (!token) throw usageError('set SLACK_BOT_TOKEN (or SLACK_BOT_TOKEN_FILE) to a token with users:read')
  return secret(token)
}

const apiUrlOf = ({ apiUrl }: ImportOptions): string | undefined => {
  if (apiUrl === undefined) return undefined
  const fault = addressFault(apiUrl)
  if (fault !== undefined) throw usageError(`--api-url: ${fault}`)
  if (!isOwnAddress(apiUrl)) throw usageError('--api-url: the token may go only to Slack or to this machine')
  return apiUrl.endsWith('/') ? apiUrl : `${apiUrl}/`
}
