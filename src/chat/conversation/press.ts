import { accept, type Outcome, refuse } from '../../domain/refusal.ts'
import { outdatedButtonView } from '../../views/copy.ts'
import { itemsView, linkForm, policyView } from '../../views/dialogs.ts'
import { trialOverView } from '../../views/trial.ts'
import type { ButtonCommand, Origin } from '../../views/view-model.ts'
import type { Admission } from './admission.ts'
import { decodeButton, decodeTrial, type Pressed } from './codec.ts'
import { aboutButton, askFirst, givenBack } from './confirm.ts'
import { authoriseFormFor, denyFormFor } from './control-group.ts'
import type { Conversation } from './conversation.ts'
import { extendFormFor } from './extend.ts'
import { askThem } from './newcomer.ts'
import type { Press, Reply, Sender } from './port.ts'
import { filledIn, formOfWish, requestFormAgain } from './request-form.ts'
import { terminalQuestion } from './terminal.ts'
import { type Admitted, type Caller, takeTurn } from './turn.ts'

/** Handles a pressed button in a message. Each opens a dialog: a press alone changes nothing. */
export const pressed = (
  conversation: Conversation,
  sender: Sender,
  press: Press,
  { say, open }: Reply,
): Promise<void> => {
  const trial = decodeTrial(press.payload)
  if (trial !== undefined) return trialAnswered(conversation, sender, press, trial, say)
  const button = decodeButton(press.payload)
  if (!button) {
    return takeTurn(conversation, { sender, answer: say }, 'minute', {
      act: async () => {
        await say(outdatedButtonView())
        return undefined
      },
    })
  }
  const { command } = button
  if (command.do === 'ask-administrators') {
    const { origin } = button
    return takeTurn(conversation, { sender, answer: say }, 'fresh', {
      act: ({ person }) => askThem(conversation, sender, person, press, origin, say),
      stranger: () => askThem(conversation, sender, undefined, press, origin, say),
    })
  }
  const about = aboutButton(command)
  const grant = givenBack(command)
  const admission = grant ? { givesBack: grant } : admissionTo(command)
  return takeTurn(conversation, { sender, answer: say, introduces: true, ...(about && { about }) }, admission, {
    act: async (caller) => {
      await conversation.useCases.skipWelcome(caller.person.id)
      const stands = await trace(conversation, press, caller, button)
      const outcome = stands.ok ? await ask(conversation, press, button.origin, command, caller, open) : stands
      return outcome.ok ? undefined : { refusal: outcome.refusal, ...about }
    },
  })
}

/** A form gives nothing, so a silent platform does not stop it; sending it asks again. */
const admissionTo = (command: ButtonCommand): Admission => {
  if (command.do === 'get-link' || command.do === 'authorise') return 'fresh'
  return command.do === 'request' || command.do === 'terminal' ? 'minute-unless-silent' : 'minute'
}

/** Notes the press; whoever waits for it changes the message. */
const trialAnswered = (
  conversation: Conversation,
  sender: Sender,
  { stands }: Press,
  trial: string,
  say: Reply['say'],
): Promise<void> =>
  takeTurn(conversation, { sender, answer: say }, 'minute', {
    act: async ({ person }) => {
      const outcome = conversation.useCases.answerTrial({ trial, message: stands?.message, by: person.id })
      if (!outcome.ok) return { refusal: outcome.refusal }
      if (outcome.value === 'over') await say(trialOverView())
      return undefined
    },
  })

/** Whether the button is where we put it: a label elsewhere may say anything. */
const trace = async (
  { useCases, seals }: Conversation,
  { stands }: Press,
  { person, identity }: Caller,
  { command, origin }: Pressed,
): Promise<Outcome<void>> => {
  const foreign = refuse({ code: 'foreign-message' })
  if (!origin || !stands) return foreign
  // A form for a new request shows nothing of others and changes nothing.
  const isAnywhere = stands.isPrivate || command.do === 'request'
  if ('list' in origin) return isAnywhere && seals.isSealed(origin.list, identity) ? accept(undefined) : foreign
  const { message } = stands
  if (!message) return foreign
  return useCases.checkPress({ card: origin.card, message, about: aboutButton(command), by: person.id })
}

const ask = async (
  conversation: Conversation,
  { stands }: Press,
  origin: Origin | undefined,
  command: Exclude<ButtonCommand, { do: 'ask-administrators' }>,
  caller: Admitted,
  open: Reply['open'],
): Promise<Outcome<unknown>> => {
  const { useCases } = conversation
  switch (command.do) {
    case 'get-link': {
      const link = await useCases.openFetchLink(command.grant, caller.person.id)
      if (!link.ok) return link
      const { url, expiresAt } = link.value
      return accept(await open(linkForm({ url: url.reveal(), expiresAt })))
    }
    case 'show-policy': {
      const plan = await useCases.planOf(command.request, caller.person.id)
      return plan.ok ? accept(await open(policyView(plan.value))) : plan
    }
    case 'show-items': {
      const items = await useCases.itemsOf(command.request, caller.person.id)
      return items.ok ? accept(await open(itemsView(items.value))) : items
    }
    case 'extend': {
      const form = await extendFormFor(conversation, command.grant, caller.person.id)
      return form.ok ? accept(await open(form.value)) : form
    }
    case 'request-again': {
      const form = await requestFormAgain(conversation, command.request, caller.person.id)
      return form.ok ? accept(await open(form.value)) : form
    }
    case 'request': {
      const { person } = caller
      const wish = command.wish
      const again = wish && (await formOfWish(conversation, person.id, { draft: conversation.newId(), wish }))
      const form = again ? accept(again) : await filledIn(conversation, person.id, command.words ?? '')
      return form.ok ? accept(await open(form.value)) : form
    }
    case 'authorise': {
      const form = await authoriseFormFor(conversation, command.controlGroup, caller.person.id)
      return form.ok ? accept(await open(form.value)) : form
    }
    case 'deny-control-group': {
      const form = await denyFormFor(conversation, command.controlGroup, caller.person.id)
      return form.ok ? accept(await open(form.value)) : form
    }
    case 'terminal': {
      const form = await terminalQuestion(conversation, command.code, caller.person.id)
      return form.ok ? accept(await open(form.value)) : form
    }
    default: {
      // A home shows by itself what became of it.
      const isListed = origin !== undefined && 'list' in origin && stands?.message !== undefined
      const form = await askFirst(conversation, command, caller, isListed)
      return form.ok ? accept(await open(form.value)) : form
    }
  }
}
