import type { App, ViewResponseAction } from '@slack/bolt'
import { reasonLength } from '../../domain/access-request.ts'
import type { RequestId } from '../../domain/ids.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { refusalSentence } from '../../views/copy.ts'
import { plainText } from '../../views/copy-time.ts'
import { type FieldErrors, missingFields, requestFormErrors } from '../../views/forms.ts'
import type { FormView, MessageView } from '../../views/view-model.ts'
import { decodeForm, type FieldValues, readDenyForm, readRequestForm } from '../commands.ts'
import type { Caller } from './identity.ts'
import { fieldsOf, type Interaction, readInteraction, type ViewPayload } from './payload.ts'
import { toModal, toOptions } from './render-form.ts'
import { metadataOf, suggestResources } from './request-form.ts'
import { type Room, whisper } from './room.ts'
import { type No, takeTurn } from './turn.ts'

type Answer = (response?: ViewResponseAction) => Promise<void>
type Submission = { readonly view: ViewPayload; readonly answer: Answer; readonly caller: Caller }

/** Submitted dialogs and the menus in them. */
export const registerForms = (app: App, room: Room): void => {
  app.view(/.*/s, async ({ ack, body }) => {
    let isAnswered = false
    const answer: Answer = async (response) => {
      isAnswered = true
      await (response ? ack(response) : ack())
    }
    const turn = {
      read: () => readInteraction(body),
      answer: async (view: MessageView, refusal?: Refusal) =>
        isAnswered ? tellLater(room, body, view) : answer(inPlace(room, readInteraction(body), view, refusal)),
    }
    await takeTurn<Interaction>(room, turn, async ({ view }, caller) =>
      view ? submit(room, { view, answer, caller }) : undefined,
    )
  })
  app.options(/.*/s, async ({ ack, body }) => {
    const turn = { read: () => readInteraction(body), answer: async () => ack({ options: [] }) }
    await takeTurn<Interaction>(room, turn, async (input, caller) => {
      const admitted = await room.admits(caller.identity, 'minute')
      if (!admitted.ok) return admitted
      await ack({ options: toOptions(await suggestResources(room, input, caller)) })
      return undefined
    })
  })
}

const submit = async (room: Room, submission: Submission): Promise<No | undefined> => {
  const command = decodeForm(metadataOf(submission.view).command)
  if (command?.form === 'deny') return deny(room, command.request, submission)
  if (command?.form === 'request') return request(room, command.draft, submission)
  await submission.answer()
  return undefined
}

/** Checked and filed within the acknowledgement, so that a mistake is told beside its field. */
const request = async (room: Room, draft: string, { view, answer, caller }: Submission): Promise<No | undefined> => {
  const read = readRequestForm(valuesOf(view))
  if (!read.ok) {
    await answer(errorsIn(view, missingFields(read.missing)))
    return undefined
  }
  const admitted = await room.admits(caller.identity, 'minute')
  if (!admitted.ok) return admitted
  const outcome = await room.useCases.submitRequest({ requester: caller.person.id, draft, ...read.value })
  if (!outcome.ok) return outcome
  await answer()
  return undefined
}

/** The reason is checked at once; the decision, for which the vault is asked, comes after the dialog has closed. */
const deny = async (room: Room, id: RequestId, { view, answer, caller }: Submission): Promise<No | undefined> => {
  const read = readDenyForm(valuesOf(view))
  const note = read.ok ? read.value.note.trim() : ''
  const fault = noteFault(note)
  if (fault) {
    await answer(errorsIn(view, { note: plainText(refusalSentence(fault)) }))
    return undefined
  }
  await answer()
  const admitted = await room.admits(caller.identity, 'fresh')
  if (!admitted.ok) return { refusal: admitted.refusal, request: id }
  const outcome = await room.useCases.decideRequest(id, { by: caller.person.id, verdict: 'deny', note })
  return outcome.ok ? undefined : { refusal: outcome.refusal, request: id }
}

const noteFault = (note: string): Refusal | undefined => {
  if (note.length < reasonLength.min) return { code: 'note-required' }
  return note.length > reasonLength.max ? { code: 'reason-too-long', atMost: reasonLength.max } : undefined
}

const valuesOf = (view: ViewPayload): FieldValues =>
  Object.fromEntries([...fieldsOf(view)].map(([name, { value }]) => [name, value]))

/** Before the answer: beside the field it belongs to, or in place of the form when the form is of no use to them. */
const inPlace = (
  room: Room,
  { view }: Interaction,
  message: MessageView,
  refusal: Refusal | undefined,
): ViewResponseAction => {
  const isHopeless = !refusal || refusal.code === 'unknown-person' || refusal.code === 'not-admitted'
  if (view && !isHopeless) return errorsIn(view, requestFormErrors(refusal))
  const form: FormView = {
    title: 'Not possible',
    notes: message.notes,
    inputs: [],
    ...(message.code && { code: message.code }),
    actions: [],
  }
  return { response_action: 'update', view: toModal(form, room.tenant()) }
}

/** Errors beside fields; one whose field is not shown stands beside the resource, on which the others depend. */
const errorsIn = (view: ViewPayload, errors: FieldErrors): ViewResponseAction => {
  const fields = fieldsOf(view)
  const fallback = fields.get('resource')?.block ?? [...fields.values()][0]?.block ?? ''
  const placed = Object.entries(errors).map(([name, sentence]) => [fields.get(name)?.block ?? fallback, sentence])
  return { response_action: 'errors', errors: Object.fromEntries(placed) }
}

const tellLater = async (room: Room, body: unknown, view: MessageView): Promise<void> => {
  const { origin, view: form } = readInteraction(body)
  const conversation = form && metadataOf(form).conversation
  await whisper(room, { conversation, user: origin.user }, view)
}
