import { refusedForm } from '../../views/dialogs.ts'
import { sayingOption } from '../../views/forms.ts'
import type { MessageView } from '../../views/view-model.ts'
import { type Conversation, unheard } from './conversation.ts'
import type { ConversationDeps, Form, FormReply, Press, Query, Replace, Reply, Say, Sender, Suggest } from './port.ts'
import { pressed } from './press.ts'
import { reloadRequestForm, suggestResources } from './request-form.ts'
import { newSeals } from './seals.ts'
import { submitted } from './submission.ts'
import { takeTurn } from './turn.ts'
import { typed } from './typed.ts'

/** What a platform hands over, once it is sure who sent it. Each resolves when the turn is over, and never rejects. */
export type Inbound = {
  /** Words that somebody typed for us, such as `request kv/apps/db`. */
  command(sender: Sender, words: string, reply: Reply): Promise<void>
  /** Entries for a menu. */
  suggest(sender: Sender, query: Query, suggest: Suggest): Promise<void>
  /** Something was chosen on which other fields of an open form depend. */
  change(sender: Sender, form: Form, replace: Replace): Promise<void>
  submit(sender: Sender, form: Form, reply: FormReply): Promise<void>
  press(sender: Sender, press: Press, reply: Reply): Promise<void>
  /** Resolves when no turn is being worked on. */
  idle(): Promise<void>
}

/** The conversation with people at one platform. */
export const newInbound = (deps: ConversationDeps): Inbound => {
  const conversation: Conversation = {
    ...deps,
    seals: newSeals(deps.sealingSecret, deps.clock),
    turns: new Set(),
  }
  /** What was done must not be called a failure because its answer was not taken. */
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
    idle: async () => void (await Promise.allSettled(conversation.turns)),
  }
}
