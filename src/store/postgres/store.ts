import { join } from 'node:path'
import type { ClientConfig } from 'pg'
import type { Opening, Store } from '../../ports.ts'
import { eachVerb } from '../each-verb.ts'
import { accountsAt, claimAccount, forgetAccount, isHeld, releaseAccount } from './accounts.ts'
import { newAnnouncer } from './announcer.ts'
import { appendAudit, moveAuditCursor, readingAudit } from './audit.ts'
import { insertCards } from './cards.ts'
import { catalogueVerbs, vaultVerbs } from './catalogue-verbs.ts'
import { changes } from './changes.ts'
import { chatVerbs } from './chat-verbs.ts'
import { type Connection, openConnection, type Ways } from './connection.ts'
import { eraseWords } from './erasure.ts'
import { type Holder, newHolder } from './holder.ts'
import { inspect } from './inspect.ts'
import { instanceOf } from './instance.ts'
import { bury, endLease, lease, releaseClaims, stayAlive } from './leases.ts'
import { meetFirst, serverOf } from './server.ts'
import { isFirstSight } from './signatures.ts'
import { workVerbs } from './work-verbs.ts'

export type PostgresOptions = Opening & {
  /** How the server's role connects. */
  readonly config: ClientConfig
  /** The same past a pooler, for what needs a connection of its own. */
  readonly direct?: ClientConfig
}

const shipped = join(import.meta.dirname, '../../../migrations/postgres')

/** Opens the store of a migrated database. Refuses one on which this server must not start. */
export const openPostgresStore = async (options: PostgresOptions): Promise<Store> => {
  const connection = openConnection(options.config, options.onBlocked, meetFirst)
  try {
    const { obstacle } = await connection.gate.run(() => inspect(connection.pool, shipped))
    if (obstacle !== undefined) throw new Error(obstacle)
    return storeOver(connection, options)
  } catch (error) {
    await connection.close()
    throw error
  }
}

const storeOver = (connection: Connection, { config, direct = config, newId, now }: PostgresOptions): Store => {
  const holder = newHolder(newId(), now)
  const { queries, gate, lightly } = connection
  const announcer = newAnnouncer(queries, holder.id)
  const atomically = announcer.telling(connection.atomically)
  // Each verb is one transaction or repeatable. A verb that found PostgreSQL away runs again when it is back.
  const verbs = verbsOver({ ...connection, atomically, quietly: connection.atomically }, newId, holder)
  let isOpen = true
  return {
    ...eachVerb(verbs, gate.run),
    blockedSince: gate.blockedSince,
    changes: (signal) => changes({ queries, direct, announcer }, signal),
    server: serverOf(connection, holder, atomically),
    close: async () => {
      if (!isOpen) return
      isOpen = false
      // Where it cannot be written that this process ends, its claims run out by themselves.
      await lightly((within) => bury(within, holder.id)).catch(() => {})
      await connection.close()
    },
  }
}

const verbsOver = (
  connection: Ways,
  newId: () => string,
  holder: Holder,
): Omit<Store, 'close' | 'blockedSince' | 'changes' | 'server'> => {
  const { queries, atomically, lightly } = connection
  return {
    instance: () => atomically((within) => instanceOf(within, newId)),
    ...workVerbs(connection, holder),
    ...chatVerbs(connection, holder),
    ...catalogueVerbs(connection, newId),
    ...vaultVerbs(connection),

    claimAccount: (of, draw, lasting) => claimAccount(connection, holder, of, draw, lasting),
    releaseAccount: (held) => lightly((within) => releaseAccount(within, held)),
    forgetAccount: (of) => atomically((within) => forgetAccount(within, of)),
    accounts: (integration) => accountsAt(queries, integration),
    isHeld: (held) => isHeld(queries, held),

    eraseWords: (...asked) => atomically((within) => eraseWords(within, ...asked)),

    audit: (events, cards = []) =>
      atomically(async (within) => {
        await Promise.all([appendAudit(within, events), insertCards(within, cards)])
      }),
    ...readingAudit(queries),
    moveAuditCursor: (...move) => atomically((within) => moveAuditCursor(within, ...move)),

    stayAlive: (lasting) => lightly((within) => stayAlive(within, holder, lasting)),
    lease: (...wanted) => lightly((within) => lease(within, holder, ...wanted)),
    endLease: (name) => lightly((within) => endLease(within, holder, name)),
    releaseClaims: () => lightly((within) => releaseClaims(within, holder.id)),
    isFirstSight: (...sight) => lightly((within) => isFirstSight(within, ...sight)),
  }
}
