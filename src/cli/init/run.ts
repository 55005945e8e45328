import { basename, dirname, join, resolve } from 'node:path'
import { vaultParams } from '../../connectors/vault/params.ts'
import { keyFrom } from '../../domain/person-key.ts'
import type { Platform } from '../../domain/platform.ts'
import { problemsOfConfig } from '../config/check.ts'
import { examine } from '../doctor/examine.ts'
import type { Io } from '../io.ts'
import { configFile } from '../options.ts'
import { usageError } from '../trouble.ts'
import { setUp } from '../vault/setup.ts'
import { setupCommand } from '../vault/setup-command.ts'
import { newAsker } from './answers.ts'
import { askAll } from './ask-all.ts'
import type { ChatOptions } from './chat-options.ts'
import { type ChatQuestions, chatVariables, chosenChats } from './chats.ts'
import { type Answers, configText, environmentText, peopleText } from './files.ts'
import { isYes, mayReplace, writable, writeAnew } from './place.ts'
import type { VaultOptions } from './vault-answers.ts'

/** The options of `latchkey init`. */
export type InitOptions = VaultOptions &
  ChatOptions & {
    readonly config?: string
    readonly owner?: readonly string[]
    readonly requester?: readonly string[]
    readonly length?: readonly string[]
    readonly link?: string
    readonly name: string
    readonly setup?: boolean
    readonly force?: boolean
  }

/** Where the files are written. */
export type Places = { readonly config: string; readonly people: string; readonly environment: string }

/** `latchkey init` asks, looks, writes the configuration and the people file, and ends with `doctor`. */
export const initialise = async (options: InitOptions, io: Io): Promise<void> => {
  const config = resolve(configFile(options, io))
  const folder = dirname(config)
  const places = { config, people: join(folder, 'people.yaml'), environment: join(folder, 'latchkey.env') }
  if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,39}$/.test(options.name))
    throw usageError(`--name ${options.name}: use letters, digits and "-", at most 40`)
  await writable(folder)
  const chosen = await chosenChats(
    newAsker(io, () => ['--chat']),
    options,
    io,
  )
  const ask = newAsker(io, () => neededOptions(options, chosen, io))
  const besides = chosen.flatMap(({ files }) => files(options)).map((name) => join(folder, name))
  await mayReplace([...Object.values(places), ...besides], options, io)
  const count = chosen.length > 1 ? 'Seven' : 'Six'
  io.note(`${count} questions; Enter takes the answer in brackets, Ctrl-C writes nothing.`)
  const answers = await askAll(ask, chosen, options, places, io)
  const tokens = await write(places, answers, io)
  await prepare(places, answers, options, io)
  const environment = { ...io.environment, ...tokens }
  await finish(places, answers, { ...io, environment }, Object.keys(tokens).length > 0)
}

/** The options that must be given where nobody can answer. */
const neededOptions = (
  options: InitOptions,
  chosen: readonly ChatQuestions[],
  { environment }: Io,
): readonly string[] => [
  ...(options.vault || environment.BAO_ADDR || environment.VAULT_ADDR ? [] : ['--vault']),
  ...chosen.flatMap(({ needed }) => needed(options, environment)),
  ...(options.owner ? [] : ['--owner']),
  ...(options.requester ? [] : ['--requester']),
  ...(options.link ? [] : ['--link']),
]

/** Writes the files, the one with secrets for its owner only. Returns the tokens in it. */
const write = async (places: Places, answers: Answers, io: Io): Promise<Readonly<Record<string, string>>> => {
  const typed = answers.chats.flatMap((chat) => Object.entries(chat.typed))
  const tokens = Object.fromEntries(typed.map(([name, one]) => [name, one.reveal()]))
  await writeAnew(places.config, configText(answers), 0o644)
  await writeAnew(places.people, peopleText(answers), 0o644)
  const written = [places.config, places.people]
  if (Object.keys(tokens).length > 0) {
    await writeAnew(places.environment, environmentText(tokens), 0o600)
    written.push(places.environment)
  }
  for (const [name, content] of Object.entries(answers.more)) {
    const path = join(dirname(places.config), name)
    await writeAnew(path, content, 0o644)
    written.push(path)
  }
  io.say()
  for (const path of written) io.say(`Written: ${path}`)
  const kept = chatVariables.filter((name) => io.environment[name])
  if (kept.length > 0) io.say(`Not written, because your environment has it: ${kept.join(', ')}`)
  return tokens
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

/** Reads back what was written, checks everything, and says what is left to do. */
const finish = async ({ config, environment }: Places, answers: Answers, io: Io, hasTokens: boolean): Promise<void> => {
  const { problems } = await problemsOfConfig(config, {}, io)
  for (const problem of problems) io.say(problem)
  if (problems.length === 0) io.say(`${config} is in order.`)
  io.say()
  const end = { config, link: answers.link, files: Object.keys(answers.more) }
  await examine({ config }, io).finally(() => {
    io.say('\nStart it with:')
    if (hasTokens) io.say(`set -a; . ${environment}; set +a`)
    io.say(`latchkey serve --config ${config}`)
    for (const { platform, last } of answers.chats)
      for (const line of last({ ...end, someone: someoneIn(platform, answers) })) io.say(line)
    io.say(`\nOwner tags are not read before you uncomment resourceOwner in ${basename(config)}.`)
  })
}

/** The key of a person with an account in this chat, an owner if there is one. */
const someoneIn = (chat: Platform, { owners, requesters }: Answers): string => {
  const found = [...owners, ...requesters].find(({ platform }) => platform === chat)
  return keyFrom(found?.handle ?? '')
}
