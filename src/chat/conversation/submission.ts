import { nameOf } from '../../app/deps.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { outdatedButtonView, refusalSentence } from '../../views/copy.ts'
import { refusedForm } from '../../views/dialogs.ts'
import { requestFormErrors } from '../../views/form-errors.ts'
import { alreadyAsked } from '../../views/lists.ts'
import type { AskingCommand, MessageView } from '../../views/view-model.ts'
import { decodeForm } from './codec.ts'
import { complaint, type Filled } from './complaint.ts'
import { aboutOf, confirmed, givenBack } from './confirm.ts'
import { controlGroupDenial } from './control-group.ts'
import type { Conversation } from './conversation.ts'
import { filed, refusedLater } from './file-request.ts'
import type { Form, FormAnswer, FormReply, Sender } from './port.ts'
import { redrawn } from './redraw.ts'
import { terminalPermitted } from './terminal.ts'
import { takeTurn } from './turn.ts'

type Answer = (answer: FormAnswer) => Promise<unknown>

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
  const command = carried?.command
  const later = (view: MessageView) => reply.say(view, carried?.conversation)
  const { settle } = reply
  let waiting: AskingCommand | undefined
  const turn = {
    sender,
    answer: async (view: MessageView, refusal?: Refusal) => {
      if (waiting && refusal) {
        const told = await refusedLater(conversation, sender, { again: waiting, settle }, refusal, view)
        return told && later(told)
      }
      if (isAnswered) return later(view)
      const instead = refusal && (await earlierRequest(conversation, sender, refusal))
      if (!instead) return answer(inPlace({ fields, redraw }, view, refusal))
      await answer({ kind: 'close' })
      return later(instead)
    },
  }
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
    case 'extend':
      return takeTurn(
        conversation,
        command.form === 'extend' ? { ...turn, about: { grant: command.grant } } : turn,
        'minute',
        filed(conversation, {
          ...{ command, form: { fields, redraw }, answer, settle },
          waits: (again) => {
            waiting = again
          },
        }),
      )
    case 'terminal':
      return takeTurn(conversation, turn, 'fresh', terminalPermitted(conversation, command.code, answer, later))
    case 'deny-control-group': {
      const work = controlGroupDenial(conversation, command.controlGroup, fields, answer, { say: later, redraw })
      return takeTurn(conversation, turn, 'fresh', work)
    }
    default:
      return takeTurn(conversation, turn, 'minute', {
        act: async () => {
          await answer({ kind: 'replace', form: refusedForm(outdatedButtonView()) })
          return undefined
        },
      })
  }
}

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
