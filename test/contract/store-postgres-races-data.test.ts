import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { configurationChanged } from '../../src/domain/configuration.ts'
import { sessionId } from '../../src/domain/ids.ts'
import { newInvitation } from '../../src/domain/remote-connector.ts'
import { end, openTerminal } from '../../src/domain/session.ts'
import type { Store } from '../../src/ports.ts'
import { withDrizzle } from '../../src/store/postgres/connection.ts'
import { indexAll } from '../../src/store/postgres/resource-texts.ts'
import { openPostgresStore } from '../../src/store/postgres/store.ts'
import { usePostgres } from '../support/postgres-databases.ts'
import * as sample from './store-samples.ts'

const databases = usePostgres()
const { at, vault } = sample
const processes = 4

let stores: readonly Store[] = []
beforeEach(async () => {
  const { server: config } = await databases.fresh()
  stores = await Promise.all(Array.from({ length: processes }, () => openPostgresStore({ config, newId: randomUUID })))
})
afterEach(() => Promise.all(stores.map((store) => store.close())))

/** Does the same through every process at once. */
const atOnce = <T>(act: (store: Store, index: number) => Promise<T>): Promise<T[]> => Promise.all(stores.map(act))
const store = (): Store => sample.present(stores[0])

test('of several ends of one session at once, one is written', async () => {
  const given = { id: sessionId('s'), person: sample.ada, rights: 'own', label: 'l', address: '192.0.2.1' } as const
  const session = openTerminal({ ...given, key: 'thumb' }, { access: 'a', refresh: 'r' }, at(0))
  await store().openSession(session, [])
  const outcomes = await atOnce((one) => one.saveSession(end({ ...session, revision: 1 }, 'signed-out', at(1))))
  expect(outcomes.toSorted()).toEqual(['conflict', 'conflict', 'conflict', 'saved'])
})

test('one invitation lets one connector join, whichever processes are asked', async () => {
  await store().inviteConnector(newInvitation({ hash: 'h', integration: vault.id, by: 'ada', at: at(0) }), [])
  const joined = await atOnce((one, index) =>
    one.joinConnector('h', { id: `c${index}`, key: `k${index}`, joinedAt: at(1), address: '192.0.2.1' }, () => []),
  )
  expect(joined.filter((outcome) => outcome === 'used')).toHaveLength(processes - 1)
  expect(await store().remoteConnectors()).toEqual(joined.filter((outcome) => outcome !== 'used'))
})

test('a batch of the audit log that several processes read is counted once', async () => {
  const grant = sample.grantOf(await sample.activated(store())).id
  const use = { grant, path: 'kv/data/apps/db', operation: 'read', outcome: 'allowed', at: at(40) } as const
  for (const after of [0, 1]) {
    const watch = { integration: vault.id, after, now: at(50), position: '{}', readTo: at(49) }
    const noted = await atOnce((one) => one.noteUses({ ...watch, uses: [use], gaps: [], alarms: [] }))
    expect(noted.filter((outcome) => outcome !== undefined)).toHaveLength(1)
  }
  expect((await store().receiptsOf(grant)).map(({ count }) => count)).toEqual([2])
  const shown = await atOnce((one) => one.showReceipts(at(60), 9))
  expect(shown.reduce((sum, { shown: count }) => sum + count, 0)).toBe(1)
})

test('processes that start at once note their configuration once', async () => {
  const now = { hash: 'a', settings: { keep: 'a' } }
  await atOnce((one) => one.noteConfiguration(now, configurationChanged(now, at(1))))
  expect(await store().auditRows(0, 9)).toHaveLength(1)
})

test('a look that several processes save counts once, and its resources are there once', async () => {
  const opening = { now: at(1), since: at(0), ownerKey: 'owner', roots: ['kv/'] }
  const pass = sample.present((await atOnce((one) => one.openPass(vault.id, opening)))[0])
  const found = ['kv/a', 'kv/b'].map((path) => ({ type: 'secret', path, permissions: ['read'] }))
  await atOnce((one) => one.saveLooks(pass, [{ folder: 'kv/', found, folders: ['kv/deeper/'] }], at(2)))
  const progress = { folders: { done: 1, known: 2 }, resources: 2 }
  expect(await store().discoveryProgress(vault.id)).toMatchObject(progress)
  expect(await store().findResources([vault.id], 'kv', 9)).toHaveLength(2)
})

test('paths that no text of PostgreSQL can hold are left out, and all others are found', async () => {
  const opening = { now: at(1), since: at(0), ownerKey: 'owner', roots: ['kv/'] }
  const pass = await store().openPass(vault.id, opening)
  const found = ['kv/\0/x', `kv/${'x'.repeat(3_000)}`, 'kv/x'].map((path) => ({
    ...{ type: 'secret', path, permissions: ['read'], description: 'with \0 in it' },
  }))
  await store().saveLooks(pass, [{ folder: 'kv/', found, folders: ['\0/'] }], at(2))
  expect(await store().findResources([vault.id], 'x', 9)).toMatchObject([
    { path: 'kv/x', description: 'with \uFFFD in it' },
  ])
})

test('resources that were copied row by row are found once they are indexed', async () => {
  const database = await databases.fresh()
  const client = await databases.server().connect(undefined, database.name)
  await client.query(`INSERT INTO latchkey.resources (id, integration, type, path, name, permissions, seen_at, is_gone)
    SELECT n, '${vault.id}', 'secret', 'kv/s-' || n, 's-' || n, '[]', 0, false FROM generate_series(1, 5000) AS n`)
  await indexAll(withDrizzle(client))
  await client.end()
  const copied = await openPostgresStore({ config: database.server, newId: randomUUID })
  for (const path of ['kv/s-1234', 'kv/s-5000'])
    expect(await copied.findResources([vault.id], `kv ${path.slice(5)}`, 1)).toMatchObject([{ path }])
  await copied.close()
})
