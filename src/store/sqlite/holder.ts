import { type Claim, claim } from '../../domain/lease-memory.ts'
import { after, type Seconds, type Timestamp } from '../../domain/time.ts'
import type { Queries } from './connection.ts'
import { sql } from './drizzle.ts'

/** The process that uses a store. */
export type Holder = {
  readonly id: string
  /** The name of a new claim. */
  readonly claim: () => Claim
  /** The time by the database's clock, which all its processes share. */
  readonly now: () => Timestamp
  readonly until: (lasting: Seconds) => Timestamp
}

const databaseClock = sql`SELECT CAST(round(unixepoch('subsec') * 1000) AS INTEGER) AS now`

/** `now` replaces the database's clock in tests. */
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
