import type { Timestamp } from '../../domain/time.ts'
import { isBusy, type Queries } from './connection.ts'
import { isFirstSight, wasSeen } from './links.ts'
import type { WriteGate } from './write-gate.ts'

/**
 * Whether a request's signature comes for the first time. Somebody's press waits for the answer, so this waits for no
 * lock: while another process holds it, a signature is remembered here, and in the database once that can be written.
 */
export const firstSight = (queries: Queries, gate: WriteGate) => {
  /** With the moment of each, the oldest first. */
  const unwritten = new Map<string, Timestamp>()
  const forgetUnwritten = (before: Timestamp): void => {
    for (const [signature, seenAt] of unwritten) {
      if (seenAt >= before) return
      unwritten.delete(signature)
    }
  }
  return (signature: string, now: Timestamp, forgetBefore: Timestamp): boolean => {
    forgetUnwritten(forgetBefore)
    if (unwritten.has(signature)) return false
    const remember = () => isFirstSight(queries, signature, now, forgetBefore)
    try {
      return remember()
    } catch (error) {
      if (!isBusy(error)) throw error
    }
    if (wasSeen(queries, signature)) return false
    unwritten.set(signature, now)
    // Given up after a minute: it is remembered here until it is too old to be taken.
    gate.run(remember).then(
      () => unwritten.delete(signature),
      () => {},
    )
    return true
  }
}
