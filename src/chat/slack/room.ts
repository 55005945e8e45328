import type { RespondFn } from '@slack/bolt'
import type { PersonId } from '../../domain/ids.ts'
import { ExternalError } from '../../ports.ts'
import type { NameOf } from '../../views/copy-states.ts'
import type { FormView, MessageView } from '../../views/view-model.ts'
import type { Arrivals } from './arrivals.ts'
import type { Clients } from './clients.ts'
import { calling } from './errors.ts'
import type { Admission } from './identity.ts'
import type { Origin } from './payload.ts'
import { toMessage } from './render.ts'
import { toModal } from './render-form.ts'
import type { Seals } from './seals.ts'
import type { SlackDeps } from './settings.ts'

/** What the handlers share. */
export type Room = SlackDeps & {
  readonly clients: Clients
  readonly admits: Admission
  readonly arrivals: Arrivals
  readonly seals: Seals
  /** The workspace or Grid organisation of the bot token, known once started. */
  readonly tenant: () => string
  /** Deliveries that are being worked on. */
  readonly turns: Set<Promise<void>>
}

/** Names people for views; whoever has left the directory is named by the key. */
export const nameOfIn =
  ({ directory }: Pick<SlackDeps, 'directory'>): NameOf =>
  (id: PersonId) => {
    const person = directory.find(id)
    return { person: person?.name ?? id, identities: person?.identities ?? [] }
  }

/** Opens a dialog for the press or the command that the trigger stands for; works for three seconds. */
export const openModal = async (room: Room, origin: Origin, form: FormView): Promise<string | undefined> => {
  const view = toModal(form, room.tenant(), origin.conversation)
  const opened = await calling('views.open', () => room.clients.hasty.views.open({ trigger_id: origin.trigger, view }))
  return opened.view?.id
}

/** Replaces what an open dialog shows; with `hash` only if it has not changed since. */
export const updateModal = async (
  room: Room,
  view: { readonly id: string; readonly hash?: string | undefined },
  form: FormView,
  conversation?: string,
): Promise<void> => {
  const content = toModal(form, room.tenant(), conversation)
  await calling('views.update', () =>
    room.clients.hasty.views.update({ view_id: view.id, ...(view.hash && { hash: view.hash }), view: content }),
  )
}

/**
 * Answers the one person beside what was pressed or typed. What was done is done and must not be called a failure, so
 * Slack not taking the answer is only noted.
 */
export const answerBeside = async (room: Room, respond: RespondFn, view: MessageView): Promise<void> => {
  const message = { ...toMessage(view, room.tenant()), response_type: 'ephemeral', replace_original: false } as const
  await calling('response_url', () => respond(message)).catch(unheard(room))
}

/** Notes an answer that Slack did not take: nobody's bug, and nothing to be undone. */
export const unheard =
  ({ log }: Pick<SlackDeps, 'log'>) =>
  (error: unknown): void => {
    if (!(error instanceof ExternalError)) throw error
    log.warn({ code: error.code, detail: error.message }, 'Slack did not take an answer')
  }

/** Tells one person alone: where they are if that is known, else in the conversation with the bot. */
export const whisper = async (
  room: Room,
  { conversation, user }: { readonly conversation: string | undefined; readonly user: string },
  view: MessageView,
): Promise<void> => {
  const message = { ...toMessage(view, room.tenant()), unfurl_links: false, unfurl_media: false }
  const { hasty } = room.clients
  if (conversation !== undefined) {
    try {
      await calling('chat.postEphemeral', () => hasty.chat.postEphemeral({ ...message, channel: conversation, user }))
      return
    } catch (error) {
      // They may have left the channel meanwhile.
      if (!(error instanceof ExternalError) || error.transient) throw error
    }
  }
  const channel = await directConversation(room.clients.hasty, user)
  await calling('chat.postMessage', () => hasty.chat.postMessage({ ...message, channel }))
}

/** The id of the bot's conversation with a person. */
export const directConversation = async (client: Clients['hasty'], user: string): Promise<string> => {
  const { channel } = await calling('conversations.open', () => client.conversations.open({ users: user }))
  if (!channel?.id) throw new Error('Slack opened a conversation without an id')
  return channel.id
}
