import { randomUUID } from 'node:crypto'
import type { Pool, PoolClient } from 'pg'

/** One transaction, by its connection and the number of it there. */
export type Turn = { readonly connection: string; readonly turn: number }

const turns = new WeakMap<object, Turn>()

const now = '(extract(epoch from statement_timestamp()) * 1000)::bigint'

/**
 * Notes the transaction under way on this connection: the row is there exactly if the transaction is written. The
 * database's own number of it would not do, because a number is given again after a crash that lost it.
 */
export const noteTurn = async (client: PoolClient): Promise<Turn> => {
  const last = turns.get(client) ?? { connection: randomUUID(), turn: 0 }
  const own = { ...last, turn: last.turn + 1 }
  turns.set(client, own)
  await client.query(
    `INSERT INTO latchkey.commits AS last (connection, turn, at) VALUES ($1, $2, ${now})
    ON CONFLICT (connection) DO UPDATE SET turn = EXCLUDED.turn, at = EXCLUDED.at`,
    [own.connection, own.turn],
  )
  return own
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
