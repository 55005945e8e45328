import type { Timestamp } from '../../domain/time.ts'
import { isBusy, type Queries } from './connection.ts'
import { isFirstSight, wasSeen } from './links.ts'
import type { WriteGate } from './write-gate.ts'

/**
 * Whether a request's signature comes for the first time. Somebody's press waits for the answer, so this waits for no
 * lock: while another process holds it, a signature is remembered here, and in the database once that can be written.
 */
export const firstSight = (queries: Queries, gate: WriteGate) => {
  const unwritten = new Set<string>()
  return (signature: string, now: Timestamp, forgetBefore: Timestamp): boolean => {
    if (unwritten.has(signature)) return false
    const remember = () => isFirstSight(queries, signature, now, forgetBefore)
    try {
      return remember()
    } catch (error) {
      if (!isBusy(error)) throw error
    }
    if (wasSeen(queries, signature)) return false
    unwritten.add(signature)
    // Given up after a minute: it is remembered here for as long as this process lives.
    gate.run(remember).then(
      () => unwritten.delete(signature),
      () => {},
    )
    return true
  }
}
