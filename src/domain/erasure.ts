import type { Actor, AuditEvent } from './audit-event.ts'
import type { PersonId } from './ids.ts'
import type { Timestamp } from './time.ts'

/** What people wrote, and where they sat, as far as it was found and may be erased. */
export type Erasure = {
  /** The rows of the audit log whose words are erased. */
  readonly rows: readonly number[]
  /** Reasons of requests. */
  readonly reasons: number
  /** Notes of decisions and ends. */
  readonly notes: number
  /** Runs of a pipeline whose claims say who started them. */
  readonly runs: number
  /** Receipts that say from where an access was used. */
  readonly addresses: number
  /** Rows of the audit log from before words stood beside it: nothing can be erased in them. */
  readonly older: number
  /** The person's requests that are open or too young; their words stay. */
  readonly kept: number
}

/** Erases what a person wrote. */
export interface ErasureMemory {
  /**
   * Erases the words of a person in everything that is over and from before that moment, with the event about it in the same
   * transaction. Without an event it only counts.
   */
  eraseWords(person: PersonId, before: Timestamp, event?: (found: Erasure) => readonly AuditEvent[]): Promise<Erasure>
}

/** The most rows that one audit row names, so that it stays short; more rows get more events. */
const mostRanges = 200

/** The audit rows about an erasure. They name each row whose words are gone, so that the log still proves itself. */
export const wordsErased =
  (person: PersonId, actor: Actor, at: Timestamp) =>
  ({ rows }: Erasure): readonly AuditEvent[] => {
    const ranges = rangesOf(rows)
    const parts = Math.max(1, Math.ceil(ranges.length / mostRanges))
    return Array.from({ length: parts }, (_, index) => {
      const named = ranges.slice(index * mostRanges, (index + 1) * mostRanges).join(' ')
      return { at, kind: 'words-erased', actor, detail: { person, rows: named } }
    })
  }

/** Ascending numbers as ranges, such as `3 7-9`. */
const rangesOf = (numbers: readonly number[]): readonly string[] => {
  const ranges: { first: number; last: number }[] = []
  for (const number of numbers) {
    const latest = ranges.at(-1)
    if (latest && latest.last + 1 === number) latest.last = number
    else ranges.push({ first: number, last: number })
  }
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
}
