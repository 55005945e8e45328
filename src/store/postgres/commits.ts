import { randomUUID } from 'node:crypto'
import type { Pool, PoolClient } from 'pg'

/** One transaction, by its connection and the number of it there. */
export type Turn = { readonly connection: string; readonly turn: number }

const turns = new WeakMap<object, Turn>()

const now = '(extract(epoch from statement_timestamp()) * 1000)::bigint'

/** A transaction that began, and the timeline of the server on which it did. */
export type Begun = { readonly turn: Turn; readonly timeline: string }

/**
 * Notes the transaction under way on this connection: the row is there exactly if the transaction is written. The
 * database's own number of it would not do, because a number is given again after a crash that lost it.
 */
export const noteTurn = async (client: PoolClient): Promise<Begun> => {
  const last = turns.get(client) ?? { connection: randomUUID(), turn: 0 }
  const turn = { ...last, turn: last.turn + 1 }
  turns.set(client, turn)
  const noted = await client.query<{ timeline: string }>(
    `INSERT INTO latchkey.commits AS last (connection, turn, at) VALUES ($1, $2, ${now})
    ON CONFLICT (connection) DO UPDATE SET turn = EXCLUDED.turn, at = EXCLUDED.at
    RETURNING left(pg_walfile_name(pg_current_wal_lsn()), 8) AS timeline`,
    [turn.connection, turn.turn],
  )
  return { turn, timeline: noted.rows[0]?.timeline ?? '' }
}

/** Whether that transaction was written. Waits while the server still has it in hand: then its row is locked. */
export const isWritten = async (pool: Pool, { connection, turn }: Turn): Promise<boolean> => {
  const asked = await pool.query<{ turn: string }>(
    `INSERT INTO latchkey.commits AS last (connection, turn, at) VALUES ($1, 0, ${now})
    ON CONFLICT (connection) DO UPDATE SET at = EXCLUDED.at RETURNING last.turn`,
    [connection],
  )
  return Number(asked.rows[0]?.turn) === turn
}
