import type { PersonId } from '../../domain/ids.ts'
import { accept, type Outcome, refuse } from '../../domain/refusal.ts'

const mostWaiting = 4

/** Lets calls wait, few of one person at once: each holds a connection. */
export const newWaiting = (most = mostWaiting) => {
  const counts = new Map<PersonId, number>()
  const count = (person: PersonId, by: number) => {
    const now = (counts.get(person) ?? 0) + by
    if (now > 0) counts.set(person, now)
    else counts.delete(person)
  }
  return async <T>(person: PersonId, wait: () => Promise<T>): Promise<Outcome<T>> => {
    if ((counts.get(person) ?? 0) >= most) return refuse({ code: 'too-many-waiting', most })
    count(person, 1)
    try {
      return accept(await wait())
    } finally {
      count(person, -1)
    }
  }
}
