import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openStore } from '../../src/store/index.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { storeContract } from './store.contract.ts'
import { databaseContract } from './store-database.contract.ts'
import { at, vault } from './store-samples.ts'
import { sharedContract } from './store-shared.contract.ts'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-store-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = () => join(folder, `${randomUUID()}.db`)

storeContract('in memory', (now) => openStore(':memory:', { newId: randomUUID, now }))
storeContract('in a file', (now) => openStore(file(), { newId: randomUUID, now }))
databaseContract('a file', file)
sharedContract('in a file', () => {
  const shared = file()
  return (now) => openSqliteStore({ file: shared, newId: randomUUID, now, isShared: true })
})

test('SQLite keeps also a path with a NUL, which other databases cannot', async () => {
  const store = await openStore(':memory:', { newId: randomUUID })
  const pass = await store.openPass(vault.id, { now: at(0), since: at(0), ownerKey: 'owner', roots: ['kv/'] })
  const found = [{ type: 'secret', path: 'kv/\0/name', permissions: ['read'] }]
  await store.saveLooks(pass, [{ folder: 'kv/', found, folders: [] }], at(0))
  expect(await store.findResources([vault.id], 'name', 9)).toMatchObject([{ path: 'kv/\0/name' }])
  await store.close()
})
