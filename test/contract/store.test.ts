import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { storeContract } from './store.contract.ts'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-store-'))
afterAll(() => rmSync(folder, { recursive: true }))

storeContract('in memory', (now) => openSqliteStore({ file: ':memory:', newId: randomUUID, now }))
storeContract('in a file', (now) =>
  openSqliteStore({ file: join(folder, `${randomUUID()}.db`), newId: randomUUID, now }),
)
