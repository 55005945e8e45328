import type { App, ViewResponseAction } from '@slack/bolt'
import type { Refusal } from '../../domain/refusal.ts'
import { outdatedButtonView } from '../../views/copy.ts'
import { missingFields, requestFormErrors, sayingOption } from '../../views/forms.ts'
import type { FormView, MessageView } from '../../views/view-model.ts'
import { decodeForm, readRequestForm } from '../commands.ts'
import { confirmed, givenBack } from './confirm.ts'
import { type Interaction, readInteraction } from './payload.ts'
import { toModal, toOptions } from './render-form.ts'
import { metadataOf, suggestResources } from './request-form.ts'
import { type Room, whisper } from './room.ts'
import { type Answer, errorsIn, type Submission, valuesOf } from './submission.ts'
import { type No, takeTurn } from './turn.ts'

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
      givesBack: ({ view }: Interaction) => {
        const command = view && decodeForm(metadataOf(view).command)
        return command?.form === 'confirm' ? givenBack(command.change) : undefined
      },
    }
    await takeTurn<Interaction>(room, turn, async ({ view }, caller) =>
      view ? submit(room, { view, answer, caller }) : undefined,
    )
  })
  app.options(/.*/s, async ({ ack, body }) => {
    const say = async ({ summary }: MessageView) => ack({ options: toOptions([sayingOption(summary)]) })
    const turn = { read: () => readInteraction(body), answer: say }
    await takeTurn<Interaction>(room, turn, async (input, caller) => {
      const admitted = await room.admits(caller.identity, 'minute')
      if (!admitted.ok) return admitted
      const options = await suggestResources(room, input, caller)
      if (!options.ok) return options
      await ack({ options: toOptions(options.value) })
      return undefined
    })
  })
}

const submit = async (room: Room, submission: Submission): Promise<No | undefined> => {
  const command = decodeForm(metadataOf(submission.view).command)
  if (command?.form === 'confirm') return confirmed(room, command, submission)
  if (command?.form === 'request') return request(room, command.draft, submission)
  const { notes } = outdatedButtonView()
  await submission.answer(inDialog(room, { title: 'Not possible', notes, inputs: [], actions: [] }))
  return undefined
}

const inDialog = (room: Room, form: FormView): ViewResponseAction => ({
  response_action: 'update',
  view: toModal(form, room.tenant()),
})

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
  return inDialog(room, form)
}

const tellLater = async (room: Room, body: unknown, view: MessageView): Promise<void> => {
  const { origin, view: form } = readInteraction(body)
  const conversation = form && metadataOf(form).conversation
  await whisper(room, { conversation, user: origin.user }, view)
}
