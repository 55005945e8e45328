import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import Database from 'better-sqlite3'
import { afterEach, describe, expect, test } from 'vitest'
import { byOperator } from '../../src/domain/audit-event.ts'
import { wordsErased } from '../../src/domain/erasure.ts'
import { requestId } from '../../src/domain/ids.ts'
import { seconds } from '../../src/domain/time.ts'
import { openConnection } from '../../src/store/sqlite/connection.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { eventually } from '../support/eventually.ts'
import * as sample from './store-samples.ts'
import { useFolder } from './store-sqlite-raw.ts'

describe('the database file', () => {
  const { at, store, read } = useFolder()
  const holders: ChildProcess[] = []
  afterEach(() => {
    for (const holder of holders.splice(0)) holder.kill('SIGKILL')
  })

  const hold = async (file: string, count = 1) => {
    const program = join(import.meta.dirname, 'store-sqlite-holder.ts')
    const holder = spawn(process.execPath, [program, file, String(count)], { stdio: ['ignore', 'pipe', 'inherit'] })
    holders.push(holder)
    const lines = createInterface(holder.stdout)
    const [line] = await once(lines, 'line')
    return { said: String(line), lines, kill: () => Promise.all([once(holder, 'exit'), holder.kill('SIGKILL')]) }
  }

  test('is for its owner alone, with all that lies beside it, whatever the umask', async () => {
    const umask = process.umask(0)
    try {
      await sample.submitted(await store())
    } finally {
      process.umask(umask)
    }
    const names = readdirSync(at('.'))
    expect(names).toEqual(['latchkey.db', 'latchkey.db-shm', 'latchkey.db-wal', 'latchkey.db.lock'])
    for (const name of names) expect(statSync(at(name)).mode & 0o777).toBe(0o600)
  })

  test('does not have what was erased anywhere, nor has what lies beside it', async () => {
    const opened = await store()
    const words = 'My number is 555 0100, call me.'
    await sample.ended(opened, { reason: words })
    const has = () => readdirSync(at('.')).filter((name) => readFileSync(at(name)).includes(words))
    expect(has()).not.toEqual([])
    await opened.eraseWords(sample.ada, sample.at(1_000), wordsErased(sample.ada, byOperator('root'), sample.at(1_001)))
    expect(has()).toEqual([])
  })

  test('is made together with the folder that it shall lie in', async () => {
    await store(undefined, 'new/folder/latchkey.db')
    expect(statSync(at('new')).mode & 0o777).toBe(0o700)
  })

  test('is refused to a second store, in this process and in another, with the remedy', async () => {
    await store()
    const refusal = /Another Latchkey is using .*latchkey\.db\. Stop that process first/
    await expect(store()).rejects.toThrow(refusal)
    expect((await hold(at('latchkey.db'))).said).toMatch(refusal)
    await expect(store()).rejects.toThrow(refusal)
    expect((await hold(at('latchkey.db'))).said).toMatch(refusal)
  })

  test('is refused under another name too', async () => {
    await store()
    symlinkSync(at('latchkey.db'), at('alias.db'))
    await expect(store(undefined, 'alias.db')).rejects.toThrow('Another Latchkey')
    expect(existsSync(at('alias.db.lock'))).toBe(false)
  })

  test('is free again, and holds what was committed, when its process was killed', async () => {
    const holder = await hold(at('latchkey.db'))
    await expect(store()).rejects.toThrow('Another Latchkey')
    await holder.kill()
    const survivor = await store()
    expect((await survivor.request(requestId(holder.said)))?.request.state).toBe('approved')
    expect(await survivor.verifyAudit()).toBeUndefined()
  })

  test('holds every approval that was answered for, when its process is killed in the middle of writing', async () => {
    const holder = await hold(at('latchkey.db'), 100_000)
    const answered = [holder.said]
    for await (const line of holder.lines) if (answered.push(line) === 100) break
    await holder.kill()
    const survivor = await store()
    const found = await Promise.all(answered.map((id) => survivor.request(requestId(id))))
    expect(found.filter((loaded) => loaded?.grant?.state !== 'provisioning')).toEqual([])
    expect(await survivor.verifyAudit()).toBeUndefined()
  })

  test('is free again after closing, which may be done twice', async () => {
    const first = await store()
    await first.close()
    await first.close()
    await sample.submitted(await store())
  })

  test('that is shared has what a killed process held taken by another, and nothing of one that lives', async () => {
    const mine = await openSqliteStore({ file: at('latchkey.db'), newId: randomUUID, isShared: true })
    const dues = [await sample.approved(mine), await sample.approved(mine)]
    const program = join(import.meta.dirname, '../support/shared-holder.ts')
    const start = async () => {
      const holder = spawn(process.execPath, [program, at('latchkey.db')], { stdio: ['ignore', 'pipe', 'inherit'] })
      holders.push(holder)
      const [line] = await once(createInterface(holder.stdout), 'line')
      return { took: String(line), kill: () => Promise.all([once(holder, 'exit'), holder.kill('SIGKILL')]) }
    }
    const [first, second] = [await start(), await start()]
    expect([first.took, second.took].toSorted()).toEqual(sample.idsOf(dues).toSorted())
    await first.kill()
    const taken = await eventually(async () => {
      await mine.stayAlive(seconds(2))
      const { things } = await mine.claimGrants(sample.vault.id, sample.at(20), seconds(600), 9)
      return things.length > 0 && things
    })
    expect(sample.idsOf(taken)).toEqual([first.took])
    expect(await mine.verifyAudit()).toBeUndefined()
    await mine.close()
  })

  test('can be read by others while it is in use, for a backup', async () => {
    await sample.submitted(await store())
    expect(read('SELECT count(*) AS count FROM requests')).toEqual([{ count: 1 }])
  })

  test('holds everything by itself once it is closed, even while somebody reads it', async () => {
    const first = await store()
    const { request } = await sample.activated(first)
    const reader = new Database(at('latchkey.db'), { readonly: true })
    expect(reader.prepare('SELECT count(*) FROM grants').pluck().get()).toBe(1)
    await first.close()
    reader.close()
    copyFileSync(at('latchkey.db'), at('copy.db'))
    const copy = await store(undefined, 'copy.db')
    expect((await copy.request(request.id))?.grant?.state).toBe('active')
  })

  test('is written through to the disk at each commit, with foreign keys and triggers in force', () => {
    const { connection, close } = openConnection(at('latchkey.db'))
    const settings = ['journal_mode', 'synchronous', 'foreign_keys', 'recursive_triggers', 'busy_timeout']
    expect(settings.map((name) => connection.pragma(name, { simple: true }))).toEqual(['wal', 2, 1, 1, 5000])
    close()
  })

  test('that cannot be opened leaves no lock behind', async () => {
    copyFileSync(join(import.meta.dirname, 'store-sqlite-holder.ts'), at('latchkey.db'))
    await expect(store()).rejects.toThrow('not a database')
    await expect(store()).rejects.toThrow('not a database')
  })
})
