import { lstat, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { LinkAddress } from '../../config/schema.ts'
import { checkWritable } from '../../connectors/vault/durable-file.ts'
import { vaultParams } from '../../connectors/vault/params.ts'
import { isOwnAddress } from '../../domain/address.ts'
import { lengthOf } from '../../domain/length.ts'
import { keyFrom } from '../../domain/person-key.ts'
import { problemsOfConfig } from '../config/check.ts'
import { examine } from '../doctor/examine.ts'
import type { Io } from '../io.ts'
import { configFile } from '../options.ts'
import { type ImportOptions, throughOutbound } from '../people/slack-people.ts'
import { CliError, exitCodes, usageError } from '../trouble.ts'
import { setUp } from '../vault/setup.ts'
import { setupCommand } from '../vault/setup-command.ts'
import { type Asker, newAsker, parts } from './answers.ts'
import { type Answers, configText, environmentText, peopleText } from './files.ts'
import { askAboutSlack, membersNamed, type SlackOptions } from './slack-answers.ts'
import { askAboutVault, type VaultOptions } from './vault-answers.ts'

/** The options of `latchkey init`. */
export type InitOptions = VaultOptions &
  SlackOptions &
  ImportOptions & {
    readonly config?: string
    readonly owner?: readonly string[]
    readonly requester?: readonly string[]
    readonly length?: readonly string[]
    readonly link?: string
    readonly name: string
    readonly setup?: boolean
    readonly force?: boolean
  }

type Places = { readonly config: string; readonly people: string; readonly environment: string }

/** `latchkey init` asks, looks, writes the configuration and the people file, and ends with `doctor`. */
export const initialise = async (options: InitOptions, io: Io): Promise<void> => {
  const config = resolve(configFile(options, io))
  const folder = dirname(config)
  const places = { config, people: join(folder, 'people.yaml'), environment: join(folder, 'latchkey.env') }
  if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,39}$/.test(options.name))
    throw usageError(`--name ${options.name}: use letters, digits and "-", at most 40`)
  await writable(folder)
  const ask = newAsker(io, () => neededOptions(options, io))
  await mayReplace(places, options, io)
  io.note('Six questions; Enter takes the answer in brackets, Ctrl-C writes nothing.')
  const answers = await throughOutbound(options, io, (slack) => askAll(ask, options, places, slack, io))
  const tokens = await write(places, answers, io)
  await prepare(places, answers, options, io)
  await finish(
    places,
    { ...io, environment: { ...io.environment, ...tokens } },
    {
      hasTokens: Object.keys(tokens).length > 0,
      someone: keyFrom(answers.owners[0]?.handle ?? ''),
    },
  )
}

const askAll = async (
  ask: Asker,
  options: InitOptions,
  { people, config }: Places,
  slackWay: Parameters<typeof askAboutSlack>[2],
  io: Io,
): Promise<Answers> => {
  const vault = await askAboutVault(ask, options, io)
  const slack = await askAboutSlack(ask, options, slackWay, io)
  const named = membersNamed(slack)
  const who = slack.members ? 'short names, addresses or ids in Slack' : 'ids in Slack, U…'
  io.note(`\n4. Who decides on requests: ${who}.`)
  const owners = await ask({
    option: '--owner',
    given: options.owner?.join(','),
    text: '   Owners',
    read: named,
  })
  io.note('\n5. Who may request access, and for how long.')
  const everybody = slack.members?.filter(({ leftOut }) => leftOut === undefined)
  const requesters = await ask({
    option: '--requester',
    given: options.requester?.join(','),
    text: `   Requesters${everybody ? ` (everybody: ${everybody.length} people)` : ''}`,
    ...(everybody && { proposal: 'everybody' }),
    isNeeded: true,
    read: (text) => (text === 'everybody' && everybody ? everybody : named(text)),
  })
  const lengths = await ask({
    option: '--length',
    given: options.length?.join(','),
    text: '   Lengths of access',
    proposal: '15m, 1h, 4h',
    read: (text) => {
      const wrong = parts(text).find((one) => !lengthOf(one))
      if (wrong === undefined) return parts(text)
      throw new CliError(`${wrong}: write lengths such as 15m, 1h30m or 2d`)
    },
  })
  io.note('\n6. Where browsers reach Latchkey, for the page behind each one-time link.')
  const link = await ask({
    option: '--link',
    given: options.link,
    text: '   Address of the links',
    proposal: linkNear(vault.address),
    isNeeded: true,
    read: (text) => {
      const { data, error } = LinkAddress.safeParse(text)
      if (data !== undefined) return data
      throw new CliError(error?.issues[0]?.message ?? 'write an address')
    },
  })
  const credentials = join(dirname(config), 'credentials')
  return { vault, slack, owners, requesters, lengths, link, name: options.name, credentials, people: basename(people) }
}

/** An address beside that of the vault. */
const linkNear = (vault: string): string => {
  if (isOwnAddress(vault)) return 'http://127.0.0.1:8080'
  const [, ...domain] = new URL(vault).hostname.split('.')
  return domain.length > 1 ? `https://latchkey.${domain.join('.')}` : 'https://latchkey.example.com'
}

/** The options that must be given where nobody can answer. */
const neededOptions = (options: InitOptions, { environment }: Io): readonly string[] => [
  ...(options.vault || environment.BAO_ADDR || environment.VAULT_ADDR ? [] : ['--vault']),
  ...(options.workspace || environment.SLACK_BOT_TOKEN ? [] : ['--workspace (or SLACK_BOT_TOKEN)']),
  ...(options.owner ? [] : ['--owner']),
  ...(options.requester ? [] : ['--requester']),
  ...(options.link ? [] : ['--link']),
]

const mayReplace = async (places: Places, { force }: InitOptions, io: Io): Promise<void> => {
  const all = await Promise.all(Object.values(places).map(async (path) => ((await exists(path)) ? [path] : [])))
  const there = all.flat().map((path) => basename(path))
  if (there.length === 0 || force) return
  const typed = await isYes(
    io,
    `${there.join(' and ')} exist${there.length === 1 ? 's' : ''}. Replace? Type yes [no]: `,
  )
  if (typed === undefined) throw usageError(`${there.join(' and ')} would be replaced: add --force, or choose --config`)
  if (!typed) throw new CliError('nothing was written')
}

/** Told before the questions, not after them. */
const writable = (folder: string): Promise<void> =>
  checkWritable(join(folder, 'latchkey.yaml')).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : error
    throw new CliError(`${folder} cannot be written to (${code}); choose another place with --config`)
  })

/** Also for a link that leads nowhere: it would be written through. */
const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  )

/** `undefined` where nobody can answer. */
const isYes = async (io: Io, question: string, instead = 'nothing was written'): Promise<boolean | undefined> => {
  const typed = await io.ask(question).catch((error: unknown) => {
    const isInterrupted = error instanceof CliError && error.exitCode === exitCodes.interrupted
    throw isInterrupted ? new CliError(instead, exitCodes.interrupted) : error
  })
  return typed === undefined ? undefined : /^\s*y(es)?\s*$/i.test(typed)
}

/** Writes the files, the one with secrets for its owner only. Returns the tokens in it. */
const write = async (places: Places, answers: Answers, io: Io): Promise<Readonly<Record<string, string>>> => {
  const tokens = Object.fromEntries(Object.entries(answers.slack.typed).map(([name, one]) => [name, one.reveal()]))
  await writeAnew(places.config, configText(answers), 0o644)
  await writeAnew(places.people, peopleText(answers), 0o644)
  const written = [places.config, places.people]
  if (Object.keys(tokens).length > 0) {
    await writeAnew(places.environment, environmentText(answers.slack), 0o600)
    written.push(places.environment)
  }
  io.say()
  for (const path of written) io.say(`Written: ${path}`)
  const kept = ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'SLACK_SIGNING_SECRET'].filter((name) => io.environment[name])
  if (kept.length > 0) io.say(`Not written, because your environment has it: ${kept.join(', ')}`)
  return tokens
}

/** A new file in place of what is there: neither its mode nor the target of a link counts. */
const writeAnew = async (path: string, text: string, mode: number): Promise<void> => {
  await rm(path, { force: true })
  await writeFile(path, text, { mode, flag: 'wx' })
}

/** Prepares the vault, or prints the command. */
const prepare = async ({ config }: Places, answers: Answers, options: InitOptions, io: Io): Promise<void> => {
  const { vault, credentials } = answers
  const { address: internalUrl, isAdmin, ...rest } = vault
  const params = vaultParams.parse({ ...rest, internalUrl, credentials: { folder: credentials } })
  if (isAdmin && options.setup === undefined)
    io.note('\nThe vault needs a policy, a role and credentials (README, Set up the vault).')
  const question = 'Make them now? Type yes [no]: '
  const stopped = 'the files are written; the vault was not touched'
  const isWanted = isAdmin && (options.setup ?? (await isYes(io, question, stopped)))
  if (!isWanted) {
    io.say('\nThe vault still needs its set-up, with an administrator’s token in BAO_TOKEN:')
    io.say(setupCommand(params, '--unwrapped', '--credentials-dir', credentials))
    return
  }
  io.say()
  await setUp({ apply: true, config, unwrapped: true, credentialsDir: credentials, isConfigured: true }, io)
}

/** Reads back what was written, and checks everything. */
const finish = async (
  { config, environment }: Places,
  io: Io,
  { hasTokens, someone }: { readonly hasTokens: boolean; readonly someone: string },
): Promise<void> => {
  const { problems } = await problemsOfConfig(config, {}, io)
  for (const problem of problems) io.say(problem)
  if (problems.length === 0) io.say(`${config} is in order.`)
  io.say()
  await examine({ config }, io).finally(() => {
    io.say('\nStart it with:')
    if (hasTokens) io.say(`set -a; . ${environment}; set +a`)
    io.say(`latchkey serve --config ${config}`)
    io.say(`Then try the buttons: latchkey slack test --config ${config} --to ${someone}`)
    io.say(`\nOwner tags are not read before you uncomment resourceOwner in ${basename(config)}.`)
  })
}
