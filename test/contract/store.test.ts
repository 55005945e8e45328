import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { storeContract } from './store.contract.ts'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-store-'))
afterAll(() => rmSync(folder, { recursive: true }))

storeContract('in memory', () => openSqliteStore({ file: ':memory:', newId: randomUUID }))
storeContract('in a file', () => openSqliteStore({ file: join(folder, `${randomUUID()}.db`), newId: randomUUID }))
