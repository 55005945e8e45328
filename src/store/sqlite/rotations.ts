import type { GrantId, IntegrationId } from '../../domain/ids.ts'
import type { Use } from '../../domain/receipt.ts'
import type { Rotation } from '../../domain/rotation.ts'
import type { RotationMemory, RotationMove } from '../../domain/rotation-memory.ts'
import type { Timestamp } from '../../domain/time.ts'
import { isRead, mostRotations } from '../rows/receipts.ts'
import { rotationColumns, toRotation } from '../rows/rotations.ts'
import { appendAudit } from './audit.ts'
import { insertCards, outdateCards } from './cards.ts'
import type { Queries } from './connection.ts'
import { and, asc, eq, lte, or, sql } from './drizzle.ts'
import type { GroupCommit } from './group-commit.ts'
import { grants, requests } from './schema.ts'
import { rotations } from './schema-rotations.ts'

/** The store's verbs about secrets that were read. */
export const rotationVerbs = (queries: Queries, together: GroupCommit): RotationMemory => ({
  rotationsOf: async (grant) => rotationsOf(queries, grant),
  readToTell: async (integration, endedBefore, limit) => readToTell(queries, integration, endedBefore, limit),
  dueRotations: async (integration, now, limit) => dueRotations(queries, integration, now, limit),
  nextRotation: async (integration) => nextRotation(queries, integration),
  moveRotations: (move) => together((within) => moveAll(within, move)),
})

/** A row for each secret that a use may be about. */
export const noteRead = (queries: Queries, grant: GrantId, use: Pick<Use, 'operation' | 'outcome' | 'path'>): void => {
  if (!isRead(use)) return
  queries.run(sql`INSERT INTO rotations (grant_id, integration, path, state, turn, tries, looks)
    SELECT id, integration, ${use.path}, 'waiting', 0, 0, 0 FROM grants WHERE id = ${grant}
    AND (SELECT count(*) FROM rotations WHERE grant_id = ${grant}) < ${mostRotations} ON CONFLICT DO NOTHING`)
}

/** See `RotationMemory`. */
export const rotationsOf = (queries: Queries, grant: GrantId): readonly Rotation[] =>
  queries.select().from(rotations).where(eq(rotations.grant, grant)).orderBy(asc(rotations.path)).all().map(toRotation)

const readToTell = (queries: Queries, integration: IntegrationId, endedBefore: Timestamp, limit: number) =>
  queries
    .select({ rotation: rotations })
    .from(rotations)
    .innerJoin(grants, eq(grants.id, rotations.grant))
    .where(
      and(
        eq(rotations.integration, integration),
        sql`${rotations.state} = 'waiting'`, // in the words of the index
        eq(grants.state, 'ended'),
        lte(grants.endedAt, endedBefore),
      ),
    )
    .orderBy(asc(rotations.grant), asc(rotations.path))
    .limit(limit)
    .all()
    .map(({ rotation }) => toRotation(rotation))

const dueRotations = (queries: Queries, integration: IntegrationId, now: Timestamp, limit: number) =>
  queries
    .select()
    .from(rotations)
    .where(
      or(
        and(eq(rotations.integration, integration), lte(rotations.hookAt, now)),
        and(eq(rotations.integration, integration), lte(rotations.lookAt, now)),
      ),
    )
    .limit(limit)
    .all()
    .map(toRotation)

const nextRotation = (queries: Queries, integration: IntegrationId): Timestamp | undefined => {
  const { next } = queries.get<{ next: Timestamp | null }>(sql`SELECT min(at) AS next FROM (
    SELECT min(hook_at) AS at FROM rotations WHERE integration = ${integration} AND hook_at IS NOT NULL
    UNION ALL SELECT min(look_at) FROM rotations WHERE integration = ${integration} AND look_at IS NOT NULL)`)
  return next ?? undefined
}

const moveAll = (queries: Queries, { rows, audit = [], cards = [], isShown }: RotationMove): boolean => {
  const isFirst = rows.every(({ grant, path, turn }) => turnOf(queries, grant, path) === turn - 1)
  if (!isFirst) return false
  for (const row of rows) {
    const isMeant = and(eq(rotations.grant, row.grant), eq(rotations.path, row.path))
    queries.update(rotations).set(rotationColumns(row)).where(isMeant).run()
  }
  if (isShown) for (const grant of new Set(rows.map((row) => row.grant))) outdate(queries, grant)
  appendAudit(queries, audit)
  insertCards(queries, cards)
  return true
}

const turnOf = (queries: Queries, grant: GrantId, path: string): number | undefined =>
  queries
    .select({ turn: rotations.turn })
    .from(rotations)
    .where(and(eq(rotations.grant, grant), eq(rotations.path, path)))
    .get()?.turn

/** Cards show what became of a secret, so that belongs to the request's revision. */
const outdate = (queries: Queries, grant: GrantId): void => {
  const found = queries
    .select({ id: requests.id, revision: requests.revision })
    .from(requests)
    .innerJoin(grants, eq(grants.request, requests.id))
    .where(eq(grants.id, grant))
    .get()
  if (!found) return
  const revision = found.revision + 1
  queries.update(requests).set({ revision }).where(eq(requests.id, found.id)).run()
  outdateCards(queries, found.id, revision)
}
