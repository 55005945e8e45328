import { hash } from 'node:crypto'
import { type Timestamp, timestamp } from '../../../domain/time.ts'
import type { Activity } from './activity.ts'

type RepeatDeps = {
  readonly isFirstSight: (key: string, until: Timestamp) => Promise<boolean>
  /** In milliseconds. */
  readonly now: () => number
}

/** Teams gives up after fifteen seconds, so a repeat comes soon. */
const remembered = 30_000

type Known<Answer> = { readonly answer: Promise<Answer>; readonly doneAt?: number }

/**
 * Runs an activity once. A repeat gets the same answer while the first runs and shortly after, in this process. A later
 * one, or one after a restart, gets `earlier`.
 */
export const newRepeats = <Answer>({ isFirstSight, now }: RepeatDeps) => {
  /** Those that are done are in the order of their ends. */
  const recent = new Map<string, Known<Answer>>()
  const forget = (): void => {
    for (const [key, { doneAt }] of recent) {
      if (doneAt === undefined) continue
      if (now() - doneAt <= remembered) return
      recent.delete(key)
    }
  }
  return (
    key: string,
    until: number,
    { run, earlier }: { readonly run: () => Promise<Answer>; readonly earlier: () => Answer },
  ): Promise<Answer> => {
    forget()
    const known = recent.get(key)
    if (known) return known.answer
    const answer = (async () => ((await isFirstSight(key, timestamp(until))) ? run() : earlier()))()
    recent.set(key, { answer })
    const note = () => {
      recent.delete(key) // re-inserted at the end
      recent.set(key, { answer, doneAt: now() })
    }
    answer.then(note, () => recent.delete(key))
    return answer
  }
}

/** What makes an activity the same one: where it comes from, its conversation, its person and its id. */
export const keyOf = ({ serviceUrl, conversation, from, id }: Activity): string =>
  `teams ${hash('sha256', JSON.stringify([serviceUrl.replace(/\/+$/, ''), conversation.id, from.aadObjectId, id]), 'base64url')}`
