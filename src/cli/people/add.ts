import { readFile } from 'node:fs/promises'
import { diff } from 'node:util'
import { z } from 'zod'
import { isConfigured } from '../../app/key-taken.ts'
import { chatKinds } from '../../chat/index.ts'
import type { AccountName } from '../../chat/kind.ts'
import type { Config } from '../../config/read.ts'
import { readYaml } from '../../config/yaml.ts'
import { replaceFile } from '../../connectors/vault/durable-file.ts'
import {
  type Joining,
  type NewAccount,
  type NewPerson,
  withAccount,
  withMember,
  withPerson,
} from '../../directory/people-edit.ts'
import { peopleIn } from '../../directory/people-file.ts'
import { personId } from '../../domain/ids.ts'
import { messageOf } from '../../domain/message-of.ts'
import { keyFrom } from '../../domain/person-key.ts'
import { type Platform, platform } from '../../domain/platform.ts'
import { openOutbound } from '../../outbound.ts'
import type { Database } from '../../ports.ts'
import { storeAt } from '../../store/index.ts'
import { configuration } from '../configured.ts'
import { referencesIn } from '../doctor/references.ts'
import type { Io } from '../io.ts'
import { CliError, usageError } from '../trouble.ts'
import { askedAbout } from './look-up.ts'
import { shortened } from './people-text.ts'

/** The options of `latchkey people add`. */
export type AddOptions = {
  readonly config?: string
  readonly chat?: string
  readonly key?: string
  readonly name?: string
  readonly person?: string
  readonly group?: readonly string[]
  readonly dryRun?: boolean
}

/**
 * `latchkey people add` adds a person to the people file, as the chat calls them, and shows what changed. A person who is
 * there already only joins the groups.
 */
export const addPerson = async (text: string, options: AddOptions, io: Io): Promise<void> => {
  const config = configuration(options, io)
  const chat = chatOf(config, options.chat, text)
  const account = accountIn(chat, text)
  const before = await readFile(config.people, 'utf8').catch((error: unknown) => {
    throw new CliError(`${config.people} cannot be read (${codeOf(error)}); name it under people in the configuration`)
  })
  const joining = joiningOf(before, config.people, chat, account, options)
  if (options.person !== undefined && joining === undefined) {
    const after = await withOther(before, config, { key: options.person, platform: chat, account }, options)
    return write(config, { before, after, key: options.person }, options, io)
  }
  const person = joining ? undefined : await newPerson(config, chat, account, options)
  if (person) refuseKey(before, config.people, person.key)
  if (person && options.key === undefined) await refuseUsedKey(config, person.key)
  const after = person ? withPerson(before, person) : joining ? withMember(before, joining) : before
  await write(config, { before, after, key: (person ?? joining)?.key ?? '' }, options, io)
}

type Change = { readonly before: string; readonly after: string; readonly key: string }

const write = async (config: Config, { before, after, key }: Change, options: AddOptions, io: Io): Promise<void> => {
  if (after === before) return io.note(`${config.people} has that already: nothing to change.`)
  peopleIn(after, config.people, chatKinds)
  for (const line of changes(before, after)) io.say(line)
  if (options.dryRun) return io.note('Nothing was written.')
  await replaceFile(config.people, after).catch((error: unknown) => {
    throw new CliError(`${config.people} cannot be written (${codeOf(error)}): run this as the user who owns it`)
  })
  io.note(`${config.people} has ${key} now. A running server reads it within seconds.`)
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : error)

/** The chat of an account: the named one, the only one, or the only one whose accounts look like this. */
const chatOf = ({ chats }: Config, named: string | undefined, text: string): Platform => {
  const [only, ...others] = chats.keys()
  const names = [...chats.keys()].join(', ')
  if (only === undefined) throw new CliError('no chat is configured, so there are no accounts')
  if (named === undefined && others.length > 0) {
    const [like, ...more] = [...chats.keys()].filter((chat) => chatKinds[chat]?.account.safeParse(text).success)
    if (like !== undefined && more.length === 0) return like
    throw usageError(`name the chat of the account with --chat: ${names}`)
  }
  if (named === undefined) return only
  if (chats.has(platform(named))) return platform(named)
  throw usageError(`--chat ${named}: no such chat is configured; there is ${names}`)
}

/** The account as the people file writes it. Throws what to write where it is none. */
const accountIn = (chat: Platform, text: string): string => {
  const { data, error } = chatKinds[chat]?.account.safeParse(text) ?? {}
  if (!data) throw usageError(`${text}: ${error?.issues[0]?.message ?? 'this is no account'}`)
  return `${data.tenant}/${data.subject}`
}

/** The file with one more account of a person who is in it, such as one in another chat, and in the groups. */
const withOther = async (
  text: string,
  config: Config,
  given: NewAccount & { readonly platform: Platform },
  { key, name, group = [] }: AddOptions,
): Promise<string> => {
  if (key !== undefined || name !== undefined) throw usageError('--person: the person has a key and a name already')
  const { people, groups } = written.parse(readYaml(text, config.people).content)
  if (!Object.hasOwn(people, given.key))
    throw usageError(`--person ${given.key}: nobody in ${config.people} has that key`)
  await lookUp(config, given.platform, given.account)
  const missing = [...new Set(group)].filter((one) => !groups[one]?.includes(given.key))
  return withMember(withAccount(text, given), { key: given.key, groups: missing })
}

const newPerson = async (config: Config, chat: Platform, account: string, options: AddOptions): Promise<NewPerson> => {
  const called = await lookUp(config, chat, account)
  const name = options.name ?? called?.name
  if (name === undefined) {
    const title = config.chats.get(chat)?.title
    throw usageError(
      `give --name: ${title} does not say how this account is called, or there is no token to ask it with`,
    )
  }
  return {
    key: options.key ?? keyFrom(called?.handle ?? name),
    name: shortened(name),
    platform: chat,
    account,
    groups: [...new Set(options.group ?? [])],
  }
}

/** How the chat calls the person; `undefined` without a token. Throws why Latchkey would not serve the account. */
const lookUp = async (config: Config, chat: Platform, text: string): Promise<AccountName | undefined> => {
  const account = chatKinds[chat]?.account.parse(text)
  if (!account) return undefined
  const outbound = openOutbound(config)
  const references = await referencesIn(config.database)
  try {
    const examiner = await config.chats.get(chat)?.examiner(outbound.fetch, references?.conversation)
    if (!examiner) return undefined
    return await askedAbout(examiner, account)
  } finally {
    await references?.close()
    await outbound.close()
  }
}

const written = z.object({
  people: z.record(z.string(), z.record(z.string(), z.unknown())),
  groups: z.record(z.string(), z.array(z.string())).default({}),
})

/**
 * The person with this account, and the groups still to join; `undefined` when nobody has it. Throws first what is wrong
 * with the file. An existing person keeps key and name.
 */
const joiningOf = (
  text: string,
  file: string,
  chat: Platform,
  account: string,
  options: AddOptions,
): Joining | undefined => {
  peopleIn(text, file, chatKinds)
  const { content, complaint } = readYaml(text, file)
  const { people, groups } = written.parse(content)
  for (const [key, entry] of Object.entries(people)) {
    const accounts: unknown = entry[chat]
    const at = Array.isArray(accounts) ? accounts.findIndex((one) => accountIn(chat, String(one)) === account) : -1
    if (at === -1) continue
    const { group: wanted = [], person = key, key: other = person, name } = options
    if (other !== key || name !== undefined || wanted.length === 0)
      throw new CliError(
        complaint(['people', key, chat, at], `${account} is ${key} already; only --group can be added`),
      )
    return { key, groups: [...new Set(wanted)].filter((group) => !groups[group]?.includes(key)) }
  }
  return undefined
}

const refuseKey = (text: string, file: string, key: string): void => {
  const { content, complaint } = readYaml(text, file)
  if (key in written.parse(content).people)
    throw new CliError(complaint(['people', key], `${key} is there already; choose another --key`))
}

/**
 * Rights and rows of somebody who has left still name their key, so it is given only on purpose. Throws where that
 * cannot be known.
 */
const refuseUsedKey = async ({ integrations, database }: Config, key: string): Promise<void> => {
  const choose = `; --key ${key} if this is the same person, else another --key`
  const served = integrations.map(({ integration }) => integration)
  if (isConfigured(key, served))
    throw new CliError(`${key} is not in the people file, but the configuration gives rights to person:${key}${choose}`)
  const store = storeAt(database)
  if (!(await store.exists())) return
  const wasNamed = await namedIn(store, key).catch((error: unknown) => {
    throw new CliError(`whether ${key} was somebody before cannot be read (${messageOf(error)}); choose a --key`)
  })
  if (wasNamed) throw new CliError(`${key} was somebody before, and the database still names them so${choose}`)
}

const namedIn = async (store: Database, key: string): Promise<boolean> => {
  const reader = await store.read()
  try {
    return await reader.wasNamed(personId(key))
  } finally {
    await reader.close()
  }
}

/** The lines that differ, as `diff` shows them, with one line around them. */
const changes = (before: string, after: string): readonly string[] => {
  const all = diff(before.split('\n'), after.split('\n')) // marks lines of the second with -1
  const isNear = (index: number) => all.slice(Math.max(0, index - 1), index + 2).some(([how]) => how !== 0)
  return all.flatMap(([how, line], index) =>
    how === 0 && !isNear(index) ? [] : [`${how < 0 ? '+' : how > 0 ? '-' : ' '} ${line}`.trimEnd()],
  )
}
