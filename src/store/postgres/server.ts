import * as z from 'zod'
import type { PresentServer, ServerMemory } from '../../domain/server-memory.ts'
import { timestamp } from '../../domain/time.ts'
import { appendAudit } from './audit.ts'
import type { Atomically, Connection } from './connection.ts'
import { sql } from './drizzle.ts'
import { codeOf } from './failures.ts'
import type { Holder } from './holder.ts'

/** A connection, or a pool of them. */
type Asking = { query(text: string, values?: unknown[]): Promise<{ rows: readonly unknown[] }> }

/**
 * The server and the noted one in one statement. The timeline is that of its log: the one in the control file is older
 * until the first checkpoint after a promotion.
 */
const look = `SELECT system, timeline, synchronous, noted.settled, noted.was_synchronous,
    noted.name IS NOT NULL AS is_noted, noted.name IS NOT DISTINCT FROM system || '/' || timeline AS is_same,
    noted.system_then IS NOT DISTINCT FROM system AS is_same_system
  FROM (
    SELECT (SELECT system_identifier FROM pg_control_system())::text AS system,
      ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int AS timeline,
      current_setting('synchronous_standby_names') <> '' AND
        current_setting('synchronous_commit') IN ('on', 'remote_apply') AS synchronous
  ) AS present LEFT JOIN (
    SELECT system AS system_then, system || '/' || timeline AS name, settled, synchronous AS was_synchronous
    FROM latchkey.server
  ) AS noted ON true`

const found = z.object({
  ...{ system: z.string(), timeline: z.number(), synchronous: z.boolean() },
  ...{ settled: z.boolean().nullable(), was_synchronous: z.boolean().nullable() },
  ...{ is_noted: z.boolean(), is_same: z.boolean(), is_same_system: z.boolean() },
})

const note = `INSERT INTO latchkey.server (system, timeline, synchronous, settled) VALUES ($1, $2, $3, $4)
  ON CONFLICT (one) DO UPDATE SET system = $1, timeline = $2, synchronous = $3, settled = $4`

/** A claim of nobody: what was being set up rests until it is ended. */
const holdUnfinished = `UPDATE latchkey.grants SET claim = 'succession.', claimed_until =
    (extract(epoch FROM statement_timestamp()) * 1000)::bigint + 60000 WHERE state = 'provisioning'`
/** The lost part may have used a link. */
const endLinks = [
  "UPDATE latchkey.fetch_links SET state = 'replaced' WHERE state = 'open'",
  'UPDATE latchkey.fetch_links SET unspent_at = NULL WHERE unspent_at IS NOT NULL',
]
/** A message may show what the lost part said. */
const drawAgain = `UPDATE latchkey.cards SET rendered = 0 WHERE message IS NOT NULL AND rendered >= wanted AND request IN (
  SELECT id FROM latchkey.requests WHERE state = 'pending'
  UNION SELECT request FROM latchkey.grants WHERE state <> 'ended')`

/**
 * The server that answers, compared with the noted one. A successor is noted first. It lacks nothing where it was a
 * standby that had each change before it was confirmed. A copy in another system was never a standby.
 */
const meetServer = async (client: Asking): Promise<PresentServer> => {
  const now = await lookAt(client)
  const name = `${now.system}/${now.timeline}`
  if (now.is_same && now.was_synchronous === now.synchronous) return { name, isSettled: now.settled ?? true }
  await client.query('BEGIN')
  try {
    await client.query("SELECT pg_advisory_xact_lock(hashtextextended('latchkey:server', 0))")
    const again = await lookAt(client)
    const hadAll = again.is_same_system && again.was_synchronous === true
    const mayLack = again.is_noted && !again.is_same && !hadAll
    const isSettled = !mayLack && (again.settled ?? true)
    await client.query(note, [again.system, again.timeline, again.synchronous, isSettled])
    if (mayLack) for (const statement of [holdUnfinished, ...endLinks, drawAgain]) await client.query(statement)
    await client.query('COMMIT')
    return { name, isSettled }
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}

const lookAt = async (client: Asking) => {
  try {
    return found.parse((await client.query(look)).rows[0])
  } catch (error) {
    // A standby that still follows takes no writes; it is awaited like a server that starts.
    if (codeOf(error) === '55000')
      throw Object.assign(new Error('not promoted yet', { cause: error }), { code: '57P03' })
    throw error
  }
}

/** A new connection meets its server before anything else is asked of it. Without our tables there is nothing to meet. */
export const meetFirst = async (client: Asking): Promise<void> => {
  await meetServer(client).catch((error: unknown) => {
    if (!['3F000', '42P01', '42501'].includes(codeOf(error))) throw error
  })
}

/** What the store knows of its server. */
export const serverOf = (
  { pool, queries, gate }: Connection,
  holder: Holder,
  atomically: Atomically,
): ServerMemory => ({
  time: () =>
    gate.run(async () => {
      const { rows } = await queries.execute<{ now: string }>(sql`SELECT ${holder.now()} AS now`)
      return timestamp(Number(rows[0]?.now))
    }),
  present: () =>
    gate.run(async () => {
      const client = await pool.connect()
      try {
        return await meetServer(client)
      } finally {
        client.release()
      }
    }),
  settled: (name, audit) =>
    gate.run(() =>
      atomically(async (within) => {
        await within.execute(sql`UPDATE latchkey.server SET settled = true WHERE system || '/' || timeline = ${name}`)
        await appendAudit(within, audit)
      }),
    ),
})
