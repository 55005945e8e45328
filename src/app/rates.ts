import type { PersonId } from '../domain/ids.ts'
import { after, type Seconds, secondsUntil, type Timestamp } from '../domain/time.ts'
import type { Clock } from '../ports.ts'

const mostRemembered = 10_000

/**
 * Counts actions per person; returns when the person may act again after one too many. It is in memory only, because
 * its loss costs nothing.
 */
export const newWindow = <Who extends string = PersonId>({ now }: Pick<Clock, 'now'>, most: number, per: Seconds) => {
  const seen = new Map<Who, { readonly since: Timestamp; readonly count: number }>()
  return (person: Who): Timestamp | undefined => {
    const before = seen.get(person)
    const isFresh = before !== undefined && secondsUntil(before.since, now()) < per
    const entry = isFresh ? { ...before, count: before.count + 1 } : { since: now(), count: 1 }
    seen.delete(person) // re-inserted at the end, so that the first entry is the one unseen for longest
    seen.set(person, entry)
    const [oldest] = seen.keys()
    if (seen.size > mostRemembered && oldest !== undefined) seen.delete(oldest)
    return entry.count > most ? after(entry.since, per) : undefined
  }
}

/** The same; returns `true` for one too many. */
export const newRate = <Who extends string = PersonId>(clock: Pick<Clock, 'now'>, most: number, per: Seconds) => {
  const tooMany = newWindow<Who>(clock, most, per)
  return (person: Who): boolean => tooMany(person) !== undefined
}
