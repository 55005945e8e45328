import type { PersonId } from '../../domain/ids.ts'
import { ExternalError } from '../../ports.ts'
import type { NameOf } from '../../views/copy-states.ts'
import type { ConversationDeps } from './port.ts'
import type { Seals } from './seals.ts'

/** What the turns of one platform share. */
export type Conversation = ConversationDeps & {
  readonly seals: Seals
  /** Turns that are being worked on. */
  readonly turns: Set<Promise<void>>
}

/** Names people for views; whoever has left the directory is named by the key. */
export const nameOfIn =
  ({ directory }: Pick<ConversationDeps, 'directory'>): NameOf =>
  (id: PersonId) => {
    const person = directory.find(id)
    return { person: person?.name ?? id, identities: person?.identities ?? [] }
  }

/** Notes an answer that the platform did not take: nobody's bug, and what was done stays done. */
export const unheard =
  ({ log, label }: Pick<ConversationDeps, 'log' | 'label'>) =>
  (error: unknown): void => {
    if (!(error instanceof ExternalError)) throw error
    log.warn({ code: error.code, detail: error.message }, `${label} did not take an answer`)
  }
