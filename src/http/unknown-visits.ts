import { type Seconds, seconds, secondsUntil, type Timestamp } from '../domain/time.ts'
import type { Clock } from '../ports.ts'

/** How long a visitor beyond the limit must wait. */
export const visitsPer = seconds(60)
const defaults: Limits = { visits: 30, per: visitsPer, addresses: 10_000 }

type Limits = { readonly visits: number; readonly per: Seconds; readonly addresses: number }

/** Visits by remote address. `isOneTooMany` counts one; `forgive` takes one back that came to something. */
export type UnknownVisits = {
  isOneTooMany(remoteAddress: string | undefined): boolean
  forgive(remoteAddress: string | undefined): void
}

/**
 * Counts visits to broken links, and departures to the issuer from which nobody has come back. Working links are never limited:
 * behind a proxy all visitors share one address, and nobody guesses 256 random bits.
 */
export const unknownVisits = (
  clock: Pick<Clock, 'now'>,
  { visits, per, addresses }: Limits = defaults,
): UnknownVisits => {
  const seen = new Map<string, { since: Timestamp; count: number }>()
  const isOneTooMany = (remoteAddress: string | undefined): boolean => {
    const address = networkOf(remoteAddress ?? '')
    const now = clock.now()
    const before = seen.get(address)
    const isFresh = before !== undefined && secondsUntil(before.since, now) < per
    const entry = isFresh ? { since: before.since, count: before.count + 1 } : { since: now, count: 1 }
    seen.delete(address) // re-inserted at the end, so that the first entry is the one unseen for longest
    seen.set(address, entry)
    const [oldest] = seen.keys()
    if (seen.size > addresses && oldest !== undefined) seen.delete(oldest)
    return entry.count > visits
  }
  const forgive = (remoteAddress: string | undefined): void => {
    const address = networkOf(remoteAddress ?? '')
    const entry = seen.get(address)
    if (entry && entry.count > 0) seen.set(address, { ...entry, count: entry.count - 1 })
  }
  return { isOneTooMany, forgive }
}

/** A household or company usually has a whole /64 of IPv6 addresses. */
const networkOf = (address: string): string => {
  if (!address.includes(':') || address.includes('.')) return address
  const [start = [], end = []] = address.split('::').map((part) => part.split(':').filter(Boolean))
  const zeros = Array.from({ length: Math.max(0, 8 - start.length - end.length) }, () => '0')
  return [...start, ...zeros, ...end].slice(0, 4).join(':')
}
