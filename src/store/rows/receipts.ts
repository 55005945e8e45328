import type { Use } from '../../domain/receipt.ts'
import { type Timestamp, timestamp } from '../../domain/time.ts'

/** More of one kind in an hour are only logged: whoever can write to the log must not fill the database. */
export const mostAlarms = { count: 20, within: 3_600_000 } as const

/** The kind of an alarm, with which its key begins. */
export const kindOf = (key: string): string => key.slice(0, key.indexOf(' ') + 1)

const soonest = 1_000
const latest = 60_000

/** Rare uses are shown at once. With constant use, the pause grows from a second to a minute. */
export const nextShow = (
  { first, shownAt }: { readonly first: Timestamp; readonly shownAt: Timestamp | null },
  now: Timestamp,
): Timestamp => {
  if (shownAt === null) return now
  const pause = Math.min(latest, Math.max(soonest, (now - first) / 30))
  return timestamp(Math.max(now, Math.round(shownAt + pause)))
}

/** More paths of one access are not told of one by one. */
export const mostRotations = 1_000

/** Whether a use read a secret: only a KV engine has `data` in its paths. */
export const isRead = ({ operation, outcome, path }: Pick<Use, 'operation' | 'outcome' | 'path'>): boolean =>
  outcome === 'allowed' && operation === 'read' && path.includes('/data/')
