import { nameOf } from '../../app/deps.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { outdatedButtonView, refusalSentence } from '../../views/copy.ts'
import { refusedForm } from '../../views/dialogs.ts'
import { type FieldErrors, missingFields, requestFormErrors } from '../../views/forms.ts'
import { alreadyAsked } from '../../views/lists.ts'
import type { FormCommand, FormView, MessageView } from '../../views/view-model.ts'
import { decodeForm } from './codec.ts'
import { aboutOf, confirmed, givenBack } from './confirm.ts'
import type { Conversation } from './conversation.ts'
import { readExtension } from './extend.ts'
import { type FieldValues, placed, readRequestForm } from './fields.ts'
import type { Form, FormAnswer, FormReply, Sender } from './port.ts'
import { redrawn } from './redraw.ts'
import { terminalPermitted } from './terminal.ts'
import { takeTurn, type Work } from './turn.ts'

type Answer = (answer: FormAnswer) => Promise<unknown>
/** A form as filled in; `redraw` makes it again. */
type Filled = { readonly fields: FieldValues; readonly redraw: () => Promise<FormView | undefined> }

/** Handles a submitted form. Texts before its answer appear in the form, later ones in the conversation. */
export const submitted = (conversation: Conversation, sender: Sender, form: Form, reply: FormReply): Promise<void> => {
  const { payload, fields } = form
  const redraw = () => redrawn(conversation, sender, form)
  let isAnswered = false
  const answer: Answer = (each) => {
    isAnswered = true
    return reply.answer(each)
  }
  const carried = decodeForm(payload)
  const later = (view: MessageView) => reply.say(view, carried?.conversation)
  const turn = {
    sender,
    answer: async (view: MessageView, refusal?: Refusal) => {
      if (isAnswered) return later(view)
      const instead = refusal && (await earlierRequest(conversation, sender, refusal))
      if (!instead) return answer(inPlace({ fields, redraw }, view, refusal))
      await answer({ kind: 'close' })
      return later(instead)
    },
  }
  const command = carried?.command
  switch (command?.form) {
    case 'confirm': {
      const grant = givenBack(command.change)
      const work = confirmed(conversation, command, fields, answer, { say: later, later: reply.later, redraw })
      return takeTurn(
        conversation,
        { ...turn, about: aboutOf(command.change) },
        grant ? { givesBack: grant } : 'fresh',
        work,
      )
    }
    case 'request':
      return takeTurn(conversation, turn, 'minute', filed(conversation, command.draft, { fields, redraw }, answer))
    case 'extend': {
      const about = { grant: command.grant }
      return takeTurn(
        conversation,
        { ...turn, about },
        'minute',
        extended(conversation, command, { fields, redraw }, answer),
      )
    }
    case 'terminal':
      return takeTurn(conversation, turn, 'fresh', terminalPermitted(conversation, command.code, answer, later))
    default:
      return takeTurn(conversation, turn, 'minute', {
        act: async () => {
          await answer({ kind: 'replace', form: refusedForm(outdatedButtonView()) })
          return undefined
        },
      })
  }
}

/** Checks and files within the acknowledgement, so that a mistake appears beside its field. */
const filed = (conversation: Conversation, draft: string, form: Filled, answer: Answer): Work => ({
  act: async ({ person }) => {
    const read = readRequestForm(form.fields)
    if (!read.ok) {
      await answer(complaint(form, missingFields(read.missing), outdatedButtonView(), read.of))
      return undefined
    }
    const outcome = await conversation.useCases.submitRequest({ requester: person.id, draft, ...read.value })
    if (!outcome.ok) return outcome
    await answer({ kind: 'close' })
    return undefined
  },
})

/** The same for more time. */
const extended = (
  { useCases }: Conversation,
  { grant, draft }: FormCommand & { form: 'extend' },
  form: Filled,
  answer: Answer,
): Work => ({
  act: async ({ person }) => {
    const { duration, reason } = readExtension(form.fields)
    if (duration === undefined) {
      await answer(complaint(form, missingFields(['duration']), outdatedButtonView()))
      return undefined
    }
    const outcome = await useCases.extendGrant(grant, person.id, { draft, duration, reason })
    if (!outcome.ok) return outcome
    await answer({ kind: 'close' })
    return undefined
  },
})

/** In place of a form that asks for nothing new: what the person has or asked for, with its buttons. */
const earlierRequest = async (
  conversation: Conversation,
  { identity }: Sender,
  refusal: Refusal,
): Promise<MessageView | undefined> => {
  const { useCases, seals } = conversation
  if (refusal.code !== 'already-asked' || refusal.item !== undefined) return undefined
  const person = useCases.identify(identity)
  const own = person.ok ? await useCases.accessOf(person.value.id) : []
  const earlier = own.find(({ request }) => request.id === refusal.request)
  const origin = { list: seals.seal(identity) }
  return earlier && { ...alreadyAsked(refusalSentence(refusal), earlier, own, nameOf(conversation)), origin }
}

/** Beside the field of a refusal, or in place of the form when the person cannot use the form. */
const inPlace = (form: Filled, view: MessageView, refusal: Refusal | undefined): FormAnswer => {
  const isHopeless = !refusal || refusal.code === 'unknown-person' || refusal.code === 'not-admitted'
  return complaint(form, isHopeless ? {} : requestFormErrors(refusal), view)
}

/** Beside the fields, or in place of the form when no field fits. */
const complaint = ({ fields, redraw }: Filled, errors: FieldErrors, view: MessageView, of?: string): FormAnswer => {
  const beside = placed(fields, errors, of)
  return beside.length > 0 ? { kind: 'errors', errors: beside, redraw } : { kind: 'replace', form: refusedForm(view) }
}
