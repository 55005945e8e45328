import type { PersonId } from '../domain/ids.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import type { Deps } from './deps.ts'

/**
 * The draft of a submission under a key that its program drew. The same key with the same body is the same draft for a
 * day. So a repeated call makes no second request, even while the first one is under way. Without a key each is new.
 */
export const keyedDraft =
  ({ store, clock, hash, newId }: Pick<Deps, 'store' | 'clock' | 'hash' | 'newId'>) =>
  async (person: PersonId, key: string | undefined, body: unknown): Promise<Outcome<string>> => {
    const draft = newId()
    if (key === undefined) return accept(draft)
    const submission = { person, key: hash(key), body: hash(JSON.stringify(body)), draft, now: clock.now() }
    const first = await store.keySubmission(submission)
    return first.body === submission.body ? accept(first.draft) : refuse({ code: 'idempotency-key-reused' })
  }
