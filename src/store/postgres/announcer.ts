import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { Atomically, Queries } from './connection.ts'
import { sql } from './drizzle.ts'

/** Tells other processes that this one wrote, and counts what they wrote. */
export type Announcer = {
  /** The same, and soon after each commit the others are told. Losing that costs them only time. */
  telling(atomically: Atomically): Atomically
  /** A number that changes when another process wrote. */
  others(): Promise<number>
}

export const channel = 'latchkey'
const pace = 25 // milliseconds in which many writes are told together
const counted = z.array(z.object({ count: z.coerce.number() })).length(1)

/**
 * Notifying within the transaction would make all commits of the cluster wait for each other, so it happens after. The
 * count is exact for this process, which does one of both at a time.
 */
export const newAnnouncer = (queries: Queries, own: string): Announcer => {
  let told = 0
  let isDue = false
  let isTelling = false
  let latest: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = latest.then(work)
    latest = turn.catch(() => {})
    return turn
  }
  const tell = async (): Promise<void> => {
    await queries.execute(sql`SELECT pg_notify(${channel}, ${own}), nextval('latchkey.changes')`)
    told += 1
  }
  const tellAll = async (): Promise<void> => {
    isTelling = true
    while (isDue) {
      isDue = false
      await inTurn(tell).catch(() => {})
      await delay(pace, undefined, { ref: false })
    }
    isTelling = false
  }
  return {
    telling: (atomically) => async (work) => {
      const answer = await atomically(work)
      isDue = true
      if (!isTelling) void tellAll()
      return answer
    },
    others: () =>
      inTurn(async () => {
        const read = await queries.execute(
          sql`SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS count FROM latchkey.changes`,
        )
        const [row] = counted.parse(read.rows)
        return (row?.count ?? 0) - told
      }),
  }
}
