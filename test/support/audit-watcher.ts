// A process of its own: reads a vault's audit log into a database, until it is killed.
import { randomUUID } from 'node:crypto'
import { type WatchDeps, watchAudit } from '../../src/app/watch-audit.ts'
import { systemClock } from '../../src/clock.ts'
import { vaultAuditLog } from '../../src/connectors/vault/audit-log/source.ts'
import { vaultNames } from '../../src/connectors/vault/names.ts'
import { instanceId, integrationId } from '../../src/domain/ids.ts'
import type { AuditLog, Store } from '../../src/ports.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'

export const watchedInstance = 'i0test'

/** Everything that the reader of a log needs besides its store. */
export const watchDeps = (store: Store): WatchDeps => ({
  ...{ store, clock: systemClock, newId: randomUUID, integrations: new Map(), platforms: new Map(), nudge: () => {} },
  log: { info: () => {}, warn: () => {}, error: () => {} },
  directory: {
    ...{ hash: '', find: () => undefined, resolve: () => undefined, members: () => [], groups: () => [] },
    ...{ people: () => [], reload: async () => ({ kind: 'same' }) },
  } as unknown as WatchDeps['directory'],
})

/** The log in a file, without a vault to ask for hashes. */
export const fileLog = (
  file: string,
  prefix = 'latchkey-',
  hashed = async (_: string): Promise<string | undefined> => undefined,
): AuditLog =>
  vaultAuditLog({
    ...{ settings: { file }, clock: systemClock, hashed },
    names: vaultNames(prefix, instanceId(watchedInstance)),
    beginning: `${prefix}${watchedInstance}-g-`,
  })

if (import.meta.main) {
  const [database = '', file = '', prefix = ''] = process.argv.slice(2)
  const store = await openSqliteStore({ file: database, newId: randomUUID })
  console.log('watching')
  await watchAudit(watchDeps(store), integrationId('vault'), fileLog(file, prefix))(new AbortController().signal)
}
