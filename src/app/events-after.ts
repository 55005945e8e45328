import { type Event, eventOf } from '../domain/events.ts'
import type { Deps } from './deps.ts'

/** Some events in order. Reading goes on after `next`; `isEnd` says that there is nothing more for now. */
export type EventPage = { readonly items: readonly Event[]; readonly next: number; readonly isEnd: boolean }

const rowsAtOnce = 500
const mostRows = 5_000

/**
 * The events after a row of the audit log, at most `limit`. One call looks at a limited number of rows, so a page may
 * be empty before the end. Who may read them is for the caller to check.
 */
export const eventsAfter =
  ({ store }: Pick<Deps, 'store'>) =>
  async (after: number, limit: number): Promise<EventPage> => {
    const items: Event[] = []
    let next = after
    while (next < after + mostRows) {
      const rows = await store.auditRows(next, rowsAtOnce)
      for (const row of rows) {
        const event = eventOf(row)
        if (event) items.push(event)
        next = row.sequence
        if (items.length >= limit) return { items, next, isEnd: false }
      }
      if (rows.length < rowsAtOnce) return { items, next, isEnd: true }
    }
    return { items, next, isEnd: false }
  }
