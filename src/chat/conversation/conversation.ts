import type { Identity } from '../../domain/card.ts'
import { ExternalError } from '../../ports.ts'
import type { Acquaintance } from './acquaintance.ts'
import type { ConversationDeps } from './port.ts'
import type { Seals } from './seals.ts'

/** What all turns of one platform share. */
export type Conversation = ConversationDeps & {
  readonly seals: Seals
  /** Running turns. */
  readonly turns: Set<Promise<void>>
  /** Aborts when no more answers are given. */
  readonly closing: AbortSignal
  /** What the platform says about an account that may request nothing. */
  readonly acquaintance: (identity: Identity) => Promise<Acquaintance>
  /** Whether an account was shown the lines for the people file within the last hour; it is now. */
  readonly wasShown: (account: string) => boolean
}

/** Logs an answer that the platform did not take: it is no bug, and the done action stays done. */
export const unheard =
  ({ log, label }: Pick<ConversationDeps, 'log' | 'label'>) =>
  (error: unknown): void => {
    if (!(error instanceof ExternalError)) throw error
    log.warn({ code: error.code, detail: error.message }, `${label} did not take an answer`)
  }
