import { membersOf, nameOf } from '../../app/deps.ts'
import { cutEnd } from '../../domain/clean.ts'
import { followerOf } from '../../domain/extension.ts'
import type { PersonId } from '../../domain/ids.ts'
import { nearestWords } from '../../domain/typing-mistakes.ts'
import type { Loaded } from '../../ports.ts'
import { asOf, formBehindButton } from '../../views/answers.ts'
import { extendList } from '../../views/extend-form.ts'
import { helpList, meantList } from '../../views/help.ts'
import { ownAccess, statusList } from '../../views/lists.ts'
import type { MessageView } from '../../views/view-model.ts'
import { whoView } from '../../views/who.ts'
import { wordsInButton } from './codec.ts'
import { controlGroupTold } from './control-group.ts'
import type { Conversation } from './conversation.ts'
import type { Reply, Say, Sender } from './port.ts'
import { namesSomething, openRequestForm } from './request-form.ts'
import { terminalAsked } from './terminal.ts'
import { type Admitted, type Refused, takeTurn } from './turn.ts'

/** Handles typed words. Only the person who typed them sees the answers. */
export const typed = (
  conversation: Conversation,
  sender: Sender,
  text: string,
  { say, open }: Reply,
): Promise<void> => {
  // Pasted paths often have code marks around them.
  const [first = '', ...rest] = withoutAddress(text.replaceAll('`', '').trim().split(/\s+/))
  const [word, words] = [first.toLowerCase(), rest.join(' ')]
  const turn = { sender, answer: say, introduces: true }
  if (word === 'request' && conversation.formsNeedPress) {
    return takeTurn(conversation, turn, 'minute-unless-silent', {
      act: async ({ person, identity }) => {
        const { useCases, seals } = conversation
        await useCases.welcome(person.id)
        if (useCases.mayAskFor(person.id).length === 0) return { refusal: { code: 'not-a-requester', integration: '' } }
        await say({ ...formBehindButton(cutEnd(words, wordsInButton)), origin: { list: seals.seal(identity) } })
        return undefined
      },
    })
  }
  if (word === 'request') {
    return takeTurn(conversation, turn, 'minute-unless-silent', openRequestForm(conversation, words, { open }))
  }
  if (word === 'terminal') {
    return takeTurn(conversation, turn, 'minute-unless-silent', terminalAsked(conversation, words, { say, open }))
  }
  if (word === 'control-group') {
    return takeTurn(conversation, turn, 'minute', controlGroupTold(conversation, words, say))
  }
  return takeTurn(conversation, turn, 'minute', {
    act: async (caller) => {
      await conversation.useCases.welcome(caller.person.id)
      return list(conversation, caller, first, words, say)
    },
  })
}

/** Words from elsewhere may begin with another chat's command or with our name, as in `/vault mine` and `@Latchkey mine`. */
const withoutAddress = (words: readonly string[]): readonly string[] => {
  const [first = '', second = ''] = words
  return /^[/@][\p{L}\p{N}_-]+$/u.test(first) && commands.includes(second.toLowerCase()) ? words.slice(1) : words
}

const list = async (
  conversation: Conversation,
  { person, identity }: Admitted,
  typedWord: string,
  words: string,
  say: Say,
): Promise<Refused | undefined> => {
  const word = typedWord.toLowerCase()
  const { useCases, command, shortcut, seals } = conversation
  const named = nameOf(conversation)
  const now = (view: MessageView): MessageView => asOf(view, conversation.clock.now())
  const theirs = (view: MessageView): MessageView => ({ ...now(view), origin: { list: seals.seal(identity) } })
  if (word === 'mine') {
    const waiting = await useCases.decisionsFor(person.id)
    await say(theirs(ownAccess({ waiting, own: await useCases.accessOf(person.id) }, named, command)))
  } else if (word === 'extend') {
    const own = await useCases.accessOf(person.id)
    await say(theirs(extendList(extendableIn(own, words), named, command)))
  } else if (word === 'status') await say(now(statusList(await useCases.status(person.id))))
  else if (word === 'who' && words !== '') {
    const found = await useCases.whoHas(words, person.id)
    if (!found.ok) return found
    await say(theirs(whoView(found.value, { nameOf: named, peopleOf: membersOf(conversation), command })))
  } else {
    const isHelp = word === '' || word === 'help'
    const meant = isHelp || word === 'who' ? undefined : await meantBy(conversation, person.id, typedWord, words)
    if (meant !== undefined) {
      await say(meantList(command, word, meant))
      return undefined
    }
    const [first] = useCases.mayAskFor(person.id)
    const { linkMaker, webPages, signsTerminalsIn, controlGroups } = useCases
    const tellsControlGroups = controlGroups.isOffered
    const example = first && (await useCases.examplePath(person.id, first.id))
    await say(
      helpList(
        { command, shortcut, example, linkMaker, webPages, signsTerminalsIn, tellsControlGroups },
        isHelp ? undefined : word,
      ),
    )
  }
  return undefined
}

/** Active access without an extension; with words, only that whose paths contain all of them. */
const extendableIn = (own: readonly Loaded[], words: string): readonly Loaded[] => {
  const wanted = words.toLowerCase().split(/\s+/)
  return own.filter(
    ({ grant }) =>
      grant?.state === 'active' &&
      !grant.lapse &&
      !followerOf(grant, own) &&
      grant.items.some(({ path }) => wanted.every((word) => path.toLowerCase().includes(word))),
  )
}

const commands = ['request', 'extend', 'mine', 'who', 'status', 'terminal', 'control-group', 'help']

/** The command that was probably meant: the nearest one, or a request if the words name a resource. */
const meantBy = async (
  conversation: Conversation,
  person: PersonId,
  word: string,
  words: string,
): Promise<string | undefined> => {
  const [near] = nearestWords(word.toLowerCase(), commands, 1)
  if (near !== undefined) return `${near} ${words}`.trim()
  const all = `${word} ${words}`.trim()
  return (await namesSomething(conversation, person, all)) ? `request ${all}` : undefined
}
