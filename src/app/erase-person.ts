import type { Actor } from '../domain/audit-event.ts'
import { type Erasure, wordsErased } from '../domain/erasure.ts'
import type { PersonId } from '../domain/ids.ts'
import { seconds, timestamp } from '../domain/time.ts'
import type { Deps } from './deps.ts'

const usualKeep = seconds(400 * 86_400)

/**
 * Erases what a person wrote in requests, decisions and ends that were over before `keep`, and where they sat. The audit log
 * keeps who did what and when, and each hash. `by` absent: only counts.
 */
export const erasePerson =
  ({ store, clock, settings: { keep = usualKeep } }: Pick<Deps, 'store' | 'clock' | 'settings'>) =>
  (person: PersonId, by?: Actor): Promise<Erasure> => {
    const now = clock.now()
    const before = timestamp(now - keep * 1000)
    return store.eraseWords(person, before, by && wordsErased(person, by, now))
  }
