import { z } from 'zod'
import type { Erasure, ErasureMemory } from '../../domain/erasure.ts'
import { personalClaims, type Run } from '../../domain/pipeline.ts'
import { erased } from '../audit-words.ts'
import { appendAudit } from './audit.ts'
import type { Queries } from './connection.ts'
import { eq, type SQL, sql } from './drizzle.ts'
import { requests } from './schema.ts'

const sequences = z.array(z.object({ sequence: z.coerce.number().int() }))
const counts = z.array(z.object({ count: z.int() }))

/** See `ErasureMemory`. */
export const eraseWords = async (
  within: Queries,
  ...[person, before, event]: Parameters<ErasureMemory['eraseWords']>
): Promise<Erasure> => {
  const isOver = sql`NOT is_open AND decided_at < ${before} AND NOT EXISTS
    (SELECT FROM latchkey.grants WHERE grants.request = requests.id AND coalesce(ended_at, ${before}) >= ${before})`
  const ofOver = sql`request IN (SELECT id FROM latchkey.requests WHERE ${isOver})`
  /** Rows that the person caused, or that are about a session of theirs. */
  const own = sql`at < ${before} AND (request IS NULL OR ${ofOver}) AND (
    (actor::json ->> 'kind' = 'person' AND actor::json ->> 'id' = ${person})
    OR detail::json ->> 'person' = ${person})`
  const withWords = sql`SELECT sequence FROM latchkey.audit JOIN latchkey.audit_words USING (sequence) WHERE ${own}`
  const tables = [
    [sql`latchkey.requests`, sql`reason`, sql`requester = ${person} AND ${isOver}`],
    [sql`latchkey.requests`, sql`denial_note`, sql`denied_by = ${person} AND ${isOver}`],
    [sql`latchkey.decisions`, sql`note`, sql`approver = ${person} AND ${ofOver}`],
    [sql`latchkey.grants`, sql`note`, sql`by = ${person} AND ${ofOver}`],
    [
      sql`latchkey.control_groups`,
      sql`note`,
      sql`denied_by = ${person} AND state = 'denied' AND settled_at < ${before}`,
    ],
  ] as const
  const count = async (query: SQL): Promise<number> => {
    const [row] = counts.parse((await within.execute(sql`SELECT count(*)::int AS count FROM ${query}`)).rows)
    return row?.count ?? 0
  }
  const texts = tables.map(([table, column, whose]) =>
    count(sql`${table} WHERE ${whose} AND ${column} IS NOT NULL AND ${column} <> ${erased}`),
  )
  const [reasons = 0, ...notes] = await Promise.all(texts)
  const isRun = sql`requester = ${person} AND ${isOver} AND run IS NOT NULL`
  const started = (await within.select({ id: requests.id, run: requests.run }).from(requests).where(isRun)).flatMap(
    ({ id, run }) => (run && namesSomebody(run) ? { id, run } : []),
  )
  const ownGrants = sql`SELECT id FROM latchkey.grants WHERE person = ${person} AND ${ofOver}`
  const found: Erasure = {
    rows: sequences.parse((await within.execute(sql`${withWords} ORDER BY sequence`)).rows).map((row) => row.sequence),
    reasons,
    notes: notes.reduce((sum, each) => sum + each, 0),
    runs: started.length,
    older: await count(sql`latchkey.audit WHERE ${own} AND (detail::json ->> 'reason' IS NOT NULL
      OR detail::json ->> 'note' IS NOT NULL OR detail::json ->> 'address' IS NOT NULL
      OR detail::json ->> 'run' IS NOT NULL)`),
    addresses: await count(sql`latchkey.receipts WHERE grant_id IN (${ownGrants}) AND addresses <> '[]'`),
    kept: await count(sql`latchkey.requests WHERE requester = ${person} AND NOT (${isOver})`),
  }
  if (!event) return found
  await within.execute(sql`DELETE FROM latchkey.audit_words WHERE sequence IN (${withWords})`)
  for (const [table, column, whose] of tables) {
    await within.execute(sql`UPDATE ${table} SET ${column} = ${erased} WHERE ${whose} AND ${column} IS NOT NULL`)
  }
  await within.execute(sql`UPDATE latchkey.receipts SET addresses = '[]' WHERE grant_id IN (${ownGrants})`)
  for (const { id, run } of started) {
    await within
      .update(requests)
      .set({ run: nameless(run) })
      .where(eq(requests.id, id))
  }
  await appendAudit(within, event(found))
  return found
}

type RunClaim = Run['claims'][number]
const isPersonal = ({ name }: RunClaim): boolean => personalClaims.some((each) => each === name)
const namesSomebody = ({ claims }: Run): boolean => claims.some((each) => isPersonal(each) && each.value !== erased)
const nameless = (run: Run): Run => ({
  ...run,
  claims: run.claims.map((each) => (isPersonal(each) ? { ...each, value: erased } : each)),
})
