import { newRate } from '../../app/rates.ts'
import type { MessageRef } from '../../domain/card.ts'
import type { CardId } from '../../domain/ids.ts'
import { seconds } from '../../domain/time.ts'
import { refusedForm } from '../../views/dialogs.ts'
import { sayingOption } from '../../views/resource-options.ts'
import type { HomeView, MessageView } from '../../views/view-model.ts'
import { newAcquaintances } from './acquaintance.ts'
import { type Conversation, unheard } from './conversation.ts'
import { type OwnReply, ownOf } from './own.ts'
import type { ConversationDeps, Form, FormReply, Press, Query, Replace, Reply, Say, Sender, Suggest } from './port.ts'
import { pressed } from './press.ts'
import { reloadRequestForm } from './request-form.ts'
import { newSeals } from './seals.ts'
import { submitted } from './submission.ts'
import { suggestResources } from './suggest.ts'
import { takeTurn } from './turn.ts'
import { typed } from './typed.ts'

/** What a platform delivers once it knows the sender. Each verb resolves when the turn is over, and never rejects. */
export type Inbound = {
  /** Typed words, such as `request kv/apps/db`. */
  command(sender: Sender, words: string, reply: Reply): Promise<void>
  /** A query for menu entries. */
  suggest(sender: Sender, query: Query, suggest: Suggest): Promise<void>
  /** A choice in an open form on which other fields depend. */
  change(sender: Sender, form: Form, replace: Replace): Promise<void>
  submit(sender: Sender, form: Form, reply: FormReply): Promise<void>
  press(sender: Sender, press: Press, reply: Reply): Promise<void>
  /** The person looks at their home, where the platform has one. `show` is for refusals only: else the rows do it. */
  home(sender: Sender, show: (view: HomeView) => Promise<unknown>): Promise<void>
  /** The app is now in the person's own conversation. That is kept, and whoever may use Latchkey is welcomed. */
  arrived(sender: Sender): Promise<void>
  /** The person wants to see a card as it is now; `show` shows it to that person alone. */
  refresh(
    sender: Sender,
    stands: { readonly card: CardId; readonly message: MessageRef },
    reply: Refresh,
  ): Promise<void>
  /** The person looks for their own requests and access, such as to name one in a message. */
  own(sender: Sender, reply: OwnReply): Promise<void>
  /** Gives no later answers any more, and waits for the running turns. */
  close(): Promise<void>
}

/** The answers to somebody who wants to see a card as it is now. */
export type Refresh = { readonly say: Say; readonly show: (view: MessageView) => Promise<unknown> }

/** The conversation with people on one platform. */
export const newInbound = (deps: ConversationDeps): Inbound => {
  const closing = new AbortController()
  const silent = (error: unknown): undefined => unheard(deps)(error) as undefined
  const conversation: Conversation = {
    ...deps,
    seals: newSeals(deps.sealingSecret, deps.clock),
    turns: new Set(),
    closing: closing.signal,
    acquaintance: newAcquaintances(deps),
    wasShown: newRate<string>(deps.clock, 1, seconds(3600)),
  }
  /** A done action must not be reported as failed because the platform did not take its answer. */
  const heard =
    (say: Say): Say =>
    (view) =>
      say(view).catch(unheard(conversation))
  return {
    command: (sender, words, reply) => typed(conversation, sender, words, { ...reply, say: heard(reply.say) }),
    suggest: (sender, query, suggest) => {
      const answer = ({ summary }: MessageView) => suggest([sayingOption(summary)])
      return takeTurn(conversation, { sender, answer }, 'minute', {
        act: async ({ person }) => {
          const options = await suggestResources(conversation, query, person.id)
          if (!options.ok) return options
          await suggest(options.value)
          return undefined
        },
      })
    },
    change: (sender, form, replace) => {
      const answer = (view: MessageView) => replace(refusedForm(view))
      return takeTurn(conversation, { sender, answer }, 'minute', reloadRequestForm(conversation, form, replace))
    },
    submit: (sender, form, reply) => submitted(conversation, sender, form, reply),
    press: (sender, press, reply) => pressed(conversation, sender, press, { ...reply, say: heard(reply.say) }),
    home: (sender, show) => {
      const answer = (view: MessageView) => show({ parts: [view] })
      return takeTurn(conversation, { sender, answer }, 'minute', {
        act: async ({ person, identity }) => {
          await deps.useCases.openHome(identity)
          await deps.useCases.skipWelcome(person.id)
          return undefined
        },
      })
    },
    arrived: async ({ identity, objection, reference }) => {
      if (objection) return
      // Also of somebody whom the people file does not name yet: later messages to them need it.
      if (reference) await deps.useCases.keepConversation(identity, reference)
      // An administrator may install the app for everybody: only those are greeted who can use it.
      const known = deps.useCases.identify(identity)
      if (!known.ok) return
      const said = await deps.admits(identity, 'minute').catch(silent)
      if (said?.ok) await deps.useCases.welcome(known.value.id)
    },
    refresh: (sender, { card, message }, { say, show }) =>
      takeTurn(conversation, { sender, answer: heard(say) }, 'minute', {
        act: async ({ person }) => {
          const view = await deps.useCases.cardView(card, message, person.id)
          if (!view.ok) return { refusal: view.refusal }
          await show(view.value)
          return undefined
        },
      }),
    own: (sender, reply) => ownOf(conversation, sender, reply),
    close: async () => {
      closing.abort()
      await Promise.allSettled(conversation.turns)
    },
  }
}
