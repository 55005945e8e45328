import { nameOf } from '../../app/deps.ts'
import type { Identity } from '../../domain/card.ts'
import { keysFrom } from '../../domain/person-key.ts'
import type { Refusal } from '../../domain/refusal.ts'
import type { Person } from '../../ports.ts'
import { refusalSentence } from '../../views/copy.ts'
import {
  introducedView,
  type Newcomer,
  newcomerView,
  peopleCommand,
  peopleFileLines,
} from '../../views/introduction.ts'
import type { MessageView } from '../../views/view-model.ts'
import { type Conversation, unheard } from './conversation.ts'
import type { Press, Say, Sender } from './port.ts'
import type { Refused } from './turn.ts'

/** Whether a refusal means that the person may request nothing at all, until the people file says more. */
export const isNewcomers = (refusal: Refusal): boolean =>
  refusal.code === 'unknown-person' || (refusal.code === 'not-a-requester' && refusal.integration === '')

/** The answer to somebody who may request nothing: what an administrator adds, and a button that sends it to them. */
export const newcomerAnswer = async (
  conversation: Conversation,
  { identity }: Sender,
  person: Person | undefined,
  name: string | undefined,
  refusal: Refusal,
): Promise<MessageView> => {
  const { useCases, seals, wasShown } = conversation
  const isAgain = wasShown(`${identity.tenant}/${identity.subject}`)
  const view = newcomerView({
    newcomer: isAgain ? undefined : await newcomerOf(conversation, identity, person, name),
    sentence: refusalSentence(refusal),
    asked: await useCases.askedAdministrators(identity, person?.id),
    nameOf: nameOf(conversation),
  })
  return { ...view, origin: { list: seals.seal(identity) } }
}

/** Sends the lines to the administrators, and says whom they went to. The button must be in our own answer. */
export const askThem = async (
  conversation: Conversation,
  { identity }: Sender,
  person: Person | undefined,
  { stands }: Press,
  origin: unknown,
  say: Say,
): Promise<Refused | undefined> => {
  const { useCases, seals, acquaintance } = conversation
  const seal = typeof origin === 'object' && origin !== null && 'list' in origin ? String(origin.list) : ''
  if (stands?.isPrivate !== true || !seals.isSealed(seal, identity)) return { refusal: { code: 'foreign-message' } }
  const said = await acquaintance(identity)
  if (!said.ok) return said
  const newcomer = await newcomerOf(conversation, identity, person, said.value)
  const command = peopleCommand(newcomer)
  const outcome = await useCases.askAdministrators({
    ...{ identity, person: person?.id },
    ...{ name: newcomer.name ?? newcomer.key, lines: peopleFileLines(newcomer), ...(command && { command }) },
  })
  if (!outcome.ok) return outcome
  await say(introducedView(outcome.value, nameOf(conversation))).catch(unheard(conversation))
  return undefined
}

const newcomerOf = async (
  { useCases }: Conversation,
  identity: Identity,
  person: Person | undefined,
  name: string | undefined,
): Promise<Newcomer> => {
  const groups = useCases.requesterGroups()
  if (person) return { identity, key: person.id, name: person.name, isKnown: true, groups }
  return { identity, key: await unusedKey(useCases, name ?? 'a-short-key'), name, isKnown: false, groups }
}

/**
 * A key that never meant anybody else: rights and rows of people who have left still name theirs. A number tells that
 * the plain key is taken. Only ordinary accounts see it, and the platform shows them the names of everybody anyway.
 */
const unusedKey = async ({ isKeyTaken }: Conversation['useCases'], name: string): Promise<string> => {
  for (const key of keysFrom(name)) if (!(await isKeyTaken(key))) return key
  throw new Error('there is always another number')
}
