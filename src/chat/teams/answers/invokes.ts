import type { Origin } from '../../../views/view-model.ts'
import { decodeButton, decodeField, decodeForm, encodeButton } from '../../conversation/codec.ts'
import type { Press } from '../../conversation/port.ts'
import { readBack, readPress } from '../cards/actions.ts'
import { readForm, type SubmittedForm } from '../cards/form-data.ts'
import { toSentence } from '../cards/render.ts'
import { toChoices } from '../cards/render-form.ts'
import type { InvokeActivity } from '../deliveries/activity.ts'
import { type Answer, foundAnswer, searchAnswer, sentenceAnswer } from '../deliveries/answers.ts'
import type { Delivered } from '../deliveries/gate.ts'
import type { TeamsContext } from './context.ts'
import { foundEntry } from './found.ts'
import { installCard, isMissing } from './install.ts'
import { answerInTime, answerOnce, type Replies, type Surface } from './one-answer.ts'
import { takeForm } from './sent-form.ts'
import { asNow, cardSurface, dialogSurface } from './surfaces.ts'
import {
  isJustInstalled,
  isPersonal,
  placeOf,
  readCommand,
  readData,
  readExecute,
  readQuery,
  readSearch,
} from './values.ts'

/** An invoke of an admitted sender. */
export type Invoked = Delivered & { readonly activity: InvokeActivity }
/** Answers an invoke; it never rejects. */
export type AnswerInvoke = (context: TeamsContext, invoked: Invoked) => Promise<Answer>

const unknownAction = 'This button is from another version of Latchkey. Start again from a newer message.'

/** The answers by the name of the invoke. All others get a sentence. */
export const invokes: Readonly<Record<string, AnswerInvoke>> = {
  /** A button of a card in a message. */
  'adaptiveCard/action': async (context, invoked) => {
    const { verb, data } = readExecute(invoked.activity.value)
    const [press, form, back] = [readPress(data), readForm(data), readBack(data)]
    if (verb === 'refresh') return inTime(invoked, asNow(context, invoked, back))
    if (verb === 'press' && press !== undefined) {
      const surface = cardSurface(context, invoked, { origin: originOf(press), isForm: false })
      return pressed(context, invoked, surface, { payload: press, stands: standsOf(invoked) })
    }
    if (verb === 'form' && form) return filledInPlace(context, invoked, form)
    return sentenceAnswer(invoked.activity.name, unknownAction)
  },

  /** A button of a card in a message, whose answer is a dialog. */
  'task/fetch': async (context, invoked) => {
    const press = readPress(readData(invoked.activity.value))
    if (press === undefined) return sentenceAnswer(invoked.activity.name, unknownAction)
    const surface = dialogSurface(context, invoked, invoked.activity.name)
    return pressed(context, invoked, surface, { payload: press, stands: standsOf(invoked) })
  },

  'task/submit': (context, invoked) => inDialog(context, invoked),

  /** The command of the message extension, in the box for messages or on a message. */
  'composeExtension/fetchTask': async (context, invoked) => {
    if (await isMissing(context, invoked.activity)) return installCard()
    return requestForm(context, invoked, readCommand(invoked.activity.value).message)
  },

  'composeExtension/submitAction': async (context, invoked) => {
    // Teams sends this after the installation in place of a new wish for the form.
    if (isJustInstalled(readData(invoked.activity.value))) return requestForm(context, invoked, '')
    return inDialog(context, invoked)
  },

  /** A person looks for their own access, to name it in a message. */
  'composeExtension/query': (context, invoked) => inTime(invoked, found(context, invoked)),

  /** A menu asks for entries while a person types. */
  'application/search': (context, invoked) => inTime(invoked, entries(context, invoked)),
}

/** Teams shows no more of a search. */
const shown = 15
const slow = 'That took too long. Please try again.'

const inTime = (invoked: Invoked, answer: Promise<Answer>): Promise<Answer> =>
  answerInTime(performance.now() - invoked.arrivedAt, sentenceAnswer(invoked.activity.name, slow), answer)

const found = async (context: TeamsContext, { activity, sender }: Invoked): Promise<Answer> => {
  const typed = readQuery(activity.value).toLowerCase()
  let answer = sentenceAnswer(activity.name, 'You have no access and no requests.')
  await context.inbound.own(sender, {
    say: async (view) => {
      answer = sentenceAnswer(activity.name, toSentence(view))
    },
    show: async (own) => {
      const found = own.map(foundEntry).filter(({ words }) => words.includes(typed))
      if (found.length > 0) answer = foundAnswer(found.slice(0, shown).map(({ attachment }) => attachment))
    },
  })
  return answer
}

const entries = async ({ inbound }: TeamsContext, { activity, sender }: Invoked): Promise<Answer> => {
  const { typed, dataset } = readSearch(activity.value)
  let answer = searchAnswer([])
  await inbound.suggest(sender, { field: decodeField(dataset), typed }, async (options) => {
    answer = searchAnswer(toChoices(options))
  })
  return answer
}

/** The message of a pressed button, as its own payload says; the turn checks it. */
const originOf = (press: string): Origin | undefined => decodeButton(press)?.origin

const standsOf = ({ activity }: Invoked): Press['stands'] => {
  const { replyToId } = activity
  return replyToId
    ? { message: { conversation: placeOf(activity), message: replyToId }, isPrivate: isPersonal(activity) }
    : undefined
}

const once = (
  context: TeamsContext,
  invoked: Invoked,
  surface: Surface,
  work: (replies: Replies) => Promise<unknown>,
): Promise<Answer> => {
  const elapsed = performance.now() - invoked.arrivedAt
  return answerOnce({ surface, later: context.whisper(invoked), log: context.log, elapsed }, work)
}

const pressed = (context: TeamsContext, invoked: Invoked, surface: Surface, press: Press): Promise<Answer> =>
  once(context, invoked, surface, (replies) => context.inbound.press(invoked.sender, press, replies))

const filled = (context: TeamsContext, invoked: Invoked, surface: Surface, form: SubmittedForm): Promise<Answer> =>
  once(context, invoked, surface, (replies) => takeForm(context.inbound, invoked.sender, form, replies))

/**
 * A form in the place of a card. Whoever has our token can post a card with such a button under other words, so only a form
 * that was drawn for this person counts. Any other is a press of a button that stands nowhere.
 */
const filledInPlace = (context: TeamsContext, invoked: Invoked, form: SubmittedForm): Promise<Answer> => {
  const surface = cardSurface(context, invoked, { origin: form.back, isForm: true })
  if (context.formSeals.isSealed(form.seal, invoked.sender.identity, form.payload)) {
    return filled(context, invoked, surface, form)
  }
  const command = decodeForm(form.payload)?.command
  const meant = command?.form === 'confirm' ? command.change : ({ do: 'request' } as const)
  return pressed(context, invoked, surface, { payload: encodeButton(meant), stands: undefined })
}

/** A sent dialog, or a button in one. Only its person sees a dialog. */
const inDialog = async (context: TeamsContext, invoked: Invoked): Promise<Answer> => {
  const { name, value } = invoked.activity
  const data = readData(value)
  const surface = dialogSurface(context, invoked, name)
  const form = readForm(data)
  if (form) return filled(context, invoked, surface, form)
  const press = readPress(data)
  if (press === undefined) return sentenceAnswer(name, unknownAction)
  return pressed(context, invoked, surface, { payload: press, stands: { isPrivate: true } })
}

/** Longest words that the form takes from a message, in characters; a button carries no more. */
const longest = 450

/** Opens the request form as a button of the person's own list would; a message fills in the reason. */
const requestForm = (context: TeamsContext, invoked: Invoked, message: string): Promise<Answer> => {
  const { sender, activity } = invoked
  const words = message === '' ? '' : `because ${[...message].slice(0, longest).join('')}`
  const payload = encodeButton({ do: 'request', words }, { list: context.seals.seal(sender.identity) })
  const surface = dialogSurface(context, invoked, activity.name)
  return pressed(context, invoked, surface, { payload, stands: { isPrivate: true } })
}
