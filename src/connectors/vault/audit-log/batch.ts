import type { Timestamp } from '../../../domain/time.ts'
import type { AuditBatch } from '../../../ports/audit-log.ts'
import type { Scanned } from './lines.ts'

/** A batch without any line. */
export const nothing = { lines: [], gaps: [], seen: 0, unreadable: 0 } as const satisfies Partial<AuditBatch>

type State = {
  readonly readTo: Timestamp
  readonly doubtSince: Timestamp | undefined
  /** The next line with a time ends the doubt. */
  readonly isLost: boolean
  readonly now: Timestamp
}

/** What some lines tell, and where they leave the reader. */
export const batchOf = (
  { lines, seen, unreadable, first, last, isDoubtful }: Scanned,
  { readTo, doubtSince, isLost, now }: State,
): {
  readonly told: Omit<AuditBatch, 'position'>
  readonly readTo: Timestamp
  readonly doubtSince: Timestamp | undefined
} => {
  const reached = last !== undefined && last > readTo ? (last < now ? last : now) : readTo
  const ends = doubtSince !== undefined && isLost && first !== undefined
  const gaps = [
    ...(ends ? [{ from: doubtSince, to: first > doubtSince ? first : doubtSince }] : []),
    // A line with one of our names was damaged: something within this batch is missing.
    ...(isDoubtful ? [{ from: readTo, to: reached }] : []),
  ]
  const still = ends ? undefined : doubtSince
  const told = { lines, seen, unreadable, gaps, readTo: reached, ...(still !== undefined && { doubtSince: still }) }
  return { told, readTo: reached, doubtSince: still }
}
