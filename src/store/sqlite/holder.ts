import { type Claim, claim } from '../../domain/lease-memory.ts'
import { after, type Seconds, type Timestamp } from '../../domain/time.ts'
import type { Queries } from './connection.ts'
import { sql } from './drizzle.ts'

/** The process that a store speaks for. */
export type Holder = {
  readonly id: string
  /** A name for one more claim. */
  readonly claim: () => Claim
  /** The moment by the clock of the database, which is the same for all that share it. */
  readonly now: () => Timestamp
  readonly until: (lasting: Seconds) => Timestamp
}

const databaseClock = sql`SELECT CAST(round(unixepoch('subsec') * 1000) AS INTEGER) AS now`

/** `now` stands in for the clock of the database, in tests. */
export const newHolder = (queries: Queries, id: string, now?: () => Timestamp): Holder => {
  const read = now ?? (() => queries.get<{ now: Timestamp }>(databaseClock).now)
  let drawn = 0
  return {
    id,
    claim: () => {
      drawn += 1
      return claim(`${id}.${drawn}`)
    },
    now: read,
    until: (lasting) => after(read(), lasting),
  }
}
