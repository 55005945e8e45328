import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Store } from '../../src/ports.ts'
import { withDrizzle } from '../../src/store/sqlite/connection.ts'
import { migrate } from '../../src/store/sqlite/migrate.ts'
import { storeOver } from '../../src/store/sqlite/store.ts'
import { writeGate } from '../../src/store/sqlite/write-gate.ts'
import * as sample from './store-samples.ts'

const { at } = sample
let store: Store
let statements: string[]

beforeEach(() => {
  statements = []
  const connection = new Database(':memory:', { verbose: (statement) => statements.push(String(statement)) })
  connection.pragma('foreign_keys = ON')
  migrate(connection, join(import.meta.dirname, '../../migrations'), () => at(0))
  const queries = withDrizzle(connection)
  store = storeOver(queries, writeGate(queries), { newId: randomUUID, close: () => connection.close() })
})
afterEach(() => store.close())

const begun = () => statements.filter((statement) => statement.startsWith('BEGIN')).length
const submissions = (count: number) => Array.from({ length: count }, () => sample.submission())

test('changes that arrive at the same moment share one wait for the disk', async () => {
  const changes = submissions(50)
  const before = begun()
  const answers = await Promise.all(changes.map((change) => store.commit(change)))
  expect(begun() - before).toBe(1)
  expect(answers).toEqual(changes.map(() => 'committed'))
  for (const { request } of changes) expect((await store.request(request.id))?.request.state).toBe('pending')
  expect(await store.verifyAudit()).toBeUndefined()
})

test('so many that others would have to wait are written in parts', async () => {
  const before = begun()
  await Promise.all(submissions(250).map((change) => store.commit(change)))
  expect(begun() - before).toBe(3)
})

test('one that breaks a rule of the database fails alone', async () => {
  const [one, two] = submissions(2)
  const { request } = await sample.submitted(store)
  const early = { ...sample.approval(request), request } // a grant for a request that is still pending
  const [first, broken, last] = await Promise.allSettled(
    [one, early, two].map((change) => store.commit(change as never)),
  )
  expect([first, last]).toEqual([
    { status: 'fulfilled', value: 'committed' },
    { status: 'fulfilled', value: 'committed' },
  ])
  expect(broken).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('approved') } })
  expect((await store.request(request.id))?.grant).toBeUndefined()
  expect(await store.verifyAudit()).toBeUndefined()
})

test('of two changes to the same revision the first wins, whether they come together or not', async () => {
  const { request } = await sample.submitted(store)
  const changes = [sample.approval(request, sample.grace), sample.denial(request, sample.linus)]
  expect(await Promise.all(changes.map((change) => store.commit(change)))).toEqual(['committed', 'conflict'])
  expect((await store.request(request.id))?.request).toMatchObject({ state: 'approved', revision: 2 })
})
