import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import type { ServerMemory } from '../../src/domain/server-memory.ts'
import { seconds } from '../../src/domain/time.ts'
import type { Store } from '../../src/ports.ts'
import { openPostgresStore } from '../../src/store/postgres/store.ts'
import { newDatabase } from '../support/new-database.ts'
import { startPgBouncer } from '../support/pgbouncer.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { type PostgresStandby, startStandby } from '../support/postgres-standby.ts'
import { type Relay, startRelay } from '../support/relay.ts'
import * as sample from './store-samples.ts'

const endings: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

/** A server, its standby, and stores that find whichever has the database. */
const start = async (synchronous: boolean, isPooled = false) => {
  const postgres: PostgresServer = await startPostgres()
  endings.push(postgres.stop)
  const login = await newDatabase(postgres)
  const line: Relay = await startRelay(postgres.port)
  endings.push(line.stop)
  const direct = { host: '127.0.0.1', port: line.port, database: 'latchkey', ...login }
  const pooler = isPooled && (await startPgBouncer({ ...postgres, port: line.port }, [login]))
  if (pooler) endings.push(pooler.stop)
  const config = pooler ? { connectionString: pooler.url(login, 'latchkey') } : direct
  const open = async () => {
    const store = await openPostgresStore({ config, newId: randomUUID })
    endings.push(store.close)
    return store
  }
  const [store, other] = [await open(), await open()]
  const standby: PostgresStandby = await startStandby(postgres, { synchronous })
  endings.push(standby.stop)
  await present(store) // notes whether the standby is synchronous
  const failOver = async () => {
    await postgres.goAway()
    await standby.promote()
    line.to(standby.port)
  }
  return { postgres, store, other, failOver }
}
const server = ({ server: memory }: Store): ServerMemory => sample.present(memory)
const present = (store: Store) => server(store).present()

describe('a store on PostgreSQL and its server', () => {
  test('stays with the same one, and reads its clock', async () => {
    const { store, other } = await start(false)
    expect(await present(store)).toEqual(await present(other))
    expect((await present(store)).isSettled).toBe(true)
    const before = await server(store).time()
    expect(await server(other).time()).toBeGreaterThanOrEqual(before)
  })

  test('meets a standby that may lack something: no open link works, what was being set up rests, until it is settled', async () => {
    const { store, other, failOver } = await start(false)
    const { name } = await present(store)
    const active = await sample.activated(store)
    const link = sample.link(active, 'hash', sample.at(30))
    await store.openLink(link, [])
    await sample.approved(store)
    await store.auditHead()
    await failOver()

    const after = await present(store)
    expect([after.isSettled, after.name === name]).toEqual([false, false])
    expect(await present(other)).toEqual(after)
    const found = await other.link({ hash: 'hash' })
    expect([undefined, 'replaced']).toContain(found?.state)
    expect((await other.claimGrants(sample.vault.id, sample.at(100), seconds(60), 9)).things).toEqual([])
    await server(store).settled(after.name, [])
    expect(await present(other)).toEqual({ ...after, isSettled: true })
  })

  test('meets it through a pooler, too, which keeps its connections open: a link of before gives nothing', async () => {
    const { store, failOver } = await start(false, true)
    const active = await sample.activated(store)
    await store.openLink(sample.link(active, 'hash', sample.at(30)), [])
    await failOver()
    expect(await store.redeem('hash', 'browser', sample.at(31), [])).toBe(false)
    expect((await store.link({ hash: 'hash' }))?.state).not.toBe('redeemed')
  })

  test('meets a standby that had everything: all goes on', async () => {
    const { store, other, failOver } = await start(true)
    const { name } = await present(store)
    const unfinished = await sample.approved(store)
    await failOver()
    const after = await present(other)
    expect([after.isSettled, after.name === name]).toEqual([true, false])
    expect(await sample.reload(store, unfinished.request)).toEqual(unfinished)
    expect((await store.claimGrants(sample.vault.id, sample.at(100), seconds(60), 9)).things).toHaveLength(1)
    expect(await other.verifyAudit()).toBeUndefined()
  })

  test('takes a copy from another server for an older one, whatever standby that server had', async () => {
    const { postgres, store } = await start(true)
    const { name } = await present(store)
    expect(await present(store)).toEqual({ name, isSettled: true })
    // What the copy would say of the server that it comes from.
    const administrator = await postgres.connect(undefined, 'latchkey')
    await administrator.query("UPDATE latchkey.server SET system = '1' WHERE synchronous")
    await administrator.end()
    expect(await present(store)).toEqual({ name, isSettled: false })
  })
})
