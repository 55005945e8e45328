import type { ClientConfig } from 'pg'
import type { Opening, Store } from '../../ports.ts'
import { appendAudit, moveAuditCursor, readingAudit } from './audit.ts'
import { type Connection, openConnection } from './connection.ts'
import { type Holder, newHolder } from './holder.ts'

export type PostgresOptions = Opening & {
  /** How the server's role connects. */
  readonly config: ClientConfig
}

/** Opens the store of a migrated database. */
export const openPostgresStore = async ({ config, newId, now }: PostgresOptions): Promise<Partial<Store>> => {
  const connection = openConnection(config)
  return { ...verbsOver(connection, newId, newHolder(newId(), now)), close: () => connection.close() }
}

const verbsOver = (
  { queries, atomically }: Connection,
  _newId: () => string,
  _holder: Holder,
): Partial<Omit<Store, 'close' | 'blockedSince' | 'changes'>> => ({
  audit: (events, _cards = []) =>
    atomically(async (within) => {
      await appendAudit(within, events)
    }),
  ...readingAudit(queries),
  moveAuditCursor: (...move) => atomically((within) => moveAuditCursor(within, ...move)),
})
