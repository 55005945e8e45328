import type { Identity } from '../../domain/card.ts'
import { decodeReference, type TeamsReference } from './reference.ts'
import type { TeamsDeps } from './settings.ts'

const remembered = 10_000

/** How people are reached, for questions about their accounts. */
export type References = {
  /** Notes the newest reference of a sender. The rows have only those of people whom the directory knows. */
  remember(identity: Identity, reference: TeamsReference): void
  /** The newest reference; undefined for an account that has never acted here. */
  of(identity: Identity): Promise<TeamsReference | undefined>
}

/** The references of this process, then those of the rows. */
export const newReferences = ({ conversationOf }: Pick<TeamsDeps, 'conversationOf'>): References => {
  const recent = new Map<string, TeamsReference>()
  const keyOf = ({ tenant, subject }: Identity) => `${tenant}/${subject}`
  return {
    remember: (identity, reference) => {
      const key = keyOf(identity)
      recent.delete(key) // re-inserted at the end, so that the first entry is the oldest
      recent.set(key, reference)
      const [oldest] = recent.keys()
      if (recent.size > remembered && oldest !== undefined) recent.delete(oldest)
    },
    of: async (identity) => {
      const known = recent.get(keyOf(identity))
      if (known) return known
      const text = await conversationOf(identity)
      return text === undefined ? undefined : decodeReference(text)
    },
  }
}
