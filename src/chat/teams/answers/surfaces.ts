import type { FormView, MessageView, Option, Origin } from '../../../views/view-model.ts'
import { decodeField, encodeField } from '../../conversation/codec.ts'
import type { Sender } from '../../conversation/port.ts'
import { isWordsOnly, toCard, toSentence } from '../cards/render.ts'
import { type Choices, toDialog, toFormInPlace } from '../cards/render-form.ts'
import { cardAnswer, dialogAnswer, nothing, sentenceAnswer } from '../deliveries/answers.ts'
import type { Delivered } from '../deliveries/gate.ts'
import type { TeamsContext } from './context.ts'
import type { Beside, Surface } from './one-answer.ts'
import { placeOf } from './values.ts'

const filed = 'Your request is filed. Answers come in your chat with Latchkey.'

/** Answers to a wish for a dialog, and to a button in one, in the form of the kind of delivery. */
export const dialogSurface = (context: TeamsContext, { sender }: Pick<Delivered, 'sender'>, name: string): Surface => ({
  view: (view) =>
    isWordsOnly(view) ? sentenceAnswer(name, toSentence(view)) : dialogAnswer({ ...small, card: attached(view) }),
  form: async (form, { say, search = '' }) =>
    dialogAnswer(toDialog(form, { choices: await choicesFor(context, sender, form, search), say, search })),
  closed: async () => {
    if (name === 'composeExtension/submitAction') return sentenceAnswer(name, filed)
    return name === 'task/submit' ? nothing : sentenceAnswer(name, 'Done.')
  },
})

const small = { title: 'Latchkey', width: 'medium', height: 'medium' } as const
const attached = (view: MessageView) => ({
  contentType: 'application/vnd.microsoft.card.adaptive',
  content: toCard(view, { isInDialog: true }),
})

/** Milliseconds for the first entries of menus, which are only a convenience. */
const patience = 700

/** The first entries of each menu that asks for more while a person types. */
const choicesFor = async (
  { inbound }: Pick<TeamsContext, 'inbound'>,
  sender: Sender,
  { inputs }: FormView,
  typed: string,
): Promise<Choices> => {
  const found: Record<string, readonly Option[]> = {}
  const searches = inputs.map(async (input) => {
    if (input.kind !== 'typeahead') return
    const key = encodeField(input)
    await inbound.suggest(sender, { field: decodeField(key), typed }, async (options) => {
      found[key] = options
    })
  })
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, patience)
  await Promise.race([Promise.all(searches), promise])
  clearTimeout(timer)
  return { ...found }
}

/** The place of a used card: what leads back to it, and whether it is a form that must not stay. */
export type CardPlace = { readonly origin: Origin | undefined; readonly isForm: boolean }

/** Answers to a button of a card, in the place of the card and for this person alone. */
export const cardSurface = (context: TeamsContext, delivered: Delivered, { origin, isForm }: CardPlace): Surface => ({
  view: (view) =>
    isWordsOnly(view) && !isForm
      ? sentenceAnswer('adaptiveCard/action', toSentence(view))
      : cardAnswer(toCard(view, origin ? { back: origin } : {})),
  form: async (form: FormView, { say }: Beside) => {
    const seal = (payload: string) => context.formSeals.seal(delivered.sender.identity, payload)
    return cardAnswer(toFormInPlace(form, { back: origin, say, seal }))
  },
  closed: () => asNow(context, delivered, origin),
})

/** The card as the rows say now, or the person's own list in the place of a list. It writes nothing to Teams. */
export const asNow = async (
  { inbound }: Pick<TeamsContext, 'inbound'>,
  { activity, sender }: Delivered,
  origin: Origin | undefined,
) => {
  let answer = sentenceAnswer('adaptiveCard/action', 'Done.')
  const say = async (view: MessageView) => {
    answer = isWordsOnly(view) ? sentenceAnswer('adaptiveCard/action', toSentence(view)) : cardAnswer(toCard(view))
  }
  const message = activity.replyToId ?? undefined
  if (origin && 'list' in origin) await inbound.command(sender, 'mine', { say, open: noForm })
  else if (origin && message !== undefined) {
    const stands = { card: origin.card, message: { conversation: placeOf(activity), message } }
    const show = async (view: MessageView) => {
      answer = cardAnswer(toCard(view))
    }
    await inbound.refresh(sender, stands, { say, show })
  }
  return answer
}

const noForm = () => Promise.reject(new Error('this command opens no form'))
