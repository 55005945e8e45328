import type { App, RespondFn } from '@slack/bolt'
import type { Plan } from '../../domain/catalogue.ts'
import type { PersonId, RequestId } from '../../domain/ids.ts'
import { accept, type Outcome } from '../../domain/refusal.ts'
import { bare, doneText, outdatedButtonView } from '../../views/copy.ts'
import { denyForm, linkForm, policyView } from '../../views/forms.ts'
import type { ButtonCommand, FormView, MessageView } from '../../views/view-model.ts'
import { decodeButton } from '../commands.ts'
import type { Caller } from './identity.ts'
import { type Interaction, type Origin, readInteraction } from './payload.ts'
import { pageActionId } from './render.ts'
import { reloadRequestForm } from './request-form.ts'
import { answerBeside, openModal, type Room, updateModal } from './room.ts'
import { type No, takeTurn } from './turn.ts'

type Press = Interaction & { readonly origin: Origin }

/** Buttons in messages and choices in forms. Everything is acknowledged at once and answered afterwards. */
export const registerActions = (app: App, room: Room): void => {
  app.action(/.*/s, async ({ ack, body, respond }) => {
    await room.arrivals.acknowledge(ack)
    const turn = {
      read: () => readInteraction(body),
      answer: async (view: MessageView) => tell(room, readInteraction(body), respond, view),
    }
    await takeTurn<Interaction>(room, turn, async (press, caller) => {
      const action = press.actions?.[0]
      if (!action || action.action_id === pageActionId) return undefined
      if (press.view && action.value === undefined) return reloadRequestForm(room, press, caller)
      const command = decodeButton(action.value)
      if (command) return run(room, press, caller, command, respond)
      await turn.answer(outdatedButtonView())
      return undefined
    })
  })
}

/** To the actor alone: beside the message, or in the dialog if it was pressed there. */
const tell = async (room: Room, press: Press, respond: RespondFn, view: MessageView): Promise<void> => {
  if (!press.view) return answerBeside(room, respond, view)
  const form: FormView = { title: 'Not possible', notes: view.notes, inputs: [], actions: [] }
  return updateModal(room, press.view, view.code ? { ...form, code: view.code } : form)
}

const run = async (
  room: Room,
  press: Press,
  caller: Caller,
  command: ButtonCommand,
  respond: RespondFn,
): Promise<No | undefined> => {
  const about = 'request' in command ? { request: command.request } : { grant: command.grant }
  const onlyShows = command.do === 'deny' || command.do === 'show-policy'
  const admitted = await room.admits(caller.identity, onlyShows ? 'minute' : 'fresh')
  if (!admitted.ok) return { refusal: admitted.refusal, ...about }
  const outcome = await perform(room, press.origin, command, caller.person.id)
  if (!outcome.ok) return { refusal: outcome.refusal, ...about }
  // A card that is kept up to date answers by itself; a list that only its reader sees does not.
  const text = doneText[command.do]
  if (text && press.container?.is_ephemeral) await tell(room, press, respond, bare([text]))
  return undefined
}

const perform = async (room: Room, origin: Origin, command: ButtonCommand, by: PersonId): Promise<Outcome<unknown>> => {
  const { useCases } = room
  switch (command.do) {
    case 'approve':
      return useCases.decideRequest(command.request, { by, verdict: 'approve' })
    case 'deny':
      return showForm(room, origin, command.request, by, () => denyForm(command.request))
    case 'cancel':
      return useCases.cancelRequest(command.request, by)
    case 'revoke':
    case 'give-back':
      return useCases.revokeGrant(command.grant, by)
    case 'get-link': {
      const link = await useCases.openFetchLink(command.grant, by)
      if (!link.ok) return link
      const { url, expiresAt } = link.value
      return accept(await openModal(room, origin, linkForm({ url: url.reveal(), expiresAt })))
    }
    case 'show-policy':
      return showForm(room, origin, command.request, by, policyView)
    default:
      return command satisfies never
  }
}

/** Opens a dialog about a request for its owners and its requester; a stranger is refused before writing anything. */
const showForm = async (
  room: Room,
  origin: Origin,
  request: RequestId,
  by: PersonId,
  form: (plan: Plan) => FormView,
): Promise<Outcome<unknown>> => {
  const plan = await room.useCases.planOf(request, by)
  return plan.ok ? accept(await openModal(room, origin, form(plan.value))) : plan
}
