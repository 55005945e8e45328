import { callSlack, type SlackWay } from '../../chat/slack/api.ts'
import { tokenFault } from '../../chat/slack/settings.ts'
import { nearest } from '../../config/problems.ts'
import { type Secret, secret } from '../../domain/secret.ts'
import { causeOf } from '../../findings.ts'
import type { Member } from '../people/people-text.ts'
import { readWorkspace, slackAsker, slackWay } from '../people/slack-people.ts'
import { CliError } from '../trouble.ts'
import { type Asker, parts } from './answers.ts'
import type { ChatAnswers, ChatQuestions, Surroundings } from './chats.ts'
import { newSecrets } from './secrets.ts'
import { value } from './values.ts'

/** What the questions brought, as far as the names of people depend on it. */
type Workspace = {
  /** The workspace or Grid whose members are served. */
  readonly tenant: string
  /** Everybody in the workspace; absent without a bot token. */
  readonly members?: readonly Member[]
}

/** Slack in the table of chats. */
export const slackQuestions: ChatQuestions = {
  title: 'Slack',
  variables: ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'SLACK_SIGNING_SECRET'],
  isMeant: ({ workspace, mode, apiUrl }) => [workspace, mode, apiUrl].some((given) => given !== undefined),
  needed: ({ workspace }, environment) =>
    workspace || environment.SLACK_BOT_TOKEN ? [] : ['--workspace (or SLACK_BOT_TOKEN)'],
  files: () => [],
  questions: ({ options, io, way }) => {
    const slack = slackWay(options, way)
    return (ask, number) => askAboutSlack(ask, { options, io, slack, number })
  },
}

type Asked = Pick<Surroundings, 'options' | 'io'> & { readonly slack: SlackWay; readonly number: number }

/** The tokens of the app. They are looked at, and never shown. */
const askAboutSlack = async (ask: Asker, { options, io, slack, number }: Asked): Promise<ChatAnswers> => {
  io.note(`\n${number}. The Slack app. None yet? Make one from "latchkey slack manifest";`)
  io.note('   README, Set up Slack, says how.')
  const secrets = newSecrets(ask, io)
  const tokenOf = (name: string, text: string, check: (token: string) => Promise<void>) =>
    secrets.ask(name, text, async (given) => {
      if (!/^[\w.-]+$/.test(given)) throw new CliError('a token has only letters, digits, "-", "_" and "."')
      await check(given)
    })
  const botToken = await tokenOf('SLACK_BOT_TOKEN', 'Bot token (xoxb-…)', async (given) => {
    refuseKind('xoxb-', given)
    await slackAsker(secret(given), slack)('auth.test')
  })
  const found = botToken && (await readWorkspace(slackAsker(botToken, slack)))
  if (found) io.note(`   Slack: ${found.team} (${found.tenant}), as ${found.bot}`)
  const workspace: Workspace = found ?? { tenant: await askForTenant(ask, options.workspace) }
  const { environment } = io
  const mode = options.mode ?? (environment.SLACK_SIGNING_SECRET && !environment.SLACK_APP_TOKEN ? 'http' : 'socket')
  if (mode === 'http') await tokenOf('SLACK_SIGNING_SECRET', 'Signing secret', async () => {})
  else
    await tokenOf('SLACK_APP_TOKEN', 'App-level token (xapp-…) for Socket Mode', async (given) => {
      refuseKind('xapp-', given)
      await openSocket(secret(given), slack)
    })
  return {
    ...{ platform: 'slack', title: 'Slack', typed: secrets.typed, isOwn: () => false },
    ...(workspace.members && { members: workspace.members }),
    section: [
      `  mode: ${mode}`,
      `  tenants: [${workspace.tenant}] # members of others are refused`,
      ...(slack.apiUrl === undefined ? [] : [`  apiUrl: ${value(slack.apiUrl)}`]),
    ],
    naming: [workspace.members ? 'short names, addresses or ids in Slack' : 'ids in Slack, U…'],
    named: async (text) => membersNamed(workspace, text),
    last: ({ config, someone }) => [`Then try the buttons: latchkey slack test --config ${config} --to ${someone}`],
  }
}

const askForTenant = (ask: Asker, given: string | undefined): Promise<string> =>
  ask({
    option: '--workspace',
    given,
    text: '   Id of the workspace (T…) or Grid (E…)',
    read: (id) => {
      if (/^[TE][A-Z0-9]+$/.test(id)) return id
      throw new CliError('write a workspace id (T…) or a Grid id (E…); the address of Slack in a browser has it')
    },
  })

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
const membersNamed = ({ members, tenant }: Workspace, text: string): readonly Member[] => {
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
