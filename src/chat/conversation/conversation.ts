import { ExternalError } from '../../ports.ts'
import type { ConversationDeps } from './port.ts'
import type { Seals } from './seals.ts'

/** What the turns of one platform share. */
export type Conversation = ConversationDeps & {
  readonly seals: Seals
  /** Turns that are being worked on. */
  readonly turns: Set<Promise<void>>
}

/** Notes an answer that the platform did not take: nobody's bug, and what was done stays done. */
export const unheard =
  ({ log, label }: Pick<ConversationDeps, 'log' | 'label'>) =>
  (error: unknown): void => {
    if (!(error instanceof ExternalError)) throw error
    log.warn({ code: error.code, detail: error.message }, `${label} did not take an answer`)
  }
