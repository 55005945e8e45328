import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { copyFile, mkdtemp, rename, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { usedSoFarOf } from '../../src/app/used-so-far.ts'
import { watchAudit } from '../../src/app/watch-audit.ts'
import { vaultNames } from '../../src/connectors/vault/names.ts'
import { instanceId } from '../../src/domain/ids.ts'
import { timestamp } from '../../src/domain/time.ts'
import type { Loaded, Store } from '../../src/ports.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { fileLog, watchDeps, watchedInstance } from '../support/audit-watcher.ts'
import { eventually } from '../support/eventually.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { type RawCall, rawCall } from '../support/openbao-calls.ts'
import * as sample from './store-samples.ts'

const program = join(import.meta.dirname, '../support/audit-watcher.ts')
const launch = join(import.meta.dirname, '../../src/launch.cjs')

describe('receipts of a real vault', () => {
  let vault: TestVault
  let root: RawCall
  let folder: string
  let file: string
  const names = vaultNames('latchkey-', instanceId(watchedInstance))

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-receipts-'))
    vault = await openBao()
    file = vault.server.auditFile
    root = rawCall(vault.server.address, vault.server.rootToken)
    await root('POST', 'kv/data/apps/db', { data: { password: 'x' } })
  })
  afterAll(async () => {
    await vault?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const document = JSON.stringify({ path: { 'kv/data/apps/db': { capabilities: ['read'] } } })

  /** An active grant, and a token under its drawn name; `wider` is what the policy at the vault gives beside. */
  const holder = async (store: Store, wider: object = {}) => {
    const made = sample.submission({ now: timestamp(Date.now()) })
    await sample.mustCommit(store, { ...made, request: { ...made.request, plan: { document, hash: 'f00d' } } })
    const waiting = await sample.reload(store, made.request)
    const approval = sample.approval(waiting.request, sample.grace, timestamp(Date.now()))
    const grant = approval.grant && { ...approval.grant, plan: { document, hash: 'f00d' } }
    await sample.mustCommit(store, { ...approval, ...(grant && { grant }) })
    const id = sample.grantOf(await sample.reload(store, made.request)).id
    const name = names.drawPolicy(id, 0)
    const rules = { ...JSON.parse(document).path, ...wider }
    await root('PUT', `sys/policies/acl/${name}`, { policy: JSON.stringify({ path: rules }) })
    const token = await root('POST', 'auth/token/create', { policies: [name], no_default_policy: true })
    const handle = { policies: [name], drawn: 1, accessors: [token.body.auth.accessor as string] }
    await store.saveHandle(id, handle)
    const provisioned = { kind: 'provisioned', handle } as const
    await sample.mustCommit(
      store,
      sample.after(await sample.reload(store, made.request), provisioned, timestamp(Date.now())),
    )
    const loaded = () => sample.reload(store, made.request)
    return { id, loaded, call: rawCall(vault.server.address, token.body.auth.client_token), name }
  }
  const used = async (store: Store, loaded: Loaded) => sample.present(await usedSoFarOf(store, loaded))

  /** Watches until it is ended, with a store of its own. */
  const watching = async (database = ':memory:', hashed?: (accessor: string) => Promise<string | undefined>) => {
    const store = await openSqliteStore({ file: database, newId: randomUUID })
    const end = new AbortController()
    const running = watchAudit(watchDeps(store), sample.vault.id, fileLog(file, 'latchkey-', hashed))(end.signal)
    await eventually(async () => store.auditWatch(sample.vault.id))
    return {
      store,
      stop: async () => {
        end.abort()
        await running
        await store.close()
      },
    }
  }

  test('say what was done, how often, from where and what was refused; what a token does with itself is no use', async () => {
    const { store, stop } = await watching()
    const { id, loaded, call } = await holder(store)
    expect(await used(store, await loaded())).toMatchObject({ times: 0, refused: 0, gaps: [] })
    await call('GET', 'auth/token/lookup-self')
    await call('GET', 'sys/internal/ui/mounts/kv/apps/db')
    for (let count = 0; count < 3; count++) expect((await call('GET', 'kv/data/apps/db')).status).toBe(200)
    expect((await call('GET', 'kv/data/apps/other')).status).toBe(403)
    expect((await call('GET', 'kv/metadata/?list=true')).status).toBe(403)
    await eventually(async () => (await used(store, await loaded())).refused === 2)
    expect(await used(store, await loaded())).toMatchObject({
      times: 3,
      refused: 2,
      addresses: ['127.0.0.1'],
      gaps: [],
    })
    const rows = (await store.receiptsOf(id)).map(({ path, operation, outcome, count }) => [
      path,
      operation,
      outcome,
      count,
    ])
    expect(rows).toEqual([
      ['kv/data/apps/db', 'read', 'allowed', 3],
      ['kv/data/apps/other', 'read', 'refused', 1],
      ['kv/metadata/', 'list', 'refused', 1],
    ])
    await stop()
  })

  test('alarm once when the vault allows what nobody approved, and when a name or token is not ours', async () => {
    const handedOut = async (accessor: string): Promise<string> =>
      (await root('POST', 'sys/audit-hash/main', { input: accessor })).body.data.hash
    const { store, stop } = await watching(':memory:', handedOut)
    const { id, name, call, loaded } = await holder(store, { 'kv/data/more': { capabilities: ['create', 'update'] } })
    const stranger = names.drawPolicy('0123abcd' as typeof id, 0)
    for (const policy of [stranger, name]) {
      await root('PUT', `sys/policies/acl/${stranger}`, { policy: document })
      const { body } = await root('POST', 'auth/token/create', { policies: [policy], no_default_policy: true })
      for (let count = 0; count < 2; count++)
        await rawCall(vault.server.address, body.auth.client_token)('GET', 'kv/data/apps/db')
    }
    for (let count = 0; count < 2; count++) await call('POST', 'kv/data/more', { data: { x: 'y' } })
    await call('GET', 'kv/data/apps/db')
    const alarms = async () => (await store.auditRows(0, 99)).filter(({ kind }) => kind.startsWith('use-'))
    await eventually(async () => (await used(store, await loaded())).times === 3)
    expect((await alarms()).map(({ kind, detail }) => [kind, detail.name, detail.path])).toEqual([
      ['use-unknown', stranger, 'kv/data/apps/db'],
      ['use-unknown', name, 'kv/data/apps/db'],
      ['use-unapproved', name, 'kv/data/more'], // a creation
      ['use-unapproved', name, 'kv/data/more'], // and an update
    ])
    await stop()
  })

  /** HashiCorp Vault's development server ends at SIGHUP, so its log is only read while the reader is killed. */
  const endsAtHangup = () => vault.server.flavour === 'vault'
  /** Moves the log aside, as logrotate does, and lets the server open a new one. */
  const rotate = async (to: string) => {
    if (endsAtHangup()) return
    await rename(file, join(file, '..', to))
    process.kill(vault.server.pid, 'SIGHUP')
  }

  test('lose and double nothing while the log is rotated and the reader is killed in the middle of traffic', async () => {
    const database = join(folder, `${randomUUID()}.db`)
    const first = await watching(database)
    const { id, call } = await holder(first.store)
    await first.stop()
    let count = 0
    let isOver = false
    const traffic = (async () => {
      while (!isOver) {
        const { status } = await call('GET', 'kv/data/apps/db')
        if (status === 200) count += 1
      }
    })()
    onTestFinished(() => {
      isOver = true
    })
    for (let round = 0; round < 4; round++) {
      const child = spawn(process.execPath, [launch, program, database, file, 'latchkey-'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await once(child.stdout ?? child, 'data')
      const [before, size] = [count, 40]
      await eventually(() => count > before + size)
      if (round % 2 === 0) await rotate(`audit.log.${round}-during`)
      await eventually(() => count > before + 2 * size)
      child.kill('SIGKILL')
      await once(child, 'exit')
      if (round < 3) await rotate(`audit.log.${round}-between`)
    }
    isOver = true
    await traffic
    const last = await watching(database)
    await eventually(
      async () =>
        (
          await used(
            last.store,
            await last.store.request((await loadedOf(last.store, id)).request.id).then(sample.present),
          )
        ).times >= count,
    )
    expect(await used(last.store, await loadedOf(last.store, id))).toMatchObject({ times: count, refused: 0, gaps: [] })
    await last.stop()
  }, 120_000)

  const loadedOf = async (store: Store, id: Parameters<Store['requestOfGrant']>[0]) =>
    sample.present(await store.requestOfGrant(id))

  test('say that they are incomplete when the log was copied and emptied, or lost', async () => {
    const database = join(folder, `${randomUUID()}.db`)
    const { store, stop } = await watching(database)
    const { id, call } = await holder(store)
    await call('GET', 'kv/data/apps/db')
    await eventually(async () => (await used(store, await loadedOf(store, id))).times === 1)
    await copyFile(file, `${file}.copy`)
    await truncate(file)
    await call('GET', 'kv/data/apps/db')
    await eventually(async () => (await used(store, await loadedOf(store, id))).times === 2)
    expect((await used(store, await loadedOf(store, id))).gaps).toHaveLength(1)
    await call('GET', 'kv/data/apps/db') // a gap of its own follows, which does not touch the first one
    await eventually(async () => (await used(store, await loadedOf(store, id))).times === 3)
    await stop()
    await call('GET', 'kv/data/apps/db')
    if (endsAtHangup()) await truncate(file)
    else {
      await rm(file)
      process.kill(vault.server.pid, 'SIGHUP')
    }
    const again = await watching(database)
    // Until the new file has a line, nobody knows how much is missing.
    await eventually(async () => {
      await call('GET', 'kv/data/apps/db')
      const { times, gaps } = await used(again.store, await loadedOf(again.store, id))
      return times >= 4 && gaps.length === 2 && gaps.every(({ to }) => to !== undefined)
    })
    await again.stop()
  })
})
