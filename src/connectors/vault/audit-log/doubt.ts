import type { Gap } from '../../../domain/receipt.ts'
import { type Timestamp, timestamp } from '../../../domain/time.ts'

/** One connection of a vault's server. Its first line after a break elsewhere may be the news of one that came back. */
export type Connection = { readonly openedAt: Timestamp; hasReturned: boolean }

/** A server may connect again before the end of its former connection is seen. */
const overlap = 2_000
/** What was written just before a break may be lost with it. */
const onItsWay = 2_000
/** Breaks in quick succession are one gap: whoever connects again and again must not fill the database. */
const calm = 10_000
const mostBreaks = 16

/**
 * Whether lines may be missing, and since when. Each broken connection is a doubt of its own: a server whose connection
 * broke may write into it later, and notices only at its next line. So only a new connection ends it, and none ends two.
 */
export const newDoubt = (start: Timestamp | undefined, servers: number) => {
  let since = start
  let broken: Timestamp[] = start === undefined ? [] : Array.from({ length: servers }, () => timestamp(0))
  let until = timestamp(0)
  let endedAt = Number.NEGATIVE_INFINITY
  return {
    since: () => since,
    /** How many servers have not written again. */
    awaited: () => broken.length,
    breaks: (at: Timestamp, readTo: Timestamp): void => {
      since ??= timestamp(Math.min(readTo, at - onItsWay))
      broken = [...broken, at].slice(-mostBreaks)
    },
    /** A line of this moment, which is not before the doubt, came from a connection. */
    hears: (connection: Connection, at: Timestamp): void => {
      const index = broken.findIndex((brokenAt) => connection.openedAt >= brokenAt - overlap)
      if (since === undefined || at < since || connection.hasReturned || index < 0) return
      connection.hasReturned = true
      broken = broken.toSpliced(index, 1)
      until = at > until ? at : until
    },
    /** Something within a time was damaged. */
    damages: (from: Timestamp, to: Timestamp): void => {
      since = since !== undefined && since < from ? since : from
      until = to > until ? to : until
    },
    /** The gap that ends now, if one does. */
    settle: (now: Timestamp): readonly Required<Gap>[] => {
      if (since === undefined || broken.length > 0 || now < endedAt + calm) return []
      const to = until < now ? until : now // a wrong time in a line must not make all that follows uncertain
      const gap = { from: since, to: to > since ? to : since }
      since = undefined
      until = timestamp(0)
      endedAt = now
      return [gap]
    },
  }
}
