import { z } from 'zod'
import type { Erasure, ErasureMemory } from '../../domain/erasure.ts'
import { personalClaims } from '../../domain/pipeline.ts'
import { erased } from '../audit-words.ts'
import { appendAudit } from './audit.ts'
import { atomically, type Queries } from './connection.ts'
import { type SQL, sql } from './drizzle.ts'

const sequences = z.array(z.object({ sequence: z.int() }))

type Asked = Parameters<ErasureMemory['eraseWords']>

/** See `ErasureMemory`. SQLite's log of writes still has what was erased, until it is emptied. */
export const eraseWords = (queries: Queries, ...asked: Asked): Erasure => {
  const found = atomically(queries, (within) => eraseIn(within, ...asked))
  if (asked[2]) queries.all(sql`PRAGMA wal_checkpoint(TRUNCATE)`)
  return found
}

const eraseIn = (queries: Queries, ...[person, before, event]: Asked): Erasure => {
  const isOver = sql`is_open = 0 AND decided_at < ${before} AND NOT EXISTS
    (SELECT 1 FROM grants WHERE grants.request = requests.id AND coalesce(ended_at, ${before}) >= ${before})`
  const ofOver = sql`request IN (SELECT id FROM requests WHERE ${isOver})`
  /** Rows that the person caused, or that are about a session of theirs. */
  const own = sql`at < ${before} AND (request IS NULL OR ${ofOver}) AND (
    (json_extract(actor, '$.kind') = 'person' AND json_extract(actor, '$.id') = ${person})
    OR json_extract(detail, '$.person') = ${person})`
  const withWords = sql`SELECT sequence FROM audit JOIN audit_words USING (sequence) WHERE ${own}`
  const tables = [
    [sql`requests`, sql`reason`, sql`requester = ${person} AND ${isOver}`],
    [sql`requests`, sql`denial_note`, sql`denied_by = ${person} AND ${isOver}`],
    [sql`decisions`, sql`note`, sql`approver = ${person} AND ${ofOver}`],
    [sql`grants`, sql`note`, sql`"by" = ${person} AND ${ofOver}`],
    [sql`control_groups`, sql`note`, sql`denied_by = ${person} AND state = 'denied' AND settled_at < ${before}`],
  ] as const
  const count = (query: SQL): number =>
    queries.get<{ count: number }>(sql`SELECT count(*) AS count FROM ${query}`).count
  const [reasons = 0, ...notes] = tables.map(([table, column, whose]) =>
    count(sql`${table} WHERE ${whose} AND ${column} IS NOT NULL AND ${column} <> ${erased}`),
  )
  const isPersonal = sql`value ->> 'name' IN (SELECT value FROM json_each(${JSON.stringify(personalClaims)}))`
  const started = sql`requester = ${person} AND ${isOver} AND EXISTS
    (SELECT 1 FROM json_each(run, '$.claims') WHERE ${isPersonal} AND value ->> 'value' <> ${erased})`
  const ownGrants = sql`SELECT id FROM grants WHERE person = ${person} AND ${ofOver}`
  const found: Erasure = {
    rows: sequences.parse(queries.all(sql`${withWords} ORDER BY sequence`)).map(({ sequence }) => sequence),
    reasons,
    notes: notes.reduce((sum, each) => sum + each, 0),
    runs: count(sql`requests WHERE ${started}`),
    older: count(sql`audit WHERE ${own} AND (detail ->> 'reason' IS NOT NULL OR detail ->> 'note' IS NOT NULL
      OR detail ->> 'address' IS NOT NULL OR detail ->> 'run' IS NOT NULL)`),
    addresses: count(sql`receipts WHERE grant_id IN (${ownGrants}) AND addresses <> '[]'`),
    kept: count(sql`requests WHERE requester = ${person} AND NOT (${isOver})`),
  }
  if (!event) return found
  queries.run(sql`DELETE FROM audit_words WHERE sequence IN (${withWords})`)
  for (const [table, column, whose] of tables) {
    queries.run(sql`UPDATE ${table} SET ${column} = ${erased} WHERE ${whose} AND ${column} IS NOT NULL`)
  }
  queries.run(sql`UPDATE receipts SET addresses = '[]' WHERE grant_id IN (${ownGrants})`)
  queries.run(sql`UPDATE requests SET run = json_set(run, '$.claims', json((
    SELECT json_group_array(json_object('name', value ->> 'name', 'value',
      CASE WHEN ${isPersonal} THEN ${erased} ELSE value ->> 'value' END) ORDER BY key)
    FROM json_each(run, '$.claims')))) WHERE ${started}`)
  appendAudit(queries, event(found))
  return found
}
