import { basename, dirname, join } from 'node:path'
import { LinkAddress } from '../../config/schema.ts'
import { isOwnAddress } from '../../domain/address.ts'
import { lengthOf } from '../../domain/length.ts'
import type { Io } from '../io.ts'
import { throughProxy } from '../people/slack-people.ts'
import { CliError } from '../trouble.ts'
import { type Asker, parts } from './answers.ts'
import type { ChatAnswers, ChatQuestions } from './chats.ts'
import type { Answers } from './files.ts'
import { askForPeople } from './people.ts'
import type { InitOptions, Places } from './run.ts'
import { askAboutVault } from './vault-answers.ts'

/** Asks everything, and looks at the vault and at the chats. Writes nothing. */
export const askAll = (
  ask: Asker,
  chosen: readonly ChatQuestions[],
  options: InitOptions,
  places: Places,
  io: Io,
): Promise<Answers> =>
  throughProxy(io, async (way) => {
    const surroundings = { options, io, way, folder: dirname(places.config) }
    const questions = chosen.map((one) => one.questions(surroundings))
    const vault = await askAboutVault(ask, options, io)
    const chats: ChatAnswers[] = []
    for (const [index, about] of questions.entries()) chats.push(await about(ask, 3 + index))
    const next = 3 + chats.length
    const people = await askAboutPeople(ask, chats, options, next, io)
    io.note(`\n${next + 2}. Where browsers reach Latchkey, for the page behind each one-time link.`)
    const link = await askForLink(ask, chats, options.link, vault.address)
    const more: Record<string, Uint8Array> = {}
    for (const { afterLink } of chats) Object.assign(more, await afterLink?.(ask, link))
    const credentials = join(dirname(places.config), 'credentials')
    const own = { name: options.name, credentials, people: basename(places.people) }
    return { vault, chats, link, more, ...people, ...own }
  })

const askAboutPeople = async (
  ask: Asker,
  chats: readonly ChatAnswers[],
  options: InitOptions,
  number: number,
  io: Io,
): Promise<Pick<Answers, 'owners' | 'requesters' | 'lengths'>> => {
  const naming = chats.map((chat) => chat.naming)
  const [only] = naming.length === 1 ? (naming[0] ?? []) : []
  io.note(`\n${number}. Who decides on requests${only === undefined ? '' : `: ${only}`}.`)
  for (const [what, ...more] of naming)
    for (const line of only === undefined ? [`   ${what}:`, ...more] : more) io.note(line)
  if (chats.length > 1) io.note('   "OBJECT-ID @short-name" is one more account of somebody named in Slack.')
  const owners = await askForPeople(ask, chats, {
    ...{ option: '--owner', given: options.owner, text: 'Owners', isForAll: false, before: [] },
  })
  io.note(`\n${number + 1}. Who may request access, and for how long.`)
  const requesters = await askForPeople(ask, chats, {
    ...{ option: '--requester', given: options.requester, text: 'Requesters', isForAll: true, before: owners },
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
  return { owners, requesters, lengths }
}

const askForLink = (
  ask: Asker,
  chats: readonly ChatAnswers[],
  given: string | undefined,
  vault: string,
): Promise<string> => {
  const faultOf = (link: string) => chats.map(({ linkFault }) => linkFault?.(link)).find((one) => one !== undefined)
  const near = linkNear(vault)
  return ask({
    option: '--link',
    given,
    text: '   Address of the links',
    ...(faultOf(near) === undefined && { proposal: near }),
    isNeeded: true,
    read: (text) => {
      const { data, error } = LinkAddress.safeParse(text)
      if (data === undefined) throw new CliError(error?.issues[0]?.message ?? 'write an address')
      const fault = faultOf(data)
      if (fault !== undefined) throw new CliError(fault)
      return data
    },
  })
}

/** An address beside that of the vault. */
const linkNear = (vault: string): string => {
  if (isOwnAddress(vault)) return 'http://127.0.0.1:8080'
  const [, ...domain] = new URL(vault).hostname.split('.')
  return domain.length > 1 ? `https://latchkey.${domain.join('.')}` : 'https://latchkey.example.com'
}
