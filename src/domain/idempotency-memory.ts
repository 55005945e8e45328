import type { PersonId } from './ids.ts'
import { type Seconds, seconds, type Timestamp } from './time.ts'

/** How long a key means the same submission. */
export const keyLasts: Seconds = seconds(86_400)

/** A submission under a key that its program drew. */
export type KeyedSubmission = {
  readonly person: PersonId
  /** The hash of the key. */
  readonly key: string
  /** The hash of what is submitted. */
  readonly body: string
  /** Identifies the submission, if it is the first one under the key. */
  readonly draft: string
  readonly now: Timestamp
}

/** What the store remembers so that a repeated submission makes no second request. */
export interface IdempotencyMemory {
  /** The first submission under the key in that time: this one, or an earlier one. */
  keySubmission(submission: KeyedSubmission): Promise<Pick<KeyedSubmission, 'body' | 'draft'>>
}
