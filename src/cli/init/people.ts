import type { Platform } from '../../domain/platform.ts'
import type { Member } from '../people/people-text.ts'
import { CliError } from '../trouble.ts'
import type { Asker } from './answers.ts'
import type { ChatAnswers } from './chats.ts'

/** An account that was named, in its chat. `of` is the handle of the person who has it besides another account. */
export type Account = Member & { readonly platform: Platform; readonly of?: string }

/** The same before its chat is told. */
export type NamedMember = Omit<Account, 'platform'>

/** One person with an account in one or more chats. */
export type Named = Pick<Member, 'handle' | 'name'> & { readonly accounts: Readonly<Record<Platform, string>> }

/** The people behind the accounts, each once. */
export const peopleOf = (all: readonly Account[]): readonly Named[] => {
  const people: Named[] = []
  for (const { platform, identity, handle, name, of } of all) {
    if (people.some(({ accounts }) => accounts[platform] === identity)) continue
    const at = people.findIndex((one) => one.handle === of && accountless(one, platform))
    const person = people[at]
    if (person) people[at] = { ...person, accounts: { ...person.accounts, [platform]: identity } }
    else people.push({ handle, name, accounts: { [platform]: identity } })
  }
  return people
}

const accountless = ({ accounts }: Named, platform: Platform): boolean => accounts[platform] === undefined

/** Whether one of the accounts is of this person. */
export const isAmong = ({ accounts }: Named, all: readonly Account[]): boolean =>
  all.some(({ platform, identity }) => accounts[platform] === identity)

const nobody = 'none'

type Asked = {
  readonly option: string
  /** What the option said. */
  readonly given?: readonly string[] | undefined
  /** What the people are called. */
  readonly text: string
  /** Whether everybody of a chat may be meant. */
  readonly isForAll: boolean
  /** Who was named before. */
  readonly before: readonly Account[]
}

/** Asks in each chat for the people with a right. With several chats, nobody may have it in one of them. */
export const askForPeople = async (
  ask: Asker,
  chats: readonly ChatAnswers[],
  { option, given, text, isForAll, before }: Asked,
): Promise<readonly Account[]> => {
  const all: Account[] = []
  for (const [index, chat] of chats.entries()) {
    const mayBeNobody = index < chats.length - 1 || all.length > 0
    const everybody = isForAll ? chat.members?.filter(({ leftOut }) => leftOut === undefined) : undefined
    const proposal = everybody ? 'everybody' : all.length > 0 ? nobody : undefined
    const place = chats.length > 1 ? ` in ${chat.title}` : ''
    const found = await ask({
      option,
      given: given && wordsFor(chat, chats, given),
      text: `   ${text}${place}${everybody ? ` (everybody: ${everybody.length} people)` : ''}`,
      ...(proposal !== undefined && { proposal }),
      isNeeded: true,
      read: async (typed) => {
        if (typed === nobody && mayBeNobody) return []
        return typed === 'everybody' && everybody ? everybody : chat.named(typed, [...before, ...all])
      },
    })
    all.push(...found.map((member) => ({ ...member, platform: chat.platform })))
  }
  return all
}

/** The words of an option that are about a chat: those in its form, and for the first chat whatever is in no form. */
const wordsFor = (chat: ChatAnswers, chats: readonly ChatAnswers[], given: readonly string[]): string => {
  if (chats.length === 1) return given.join(',')
  const own = given.filter((word) => (chats.find(({ isOwn }) => isOwn(word)) ?? chats[0]) === chat)
  return own.join(',') || nobody
}

/** The account of somebody who has one in another chat already. Throws who is not there. */
export const personBefore = (handle: string, before: readonly Account[]): Account => {
  const found = before.find((one) => one.handle === handle)
  if (found) return found
  throw new CliError(
    `nobody named in another chat is called @${handle}; there are: ${before.map((one) => one.handle).join(', ')}`,
  )
}
