import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { seconds } from '../../src/domain/time.ts'
import type { Store } from '../../src/ports.ts'
import { openPostgresStore } from '../../src/store/postgres/store.ts'
import { type Overhearing, overhear } from '../support/overhear.ts'
import { usePostgres } from '../support/postgres-databases.ts'
import * as sample from './store-samples.ts'

const { at } = sample
const databases = usePostgres()

/** A statement that does nothing but lock. */
const isLock = (statement: string): boolean =>
  /^select .*(pg_advisory_xact_lock|for share$|for (no key )?update$)/is.test(statement)

/** What a statement locks, reads or writes: `lock requests`, `insert decisions`. */
const inShort = (statement: string): string => {
  if (statement.includes('pg_advisory_xact_lock')) return 'lock by name'
  const [table = ''] = statement.match(/(?<=(from|into|update) "?latchkey"?\."?)\w+/i) ?? []
  return `${isLock(statement) ? 'lock' : statement.slice(0, 6).toLowerCase()} ${table}`
}

describe('over a connection to PostgreSQL', () => {
  let store: Store
  let line: Overhearing

  beforeEach(async () => {
    const { server } = await databases.clean()
    line = await overhear(databases.server().port)
    const address = new URL(server.connectionString ?? '')
    address.port = `${line.port}`
    store = await openPostgresStore({ config: { connectionString: address.href }, newId: randomUUID })
  })
  afterEach(async () => {
    await store.close()
    await line.stop()
  })

  /** What the verb sends in its last transaction, without its number. */
  const sentBy = async (verb: () => Promise<unknown>): Promise<readonly string[]> => {
    line.transactions()
    await verb()
    return sample.present(line.transactions().at(-1)).slice(1).map(inShort)
  }
  const locksOf = async (verb: () => Promise<unknown>): Promise<readonly string[]> => {
    const sent = await sentBy(verb)
    const other = sent.findIndex((each) => !each.startsWith('lock'))
    const locks = sent.slice(0, other)
    expect(sent.slice(other).filter((each) => each.startsWith('lock'))).toEqual([])
    return locks
  }
  const held = async () => {
    const of = { integration: sample.vault.id, person: sample.ada }
    return sample.present(await store.claimAccount(of, () => 'name', seconds(99))).held
  }

  test('a new request comes after the locks of its person, its account and what it extends', async () => {
    const active = await sample.activated(store)
    const change = sample.submission()
    const request = { ...change.request, extends: sample.grantOf(active).id }
    const cap = { waiting: 9, recent: 9, since: at(0) }
    const save = { ...change, request, cap, held: await held() }
    expect(await locksOf(() => store.commit(save))).toEqual(['lock by name', 'lock accounts', 'lock requests'])
  })

  test('a change comes after the lock of its account, and new decisions after the end of the former ones', async () => {
    const { request } = await sample.submitted(store)
    const change = { ...sample.approval(request), held: await held() }
    const sent = await sentBy(() => store.commit(change))
    expect(sent.slice(0, 2)).toEqual(['lock accounts', 'update requests'])
    expect(sent.filter((each) => each.endsWith(' decisions'))).toEqual(['delete decisions', 'insert decisions'])
  })

  test('a request beside a changed one is raised before its cards', async () => {
    const active = await sample.activated(store)
    const change = sample.submission()
    const extension = { ...change.request, extends: sample.grantOf(active).id }
    const sent = await sentBy(() => store.commit({ ...change, request: extension }))
    expect(sent.filter((each) => /^update (requests|cards)/.test(each))).toEqual([
      ...['update requests', 'update cards', 'update cards'],
    ])
  })

  test('each step of a link comes after the lock of its request', async () => {
    const active = await sample.activated(store)
    const link = sample.link(active, 'hash', at(30))
    expect(await locksOf(() => store.openLink(link, [sample.event()]))).toEqual(['lock requests'])
    expect(await locksOf(() => store.redeem('hash', 'browser', at(31), [sample.event()]))).toEqual(['lock requests'])
    expect(await locksOf(() => store.letAgain(link.id, at(32)))).toEqual(['lock requests'])
    const of = { link: link.id, grant: sample.grantOf(active).id, handle: sample.handled, held: await held() }
    const step = { ...of, now: at(33), audit: [sample.event()] }
    const wrapping = { integration: sample.vault.id, lookAt: at(40), spendBy: at(50) }
    expect(await locksOf(() => store.mint({ ...step, to: 'drawn' }))).toEqual(['lock accounts', 'lock requests'])
    const issued = { ...step, to: 'issued', wrapping } as const
    expect(await locksOf(() => store.mint(issued))).toEqual(['lock accounts', 'lock requests'])
    const move = { from: 'waiting', to: 'opened', now: at(41), audit: [sample.event()] } as const
    expect(await locksOf(() => store.moveWrapping(link.id, move))).toEqual(['lock requests'])
    const saving = () => store.saveHandle(of.grant, sample.handled, of.held)
    expect(await locksOf(saving)).toEqual(['lock accounts'])
    expect(await locksOf(() => store.keepNames(of.grant, () => sample.handled))).toEqual(['lock grants'])
  })

  test('what is counted or compared comes after its lock', async () => {
    const newcomer = { platform: 'slack', tenant: 'T', subject: 'U' } as const
    const refusal = () => store.recordRefusal(sample.event(), { most: 1, per: seconds(60) })
    expect(await locksOf(refusal)).toEqual(['lock by name', 'lock refusals'])
    const pass = () => store.openPass(sample.vault.id, { now: at(0), since: at(0), ownerKey: 'owner', roots: ['kv/'] })
    const opened = await pass()
    const byName: readonly (() => Promise<unknown>)[] = [
      () => store.introduce(newcomer, sample.event(), []),
      () => store.noteReach({ platform: 'slack', id: 'C' }, 'outside'),
      () => store.noteConfiguration({ hash: 'h', settings: {} }, () => sample.event()),
      () => store.saveStuckLeases(sample.vault.id, [], { audit: [], cards: [] }),
      pass,
      () => store.saveLooks(opened, [{ folder: 'kv/', found: [], folders: [] }], at(0)),
      () => store.closePass(opened, at(1)),
    ]
    for (const verb of byName) expect(await locksOf(verb), `${verb}`).toEqual(['lock by name'])
  })

  test('claimed grants are read after they were claimed', async () => {
    await sample.approved(store)
    expect(await sentBy(() => sample.claimGrants(store, 99))).toEqual(['update grants', 'select decisions'])
  })
})
