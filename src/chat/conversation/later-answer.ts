import { nameOf } from '../../app/deps.ts'
import type { GrantId } from '../../domain/ids.ts'
import { after, type Seconds } from '../../domain/time.ts'
import { provedAnswer } from '../../views/answers.ts'
import { type Conversation, unheard } from './conversation.ts'
import type { Say } from './port.ts'

/**
 * Tells the actor when the end that they asked for is proved. Nobody waits for this, and a restart forgets it: the card
 * says it too.
 */
export const answerWhenEnded = (conversation: Conversation, grant: GrantId, say: Say, within: Seconds): void => {
  const { useCases, clock, log, closing } = conversation
  const answered = async () => {
    const ended = await useCases.provedEnd(grant, after(clock.now(), within), closing)
    const view = ended && provedAnswer(ended, nameOf(conversation))
    if (view) await say(view).catch(unheard(conversation))
  }
  answered().catch((error: unknown) => log.error({ error: String(error) }, 'a later answer failed'))
}
