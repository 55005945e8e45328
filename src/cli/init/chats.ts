import type { Platform } from '../../domain/platform.ts'
import type { Secret } from '../../domain/secret.ts'
import type { Io } from '../io.ts'
import type { Member } from '../people/people-text.ts'
import { CliError, usageError } from '../trouble.ts'
import { type Asker, parts } from './answers.ts'
import type { ChatOptions } from './chat-options.ts'
import type { Account, NamedMember } from './people.ts'
import { slackQuestions } from './slack-answers.ts'
import { teamsQuestions } from './teams-answers.ts'

/** What `latchkey init` asks about one chat. */
export type ChatQuestions = {
  readonly title: string
  /** The variables with its secrets. */
  readonly variables: readonly string[]
  /** Whether an option is about this chat. */
  readonly isMeant: (options: ChatOptions) => boolean
  /** The options that must be given where nobody can answer. */
  readonly needed: (options: ChatOptions, environment: Io['environment']) => readonly string[]
  /** The files that are written besides, when these options leave it so. */
  readonly files: (options: ChatOptions) => readonly string[]
  /** Throws what is wrong with the options. Then asks, under the given number. */
  readonly questions: (surroundings: Surroundings) => (ask: Asker, number: number) => Promise<ChatAnswers>
}

export type Surroundings = {
  readonly options: ChatOptions
  readonly io: Io
  readonly way: typeof fetch
  /** The folder of the configuration. */
  readonly folder: string
}

/** What an operator said about a chat, and what the chat said. */
export type ChatAnswers = {
  readonly platform: Platform
  readonly title: string
  /** Its section of the configuration, as lines. */
  readonly section: readonly string[]
  /** What belongs in the environment file, by variable. */
  readonly typed: Readonly<Record<string, Secret>>
  /** Everybody in the organisation; absent where the chat cannot list them. */
  readonly members?: readonly Member[]
  /** How people are named here, and more lines about that. */
  readonly naming: readonly [string, ...string[]]
  /** Whether an option's word names an account of this chat, where there are several. */
  readonly isOwn: (word: string) => boolean
  /** Reads who is meant; `before` are the accounts that were named already. */
  readonly named: (text: string, before: readonly Account[]) => Promise<readonly NamedMember[]>
  /** Why people's browsers, and the chat, cannot reach Latchkey there. */
  readonly linkFault?: (link: string) => string | undefined
  /** Asks what depends on the address; returns the files besides, by name. */
  readonly afterLink?: (ask: Asker, link: string) => Promise<Readonly<Record<string, Uint8Array>>>
  /** What is left to do, one line each. */
  readonly last: (end: End) => readonly string[]
}

/** How the set-up ended. */
export type End = {
  readonly config: string
  readonly link: string
  /** The key of an owner with an account in this chat. */
  readonly someone: string
  /** The names of the files that were written besides. */
  readonly files: readonly string[]
}

const table: Readonly<Record<Platform, ChatQuestions>> = { slack: slackQuestions, teams: teamsQuestions }
const keys = Object.keys(table) as readonly Platform[]

/** The variables with secrets of all chats. */
export const chatVariables = Object.values(table).flatMap(({ variables }) => variables)

/** Which chats people use. Options of a chat answer that; its variables only propose it. */
export const chosenChats = async (
  ask: Asker,
  options: ChatOptions,
  { environment }: Io,
): Promise<readonly ChatQuestions[]> => {
  const meant = keys.filter((key) => table[key]?.isMeant(options))
  const isSet = (name: string) => Boolean(environment[name] || environment[`${name}_FILE`])
  const set = keys.filter((key) => table[key]?.variables.some(isSet))
  const chosen =
    options.chat === undefined && meant.length > 0
      ? meant
      : await ask({
          option: '--chat',
          given: options.chat?.join(','),
          text: `The chat that people use: ${keys.join(', ')}, or both`,
          proposal: set.length > 1 ? 'both' : (set[0] ?? 'slack'),
          read: readChats,
        })
  const other = meant.find((key) => !chosen.includes(key))
  if (other !== undefined) throw usageError(`there are options for ${table[other]?.title}: add --chat ${other}`)
  return chosen.flatMap((key) => table[key] ?? [])
}

const readChats = (text: string): readonly Platform[] => {
  const words = parts(text.toLowerCase())
  const wrong = words.find((word) => word !== 'both' && !keys.some((key) => key === word))
  if (wrong !== undefined || words.length === 0)
    throw new CliError(`${wrong === undefined ? '' : `${wrong}: `}write ${keys.join(', ')} or both`)
  return keys.filter((key) => words.includes('both') || words.includes(key))
}
