import { setImmediate } from 'node:timers/promises'
import type { Timestamp } from '../../domain/time.ts'
import type { Gate } from '../gate.ts'
import { isBusy, lightly, type Queries } from './connection.ts'
import { isFirstSight, wasSeen } from './signatures.ts'

/** A signature, the moment of its sight, and the moment before which old ones are forgotten. */
type Sight = readonly [signature: string, now: Timestamp, forgetBefore: Timestamp]

/**
 * Whether a request's signature is new. A person's press waits for the answer, so this does not wait for a lock. While
 * another process holds the lock, signatures are remembered here, and written later. Sights of the same moment share a
 * transaction.
 */
export const firstSight = (
  queries: Queries,
  gate: Pick<Gate, 'run'>,
  apart: <T>(write: () => T) => T = (write) => write(),
) => {
  /** Signatures with their moments, oldest first. */
  const unwritten = new Map<string, Timestamp>()
  const forgetUnwritten = (before: Timestamp): void => {
    for (const [signature, seenAt] of unwritten) {
      if (seenAt >= before) return
      unwritten.delete(signature)
    }
  }
  const write = (sights: readonly Sight[]) =>
    apart(() => lightly(queries, (within) => sights.map((sight) => isFirstSight(within, ...sight))))

  const rememberHere = (sight: Sight): boolean => {
    const [signature, now] = sight
    if (unwritten.has(signature) || wasSeen(queries, signature)) return false
    unwritten.set(signature, now)
    // After a failed minute the signature stays here until it is too old to be accepted.
    gate
      .run(() => write([sight]))
      .then(
        () => unwritten.delete(signature),
        () => {},
      )
    return true
  }

  const look = (sights: readonly Sight[]): readonly boolean[] => {
    for (const [, , forgetBefore] of sights) forgetUnwritten(forgetBefore)
    const fresh = sights.filter(([signature]) => !unwritten.has(signature))
    if (fresh.length === 0) return sights.map(() => false)
    try {
      const answers = new Map(write(fresh).map((isFirst, index) => [fresh[index], isFirst]))
      return sights.map((sight) => answers.get(sight) ?? false)
    } catch (error) {
      if (!isBusy(error)) throw error
    }
    return sights.map(rememberHere)
  }

  let coming: Sight[] = []
  let looking: Promise<readonly boolean[]> | undefined
  return async (...sight: Sight): Promise<boolean> => {
    const place = coming.push(sight) - 1
    looking ??= setImmediate().then(() => {
      const group = coming
      coming = []
      looking = undefined
      return look(group)
    })
    return (await looking)[place] ?? false
  }
}
