import { nameOf } from '../../app/deps.ts'
import type { Identity } from '../../domain/card.ts'
import { cleanLine, cutEnd } from '../../domain/clean.ts'
import { personId } from '../../domain/ids.ts'
import { freeKey } from '../../domain/person-key.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { ExternalError, type Person } from '../../ports.ts'
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
  refusal: Refusal,
): Promise<MessageView> => {
  const { useCases, seals, wasShown } = conversation
  const view = newcomerView({
    newcomer: await newcomerOf(conversation, identity, person),
    sentence: refusalSentence(refusal),
    isAgain: wasShown(`${identity.tenant}/${identity.subject}`),
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
  const { useCases, seals } = conversation
  const seal = typeof origin === 'object' && origin !== null && 'list' in origin ? String(origin.list) : ''
  if (stands?.isPrivate !== true || !seals.isSealed(seal, identity)) return { refusal: { code: 'foreign-message' } }
  const newcomer = await newcomerOf(conversation, identity, person)
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
  conversation: Conversation,
  identity: Identity,
  person: Person | undefined,
): Promise<Newcomer> => {
  const groups = conversation.useCases.requesterGroups()
  if (person) return { identity, key: person.id, name: person.name, isKnown: true, groups }
  const name = await realName(conversation, identity)
  const isTaken = (key: string) => conversation.directory.find(personId(key)) !== undefined
  return { identity, key: freeKey(name ?? 'a-short-key', isTaken), name, isKnown: false, groups }
}

/** The platform's name for the account, on one line; undefined where it does not say. */
const realName = async ({ fullName }: Conversation, identity: Identity): Promise<string | undefined> => {
  try {
    const name = cutEnd(cleanLine((await fullName?.(identity)) ?? ''), 80).trim()
    return name === '' ? undefined : name
  } catch (error) {
    if (!(error instanceof ExternalError)) throw error
    return undefined
  }
}
