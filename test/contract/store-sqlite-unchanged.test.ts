import { randomUUID } from 'node:crypto'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { withDrizzle } from '../../src/store/sqlite/connection.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { whileUnchanged } from '../../src/store/sqlite/while-unchanged.ts'
import * as sample from './store-samples.ts'
import { useFolder } from './store-sqlite-raw.ts'

const { at } = useFolder()

/** A table of its own, the number of reads of it, and a second connection to it. */
const opened = () => {
  const connection = new Database(at('own.db'))
  connection.pragma('journal_mode = WAL')
  connection.exec("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO things VALUES (1, 'one')")
  const { keep, apart } = whileUnchanged(withDrizzle(connection))
  let reads = 0
  const read = keep((id: number) => {
    reads += 1
    return connection.prepare('SELECT name FROM things WHERE id = ?').pluck().get(id)
  })
  return { connection, other: new Database(at('own.db')), read, apart, reads: () => reads }
}

test('an answer is kept while nothing changes, and read again after a change by anybody', () => {
  const { connection, other, read, reads } = opened()
  expect([read(1), read(1), reads()]).toEqual(['one', 'one', 1])
  connection.exec("UPDATE things SET name = 'two'")
  expect([read(1), read(1), reads()]).toEqual(['two', 'two', 2])
  other.exec("UPDATE things SET name = 'three'")
  expect([read(1), read(1), reads()]).toEqual(['three', 'three', 3])
  connection.exec('DELETE FROM things')
  expect(read(1)).toBeUndefined()
})

test('a transaction that is undone leaves the truth', () => {
  const { connection, read } = opened()
  expect(read(1)).toBe('one')
  connection.exec("BEGIN; UPDATE things SET name = 'never'; ROLLBACK")
  expect(read(1)).toBe('one')
})

test('a write apart forgets nothing, and hides no other write', () => {
  const { connection, read, apart, reads } = opened()
  connection.exec('CREATE TABLE sights (id INTEGER)')
  read(1)
  apart(() => connection.exec('INSERT INTO sights VALUES (1), (2)'))
  expect([read(1), reads()]).toEqual(['one', 1])
  connection.exec("UPDATE things SET name = 'two'")
  apart(() => connection.exec('INSERT INTO sights VALUES (3)'))
  expect(read(1)).toBe('two')
})

test('a request is read once while only deliveries arrive, and shows what another process decided', async () => {
  const open = () => openSqliteStore({ file: at('shared.db'), newId: randomUUID, isShared: true })
  const [one, other] = [await open(), await open()]
  const { request } = await sample.submitted(one)
  const shown = async () => [
    await one.request(request.id),
    ...(await one.requestsOf(request.requester, 5)),
    ...(await one.requestsFor(request.items[0].resource)),
  ]
  const first = await shown()
  expect(first).toHaveLength(3)
  await one.isFirstSight('v0=a', sample.at(0), sample.at(-1))
  for (const [index, loaded] of (await shown()).entries()) expect(loaded).toBe(first[index])
  await sample.mustCommit(other, sample.approval(request))
  for (const loaded of await shown()) expect(loaded?.request.state).toBe('approved')
  await Promise.all([one.close(), other.close()])
})
