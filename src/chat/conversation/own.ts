import { nameOf } from '../../app/deps.ts'
import type { RequestId } from '../../domain/ids.ts'
import { bare, refusalSentence } from '../../views/copy.ts'
import { entryText } from '../../views/lists.ts'
import type { Text } from '../../views/view-model.ts'
import type { Conversation } from './conversation.ts'
import { isNewcomers } from './newcomer.ts'
import type { Say, Sender } from './port.ts'
import { type Turn, takeTurn } from './turn.ts'

/** One request of a person: what it is about, and how it stands. */
export type OwnEntry = { readonly request: RequestId; readonly text: Text }

/** The answers to somebody who looks for their own requests and access. */
export type OwnReply = { readonly say: Say; readonly show: (entries: readonly OwnEntry[]) => Promise<unknown> }

/** Shows a person's own requests and access, without buttons. */
export const ownOf = (conversation: Conversation, sender: Sender, { say, show }: OwnReply): Promise<void> => {
  // The lines for an administrator need a message: an answer here is one line without buttons.
  const answer: Turn['answer'] = (view, refusal) =>
    say(refusal && isNewcomers(refusal) ? bare([...refusalSentence(refusal), writeToUs]) : view)
  return takeTurn(conversation, { sender, answer }, 'minute', {
    act: async ({ person }) => {
      const own = await conversation.useCases.accessOf(person.id)
      const named = nameOf(conversation)
      await show(own.map((subject) => ({ request: subject.request.id, text: entryText(subject, named) })))
      return undefined
    },
  })
}

const writeToUs = ' Write a word to Latchkey in its own chat: the answer says what an administrator has to add.'
