import type { PersonId } from '../domain/ids.ts'
import { type Seconds, secondsUntil, type Timestamp } from '../domain/time.ts'
import type { Clock } from '../ports.ts'

const mostRemembered = 10_000

/** Counts actions per person; returns `true` for one too many. It is in memory only, because its loss costs nothing. */
export const newRate = <Who extends string = PersonId>({ now }: Pick<Clock, 'now'>, most: number, per: Seconds) => {
  const seen = new Map<Who, { readonly since: Timestamp; readonly count: number }>()
  return (person: Who): boolean => {
    const before = seen.get(person)
    const isFresh = before !== undefined && secondsUntil(before.since, now()) < per
    const entry = isFresh ? { ...before, count: before.count + 1 } : { since: now(), count: 1 }
    seen.delete(person) // re-inserted at the end, so that the first entry is the one unseen for longest
    seen.set(person, entry)
    const [oldest] = seen.keys()
    if (seen.size > mostRemembered && oldest !== undefined) seen.delete(oldest)
    return entry.count > most
  }
}
