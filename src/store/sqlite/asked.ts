import type { Asked } from '../../domain/caps.ts'
import type { PersonId } from '../../domain/ids.ts'
import type { Timestamp } from '../../domain/time.ts'
import type { Queries } from './connection.ts'
import { and, eq, gt, sql } from './drizzle.ts'
import { requests } from './schema.ts'
import { given, statement } from './statement.ts'

/** A person's pending requests, the requests since a moment, and the oldest of those. */
export const askedBy = (queries: Queries, person: PersonId, since: Timestamp): Asked => {
  const waiting = ofPerson(queries).get({ person })?.count ?? 0
  const { count = 0, oldest = null } = sinceThen(queries).get({ person, since }) ?? {}
  return { waiting, recent: count, ...(oldest !== null && { oldest }) }
}

const ofPerson = statement((queries) =>
  queries
    .select({ count: sql<number>`count(*)` })
    .from(requests)
    .where(and(eq(requests.requester, given('person')), eq(requests.isOpen, true), eq(requests.state, 'pending')))
    .prepare(),
)

const sinceThen = statement((queries) =>
  queries
    .select({ count: sql<number>`count(*)`, oldest: sql<Timestamp | null>`min(${requests.submittedAt})` })
    .from(requests)
    // Both values are written out, so that the index on person, openness and moment also serves the moment.
    .where(
      and(eq(requests.requester, given('person')), sql`is_open IN (0, 1)`, gt(requests.submittedAt, given('since'))),
    )
    .prepare(),
)
