import type { Asked } from '../../domain/caps.ts'
import type { PersonId } from '../../domain/ids.ts'
import { type Timestamp, timestamp } from '../../domain/time.ts'
import type { Queries } from './connection.ts'
import { and, eq, gt, or, sql } from './drizzle.ts'
import { requests } from './schema.ts'

/** A person's pending requests, the requests since a moment, and the oldest of those; all at one moment. */
export const askedBy = async (queries: Queries, person: PersonId, since: Timestamp): Promise<Asked> => {
  const isRecent = gt(requests.submittedAt, since)
  const [row] = await queries
    .select({
      waiting: sql<number>`(count(*) FILTER (WHERE ${requests.state} = 'pending'))::int`,
      recent: sql<number>`(count(*) FILTER (WHERE ${isRecent}))::int`,
      oldest: sql<Timestamp | null>`min(${requests.submittedAt}) FILTER (WHERE ${isRecent})`.mapWith(toMoment),
    })
    .from(requests)
    // In the words of the index on person, openness and moment.
    .where(and(eq(requests.requester, person), or(requests.isOpen, and(eq(requests.isOpen, false), isRecent))))
  const { waiting = 0, recent = 0, oldest = null } = row ?? {}
  return { waiting, recent, ...(oldest !== null && { oldest }) }
}

const toMoment = (value: unknown): Timestamp => timestamp(Number(value))
