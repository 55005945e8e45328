import type { Identity } from '../../../domain/card.ts'
import type { TeamsDeps } from '../settings.ts'
import type { Place } from './connector.ts'
import { decodeReference, type TeamsReference } from './reference.ts'

const remembered = 10_000

/** How people are reached, for questions about their accounts. */
export type References = {
  /**
   * Notes the newest reference of a sender, and where they acted. The rows have only references of people whom the
   * directory knows.
   */
  remember(identity: Identity, reference: TeamsReference, actedIn?: Place): void
  /** The channel or group in which the person acted last, in this process. */
  actedIn(identity: Identity): Place | undefined
  /** The newest reference; undefined for an account that has never acted here. */
  of(identity: Identity): Promise<TeamsReference | undefined>
}

/** The references of this process, then those of the rows. */
export const newReferences = ({ conversationOf }: Pick<TeamsDeps, 'conversationOf'>): References => {
  const recent = new Map<string, { readonly reference: TeamsReference; readonly actedIn: Place | undefined }>()
  const keyOf = ({ tenant, subject }: Identity) => `${tenant}/${subject}`
  return {
    remember: (identity, reference, actedIn) => {
      const key = keyOf(identity)
      const earlier = recent.get(key)
      recent.delete(key) // re-inserted at the end, so that the first entry is the oldest
      recent.set(key, { reference, actedIn: actedIn ?? earlier?.actedIn })
      const [oldest] = recent.keys()
      if (recent.size > remembered && oldest !== undefined) recent.delete(oldest)
    },
    actedIn: (identity) => recent.get(keyOf(identity))?.actedIn,
    of: async (identity) => {
      const known = recent.get(keyOf(identity))
      if (known) return known.reference
      const text = await conversationOf(identity)
      return text === undefined ? undefined : decodeReference(text)
    },
  }
}
