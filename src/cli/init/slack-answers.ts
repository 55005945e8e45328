import { callSlack, type SlackWay } from '../../chat/slack/api.ts'
import { tokenFault } from '../../chat/slack/settings.ts'
import { nearest } from '../../config/problems.ts'
import { type Secret, secret } from '../../domain/secret.ts'
import { causeOf } from '../../findings.ts'
import type { Io } from '../io.ts'
import type { Member } from '../people/people-text.ts'
import { readWorkspace, slackAsker } from '../people/slack-people.ts'
import { CliError } from '../trouble.ts'
import { type Asker, parts } from './answers.ts'

/** What an operator said about Slack, and what Slack said. */
export type SlackAnswers = {
  readonly mode: 'socket' | 'http'
  /** The workspace or Grid whose members are served. */
  readonly tenant: string
  readonly apiUrl?: string
  /** Tokens that were typed, by their variable. */
  readonly typed: Readonly<Record<string, Secret>>
  /** Everybody in the workspace; absent without a bot token. */
  readonly members?: readonly Member[]
}

export type SlackOptions = {
  readonly workspace?: string
  readonly mode?: 'socket' | 'http'
}

const later = 'later'

/** The third question: the tokens of the app. They are looked at, and never shown. */
export const askAboutSlack = async (
  ask: Asker,
  options: SlackOptions,
  slack: SlackWay,
  io: Io,
): Promise<SlackAnswers> => {
  io.note('\n3. The Slack app. None yet? Make one from "latchkey slack manifest";')
  io.note('   README, Set up Slack, says how.')
  const typed: Record<string, Secret> = {}
  const tokenOf = async (name: string, text: string, check: (token: string) => Promise<void>) => {
    const set = io.environment[name] || (io.environment[`${name}_FILE`] ? undefined : '')
    if (set === undefined) return undefined // a mounted file belongs to the server
    return ask({
      option: name,
      given: set || undefined,
      text: `   ${text}, typed unseen`,
      proposal: later,
      isHidden: true,
      read: async (given) => {
        if (given === later) return undefined
        if (!/^[\w.-]+$/.test(given)) throw new CliError('a token has only letters, digits, "-", "_" and "."')
        await check(given)
        if (given !== set) typed[name] = secret(given)
        return secret(given)
      },
    })
  }
  const botToken = await tokenOf('SLACK_BOT_TOKEN', 'Bot token (xoxb-…)', async (given) => {
    refuseKind('xoxb-', given)
    await slackAsker(secret(given), slack)('auth.test')
  })
  const workspace = botToken && (await readWorkspace(slackAsker(botToken, slack)))
  if (workspace) io.note(`   Slack: ${workspace.team} (${workspace.tenant}), as ${workspace.bot}`)
  const tenant = workspace
    ? workspace.tenant
    : await ask({
        option: '--workspace',
        given: options.workspace,
        text: '   Id of the workspace (T…) or Grid (E…)',
        read: (id) => {
          if (/^[TE][A-Z0-9]+$/.test(id)) return id
          throw new CliError('write a workspace id (T…) or a Grid id (E…); the address of Slack in a browser has it')
        },
      })
  const { environment } = io
  const mode = options.mode ?? (environment.SLACK_SIGNING_SECRET && !environment.SLACK_APP_TOKEN ? 'http' : 'socket')
  if (mode === 'http') await tokenOf('SLACK_SIGNING_SECRET', 'Signing secret', async () => {})
  else
    await tokenOf('SLACK_APP_TOKEN', 'App-level token (xapp-…) for Socket Mode', async (given) => {
      refuseKind('xapp-', given)
      await openSocket(secret(given), slack)
    })
  return {
    ...{ mode, tenant, typed },
    ...(slack.apiUrl !== undefined && { apiUrl: slack.apiUrl }),
    ...(workspace && { members: workspace.members }),
  }
}

const refuseKind = (own: 'xoxb-' | 'xapp-', token: string): void => {
  const fault =
    tokenFault(own)(token) ?? (token.startsWith(own) ? undefined : `a token of this kind begins with ${own}`)
  if (fault !== undefined) throw new CliError(fault)
}

const openSocket = async (token: Secret, slack: SlackWay): Promise<void> => {
  const { body } = await callSlack('apps.connections.open', token, {}, slack).catch((error: unknown) => {
    throw new CliError(`Slack cannot be asked: ${causeOf(error)}`)
  })
  if (!body.ok)
    throw new CliError(`Slack says ${body.error}: make a token with connections:write, and enable Socket Mode`)
}

/** Reads who is meant, by id, short name or address. */
export const membersNamed =
  ({ members, tenant }: SlackAnswers) =>
  (text: string): readonly Member[] => {
    const named = parts(text).map((one) => one.replace(/^@/, ''))
    if (named.length === 0) throw new CliError('name at least one person')
    return named.map((word) => (members ? known(members, word) : unknown(tenant, word)))
  }

const known = (members: readonly Member[], word: string): Member => {
  const subject = ({ identity }: Member) => identity.slice(identity.indexOf('/') + 1)
  const found = members.find((one) => [subject(one), one.handle, one.email].includes(word))
  if (found?.leftOut) throw new CliError(`${word} cannot be served: the account is ${a[found.leftOut]}`)
  if (found) return found
  const near = nearest(
    word,
    members.filter(({ leftOut }) => !leftOut).map(({ handle }) => handle),
  )
  throw new CliError(`Slack knows nobody called ${word}${near === undefined ? '' : `; did you mean ${near}?`}`)
}

const a = {
  bot: 'a bot',
  deactivated: 'deactivated',
  guest: 'a guest',
  'of another organisation': 'of another organisation',
} as const

const unknown = (tenant: string, word: string): Member => {
  if (!/^[UW][A-Z0-9]+$/.test(word))
    throw new CliError(`${word}: without a bot token, write ids such as U0AAAAAAA (profile → ⋮ → Copy member ID)`)
  return { identity: `${tenant}/${word}`, handle: word, name: word }
}
