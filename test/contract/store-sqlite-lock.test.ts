import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { statusText } from '../../src/cli/access/status.ts'
import { seconds, type Timestamp, timestamp } from '../../src/domain/time.ts'
import { ExternalError, type Store } from '../../src/ports.ts'
import { neverWait, withDrizzle } from '../../src/store/sqlite/connection.ts'
import { firstSight } from '../../src/store/sqlite/first-sight.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { eventually } from '../support/eventually.ts'
import * as sample from './store-samples.ts'
import { useFolder } from './store-sqlite-raw.ts'

const { at } = sample

describe('while another program holds the write lock of the database', () => {
  const { at: path, read } = useFolder()

  /** Another process takes the write lock of the file; returns what makes it let go. */
  const lock = async () => {
    const program = join(import.meta.dirname, '../support/lock-holder.ts')
    const holder = spawn(process.execPath, [program, path('latchkey.db')])
    await once(holder.stdout, 'data')
    return async () => {
      holder.stdin.end()
      await once(holder, 'close')
    }
  }

  /** A store whose file somebody locks, and what it says of that. */
  const locked = async () => {
    const told: (Timestamp | undefined)[] = []
    const store = await openSqliteStore({
      ...{ file: path('latchkey.db'), newId: randomUUID },
      onBlocked: (since) => void told.push(since),
    })
    const known = await sample.activated(store)
    const waiting = await sample.approved(store, { items: [sample.item('apps/other')] })
    return { store, told, known, waiting, release: await lock() }
  }

  test('reading goes on, and every kind of write is done once the lock is free', async () => {
    const { store, known, waiting, release } = await locked()
    const handle = { policies: ['one'], drawn: 1, accessors: [] }
    const account = { integration: sample.vault.id, person: sample.ada }
    const done: string[] = []
    const noted = <T>(name: string, write: Promise<T>) =>
      write.then((result) => {
        done.push(name)
        return result
      })
    const writes = [
      noted('commit', store.commit(sample.after(known, { kind: 'revoke-asked', because: 'revoked' }, at(30)))),
      noted('names', store.saveHandle(sample.grantOf(waiting).id, handle)),
      noted(
        'account',
        store.claimAccount(account, () => 'account', seconds(60)),
      ),
      noted('claims', store.claimGrants(sample.vault.id, at(9_000), seconds(60), 9)),
      noted('audit', store.audit([sample.event()])),
      noted('cards', store.addCards([sample.card({ audience: 'notice', notice: { about: 'access-missing' } })])),
      noted('pass', store.openPass(sample.vault.id, { now: at(30), since: at(0), roots: [], ownerKey: undefined })),
    ]
    for (let look = 0; look < 20; look += 1) {
      expect((await store.request(known.request.id))?.grant?.state).toBe('active')
      await new Promise((resolve) => setImmediate(resolve))
    }
    await eventually(() => store.blockedSince() !== undefined)
    expect(done).toEqual([])
    await release()
    const [committed] = await Promise.all(writes)
    expect(committed).toBe('committed')
    expect((await store.requestOfGrant(sample.grantOf(waiting).id))?.grant?.handle).toEqual(handle)
    expect(await store.verifyAudit()).toBeUndefined()
    await store.close()
  })

  test('a start waits for the lock, says so after a second, and frees what the former process held', async () => {
    const options = { file: path('latchkey.db'), newId: randomUUID }
    const former = await openSqliteStore({ ...options, isShared: true })
    await sample.approved(former)
    const claim = (store: Store) => store.claimGrants(sample.vault.id, at(9_000), seconds(60), 9)
    expect((await claim(former)).things).toHaveLength(1)
    const release = await lock()
    const told: (Timestamp | undefined)[] = []
    let isOpen = false
    const opening = openSqliteStore({ ...options, onBlocked: (since) => void told.push(since) }).then((store) => {
      isOpen = true
      return store
    })
    await Promise.race([opening, eventually(() => told.length > 0)])
    expect([isOpen, told]).toEqual([false, [expect.any(Number)]])
    await release()
    const store = await opening
    expect(told).toEqual([expect.any(Number), undefined])
    expect((await claim(store)).things).toHaveLength(1)
    await former.close()
    await store.close()
  })

  test('a signed request is told at once whether it is new, and is remembered when that can be written', async () => {
    const { store, release } = await locked()
    const sight = (signature: string) => store.isFirstSight(signature, at(30), at(0))
    expect([await sight('one'), await sight('one'), await sight('two')]).toEqual([true, false, true])
    await release()
    await eventually(() => read('SELECT signature FROM signatures').length === 2)
    await store.close()
    const next = await openSqliteStore({ file: path('latchkey.db'), newId: randomUUID })
    const again = await Promise.all(['one', 'two'].map((each) => next.isFirstSight(each, at(31), at(0))))
    expect(again).toEqual([false, false])
    await next.close()
  })

  test('a signature whose write was given up is remembered for as long as any other, and no longer', async () => {
    const store = await openSqliteStore({ file: path('latchkey.db'), newId: randomUUID })
    const [own, other] = [new Database(path('latchkey.db')), new Database(path('latchkey.db'))]
    neverWait(own)
    other.exec('BEGIN IMMEDIATE')
    let givenUp = 0
    const run = async () => {
      givenUp += 1
      throw new ExternalError('database-busy', 'It was given up.', { transient: true })
    }
    const gate = { run, untilFree: run, blockedSince: () => undefined, close: () => {} }
    const isFirst = firstSight(withDrizzle(own), gate)
    const both = (now: number, before: number) =>
      Promise.all(['one', 'two'].map((each) => isFirst(each, at(now), at(before))))
    expect(await isFirst('one', at(100), at(0))).toBe(true)
    expect(await isFirst('two', at(200), at(0))).toBe(true)
    expect(givenUp).toBe(2)
    expect(await both(300, 100)).toEqual([false, false])
    expect(await both(301, 101)).toEqual([true, false])
    for (const connection of [own, other]) connection.close()
    await store.close()
  })

  test('it says so after a second, and again when it is over', async () => {
    const { store, told, release } = await locked()
    expect(store.blockedSince()).toBeUndefined()
    const write = store.audit([sample.event()])
    const since = await eventually(() => told[0])
    expect(store.blockedSince()).toBe(since)
    await release()
    await write
    expect([store.blockedSince(), told]).toEqual([undefined, [since, undefined]])
    await store.close()
  })
})

test('status says since when nothing can be written, and what to do', () => {
  const text = statusText({
    ...{ version: '1', instance: 'i', process: 1, startedAt: 0, url: 'http://127.0.0.1:1', waitingFor: ['database'] },
    ...{ integrations: [], held: 0, cards: 0, refused: [], audit: { sequence: 1, hash: 'a' }, push: [] },
    blockedSince: timestamp(60_000),
  })
  expect(text).toContain('Not ready: waiting for database.')
  expect(text).toContain('Database: nothing can be written since 1970-01-01 00:01:00Z')
})
