import { type Clock, ExternalError } from '../../ports.ts'
import type { Connector, Place } from './connector.ts'
import type { TeamsReference } from './reference.ts'

/** Milliseconds that an open conversation is trusted: its id never changes, but the person may remove the app. */
const opened = 3_600_000
/** The same for a refusal: long enough for many cards that fail together. */
const refusedFor = 10_000
const remembered = 10_000

/** The personal conversations of people, each opened once an hour. */
export type Conversations = {
  /** Where messages to a person go. Throws an `ExternalError` when Teams opens no conversation. */
  of(reference: TeamsReference): Promise<Place>
  /** After a refusal: the next message opens the conversation anew. */
  forget(reference: TeamsReference): void
}

type Known = { readonly at: number; readonly lasting: number; readonly place: Promise<Place> }

/** Many cards for one person cost one call, refusals included. */
export const newConversations = (connector: Pick<Connector, 'open'>, clock: Pick<Clock, 'now'>): Conversations => {
  const known = new Map<string, Known>()
  const keyOf = ({ tenant, user, serviceUrl }: TeamsReference) => `${tenant} ${user} ${serviceUrl}`
  const note = (key: string, place: Promise<Place>, lasting: number) => {
    if (known.size >= remembered) known.clear()
    known.set(key, { at: clock.now(), lasting, place })
  }
  return {
    of: (reference) => {
      const key = keyOf(reference)
      const earlier = known.get(key)
      if (earlier && clock.now() - earlier.at < earlier.lasting) return earlier.place
      const { serviceUrl, user, tenant } = reference
      const place = connector.open(serviceUrl, user, tenant).then((conversation) => ({ serviceUrl, conversation }))
      note(key, place, opened)
      place.catch((error: unknown) => {
        // A transient failure is retried at once.
        if (error instanceof ExternalError && !error.transient) note(key, place, refusedFor)
        else known.delete(key)
      })
      return place
    },
    forget: (reference) => void known.delete(keyOf(reference)),
  }
}
