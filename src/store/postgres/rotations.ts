import type { GrantId, IntegrationId } from '../../domain/ids.ts'
import type { Use } from '../../domain/receipt.ts'
import type { Rotation } from '../../domain/rotation.ts'
import type { RotationMemory, RotationMove } from '../../domain/rotation-memory.ts'
import { type Timestamp, timestamp } from '../../domain/time.ts'
import { isRead, mostRotations } from '../rows/receipts.ts'
import { rotationColumns, toRotation } from '../rows/rotations.ts'
import { appendAudit } from './audit.ts'
import { insertCards } from './cards.ts'
import { recordset } from './columns.ts'
import type { Atomically, Queries } from './connection.ts'
import { and, asc, eq, inArray, lte, or, sql } from './drizzle.ts'
import { raise } from './revisions.ts'
import { grants, requests } from './schema.ts'
import { rotations } from './schema-rotations.ts'

/** The store's verbs about secrets that were read. */
export const rotationVerbs = (queries: Queries, atomically: Atomically): RotationMemory => ({
  rotationsOf: (grant) => rotationsOf(queries, grant),
  readToTell: (integration, endedBefore, limit) => readToTell(queries, integration, endedBefore, limit),
  dueRotations: (integration, now, limit) => dueRotations(queries, integration, now, limit),
  nextRotation: (integration) => nextRotation(queries, integration),
  moveRotations: (move) => atomically((within) => moveAll(within, move)),
})

/** A row for each secret that a use may be about. */
export const noteReads = async (within: Queries, uses: readonly Use[]): Promise<void> => {
  const reads = new Map(uses.filter(isRead).map(({ grant, path }) => [JSON.stringify([grant, path]), { grant, path }]))
  if (reads.size === 0) return
  await within.execute(sql`
    WITH fresh AS (
      SELECT of.id, of.integration, read.path, row_number() OVER (PARTITION BY of.id) AS place
      FROM json_to_recordset(${recordset([...reads.values()])}) AS read ("grant" text, path text)
      JOIN ${grants} AS of ON of.id = read."grant"
      WHERE NOT EXISTS (SELECT FROM ${rotations} AS known WHERE known.grant_id = of.id AND known.path = read.path))
    INSERT INTO ${rotations} (grant_id, integration, path, state, turn, tries, looks)
    SELECT id, integration, path, 'waiting', 0, 0, 0 FROM fresh
    WHERE place + (SELECT count(*) FROM ${rotations} AS known WHERE known.grant_id = fresh.id) <= ${mostRotations}
    ON CONFLICT DO NOTHING`)
}

/** See `RotationMemory`. */
export const rotationsOf = async (queries: Queries, grant: GrantId): Promise<readonly Rotation[]> => {
  const isTheirs = eq(rotations.grant, grant)
  return (await queries.select().from(rotations).where(isTheirs).orderBy(asc(rotations.path))).map(toRotation)
}

const readToTell = async (
  queries: Queries,
  integration: IntegrationId,
  endedBefore: Timestamp,
  limit: number,
): Promise<readonly Rotation[]> => {
  const isToTell = and(
    eq(rotations.integration, integration),
    sql`${rotations.state} = 'waiting'`, // in the words of the index
    eq(grants.state, 'ended'),
    lte(grants.endedAt, endedBefore),
  )
  const found = await queries
    .select({ rotation: rotations })
    .from(rotations)
    .innerJoin(grants, eq(grants.id, rotations.grant))
    .where(isToTell)
    .orderBy(asc(rotations.grant), asc(rotations.path))
    .limit(limit)
  return found.map(({ rotation }) => toRotation(rotation))
}

const dueRotations = async (
  queries: Queries,
  integration: IntegrationId,
  now: Timestamp,
  limit: number,
): Promise<readonly Rotation[]> => {
  const isDue = or(lte(rotations.hookAt, now), lte(rotations.lookAt, now))
  const isOfVault = eq(rotations.integration, integration)
  return (await queries.select().from(rotations).where(and(isOfVault, isDue)).limit(limit)).map(toRotation)
}

const nextRotation = async (queries: Queries, integration: IntegrationId): Promise<Timestamp | undefined> => {
  const { rows } = await queries.execute<{ next: string | null }>(sql`SELECT least(
    (SELECT min(hook_at) FROM ${rotations} WHERE integration = ${integration} AND hook_at IS NOT NULL),
    (SELECT min(look_at) FROM ${rotations} WHERE integration = ${integration} AND look_at IS NOT NULL)) AS next`)
  const next = rows[0]?.next ?? null
  return next === null ? undefined : timestamp(Number(next))
}

/** The rows are locked before they are compared, so that all of them move, or none. */
const moveAll = async (within: Queries, { rows, audit = [], cards = [], isShown }: RotationMove): Promise<boolean> => {
  const { grant, path, turn } = rotations
  const known = await within
    .select({ grant, path, turn })
    .from(rotations)
    .where(inArray(grant, [...new Set(rows.map((row) => row.grant))]))
    .orderBy(asc(grant), asc(path))
    .for('update')
  const before = new Map(known.map((row) => [JSON.stringify([row.grant, row.path]), row.turn]))
  const isFirst = rows.every((row) => before.get(JSON.stringify([row.grant, row.path])) === row.turn - 1)
  if (!isFirst) return false
  await Promise.all(
    rows.map((row) => {
      const isMeant = and(eq(rotations.grant, row.grant), eq(rotations.path, row.path))
      return within.update(rotations).set(rotationColumns(row)).where(isMeant)
    }),
  )
  if (isShown) await raise(within, ofGrants(within, [...new Set(rows.map((row) => row.grant))]))
  await appendAudit(within, audit)
  await insertCards(within, cards)
  return true
}

/** Cards show what was done with an access, so that belongs to the request's revision. */
export const ofGrants = (queries: Queries, of: readonly GrantId[]) =>
  inArray(
    requests.id,
    queries
      .select({ id: grants.request })
      .from(grants)
      .where(inArray(grants.id, [...of])),
  )
