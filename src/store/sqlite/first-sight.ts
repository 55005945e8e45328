import type { Timestamp } from '../../domain/time.ts'
import { isBusy, type Queries } from './connection.ts'
import { isFirstSight, wasSeen } from './links.ts'
import type { WriteGate } from './write-gate.ts'

/**
 * Whether a request's signature is new. A person's press waits for the answer, so this does not wait for a lock. While
 * another process holds the lock, signatures are remembered here, and written later.
 */
export const firstSight = (queries: Queries, gate: WriteGate) => {
  /** Signatures with their moments, oldest first. */
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
    // After a failed minute the signature stays here until it is too old to be accepted.
    gate.run(remember).then(
      () => unwritten.delete(signature),
      () => {},
    )
    return true
  }
}
