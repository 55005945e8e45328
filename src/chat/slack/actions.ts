import type { App, RespondFn } from '@slack/bolt'
import { accept, type Outcome, refuse } from '../../domain/refusal.ts'
import { outdatedButtonView } from '../../views/copy.ts'
import { linkForm, policyView } from '../../views/forms.ts'
import type { ButtonCommand, FormView, MessageView } from '../../views/view-model.ts'
import { decodeButton, type Pressed } from '../commands.ts'
import { aboutOf, askFirst, givenBack } from './confirm.ts'
import type { Caller } from './identity.ts'
import { type Interaction, type Origin, readInteraction } from './payload.ts'
import { pageActionId } from './render.ts'
import { reloadRequestForm } from './request-form.ts'
import { answerBeside, openModal, type Room, updateModal, whisper } from './room.ts'
import { type No, takeTurn } from './turn.ts'

type Press = Interaction & { readonly origin: Origin }

/** Buttons in messages and choices in forms. Everything is acknowledged at once and answered afterwards. */
export const registerActions = (app: App, room: Room): void => {
  app.action(/.*/s, async ({ ack, body, respond }) => {
    await room.arrivals.acknowledge(ack)
    const turn = {
      read: () => readInteraction(body),
      answer: async (view: MessageView) => tell(room, readInteraction(body), respond, view),
      givesBack: ({ actions }: Interaction) => givenBack(decodeButton(actions?.[0]?.value)?.command),
    }
    await takeTurn<Interaction>(room, turn, async (press, caller) => {
      const action = press.actions?.[0]
      if (!action || action.action_id === pageActionId) return undefined
      if (press.view && action.value === undefined) return reloadRequestForm(room, press, caller)
      const pressed = decodeButton(action.value)
      if (pressed) return run(room, press, caller, pressed)
      await turn.answer(outdatedButtonView())
      return undefined
    })
  })
}

/** To the actor alone: beside the message, or in the dialog if it was pressed there. */
const tell = async (room: Room, press: Press, respond: RespondFn, view: MessageView): Promise<void> => {
  if (press.view?.type === 'home') return whisper(room, { conversation: undefined, user: press.user.id }, view)
  if (!press.view) return answerBeside(room, respond, view)
  const form: FormView = { title: 'Not possible', notes: view.notes, inputs: [], actions: [] }
  return updateModal(room, press.view, view.code ? { ...form, code: view.code } : form)
}

const run = async (room: Room, press: Press, caller: Caller, pressed: Pressed): Promise<No | undefined> => {
  const { command } = pressed
  const about = aboutOf(command)
  const checks = [
    givenBack(command)
      ? accept(undefined)
      : room.admits(caller.identity, command.do === 'get-link' ? 'fresh' : 'minute'),
    trace(room, press, caller, pressed),
  ]
  for (const checked of await Promise.all(checks)) if (!checked.ok) return { refusal: checked.refusal, ...about }
  const outcome = await open(room, press, command, caller)
  return outcome.ok ? undefined : { refusal: outcome.refusal, ...about }
}

/** Whether the button stands where we put it: a label elsewhere may say anything. */
const trace = async (
  room: Room,
  { container }: Press,
  { person, identity }: Caller,
  { command, origin }: Pressed,
): Promise<Outcome<void>> => {
  const foreign = refuse({ code: 'foreign-message' })
  if (!origin || !container?.message_ts || !container.channel_id) return foreign
  if ('list' in origin) {
    const isTheirs = container.is_ephemeral === true && room.seals.isSealed(origin.list, identity)
    return isTheirs ? accept(undefined) : foreign
  }
  const message = { conversation: container.channel_id, message: container.message_ts }
  return room.useCases.checkPress({ card: origin.card, message, about: aboutOf(command), by: person.id })
}

/** Every button opens a dialog: nothing is changed by a press alone. */
const open = async (
  room: Room,
  press: Press,
  command: ButtonCommand,
  { person }: Caller,
): Promise<Outcome<unknown>> => {
  const { useCases } = room
  switch (command.do) {
    case 'get-link': {
      const link = await useCases.openFetchLink(command.grant, person.id)
      if (!link.ok) return link
      const { url, expiresAt } = link.value
      return accept(await openModal(room, press.origin, linkForm({ url: url.reveal(), expiresAt })))
    }
    case 'show-policy': {
      const plan = await useCases.planOf(command.request, person.id)
      return plan.ok ? accept(await openModal(room, press.origin, policyView(plan.value))) : plan
    }
    default:
      return askFirst(room, press.origin, command, person.id, press.container?.is_ephemeral === true)
  }
}
