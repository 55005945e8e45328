import { type Claim, claim } from '../../domain/lease-memory.ts'
import { type Seconds, type Timestamp, timestamp } from '../../domain/time.ts'
import { type SQL, sql } from './drizzle.ts'

/** The process that uses a store. */
export type Holder = {
  readonly id: string
  /** The name of a new claim. */
  readonly claim: () => Claim
  /** The time by the database's clock, which all its processes share. It is read where the statement runs. */
  readonly now: () => SQL<Timestamp>
  readonly until: (lasting: Seconds) => SQL<Timestamp>
}

const databaseClock = sql`(extract(epoch FROM statement_timestamp()) * 1000)::bigint`
const moment = (value: unknown): Timestamp => timestamp(Number(value))

/** `now` replaces the database's clock in tests. */
export const newHolder = (id: string, now?: () => Timestamp): Holder => {
  const read = () => (now ? sql`${now()}::bigint` : databaseClock)
  let drawn = 0
  return {
    id,
    claim: () => {
      drawn += 1
      return claim(`${id}.${drawn}`)
    },
    now: () => sql`${read()}`.mapWith(moment),
    until: (lasting) => sql`(${read()} + ${lasting * 1000}::bigint)`.mapWith(moment),
  }
}
