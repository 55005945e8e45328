import { expect, test } from 'vitest'
import { cancel } from '../../src/domain/access-request.ts'
import { configurationChanged } from '../../src/domain/configuration.ts'
import type { Current } from './store.contract.ts'
import * as sample from './store-samples.ts'

const { at, idsOf } = sample

/** What operators ask for, and how receivers of the audit log are kept. */
export function operatorsContract(store: Current): void {
  test('requests are listed by state, person, integration and the beginning of an id, the newest first', async () => {
    const first = await sample.submitted(store(), { now: at(1) })
    const second = await sample.submitted(store(), { by: sample.grace, integration: sample.otherVault, now: at(2) })
    const ended = await sample.ended(store())
    const live = await sample.activated(store())
    await sample.mustCommit(store(), sample.denial(second.request, sample.linus))
    const list = async (filter: object) => idsOf(await store().requests({ limit: 9, ...filter }))
    expect(await list({})).toEqual(idsOf([live, ended, second, first]))
    expect(await list({ limit: 2 })).toEqual(idsOf([live, ended]))
    expect(await list({ state: 'open' })).toEqual(idsOf([live, first]))
    expect(await list({ state: 'pending' })).toEqual(idsOf([first]))
    expect(await list({ state: 'denied' })).toEqual(idsOf([second]))
    expect(await list({ state: 'approved' })).toEqual(idsOf([live, ended]))
    expect(await list({ person: sample.grace })).toEqual(idsOf([second]))
    expect(await list({ integration: sample.otherVault.id })).toEqual(idsOf([second]))
    expect(await list({ id: first.request.id.slice(0, 13) })).toEqual(idsOf([first]))
    expect(await list({ id: '%' })).toEqual([])
    expect(await store().requests({ limit: 1 })).toEqual([await sample.reload(store(), live.request)])
  })

  test('grants are listed by state, person and integration; a request without a grant is none', async () => {
    await sample.submitted(store())
    const waiting = await sample.approved(store())
    const active = await sample.activated(store(), { by: sample.linus, integration: sample.otherVault })
    const ended = await sample.ended(store())
    const list = async (filter: object) => idsOf(await store().grants({ limit: 9, ...filter }))
    expect(await list({})).toEqual(idsOf([ended, active, waiting]))
    expect(await list({ state: 'live' })).toEqual(idsOf([active, waiting]))
    expect(await list({ state: 'provisioning' })).toEqual(idsOf([waiting]))
    expect(await list({ state: 'ended' })).toEqual(idsOf([ended]))
    expect(await list({ state: 'revoking' })).toEqual([])
    expect(await list({ person: sample.linus, state: 'live' })).toEqual(idsOf([active]))
    expect(await list({ integration: sample.vault.id })).toEqual(idsOf([ended, waiting]))
    expect(await list({ id: sample.grantOf(active).id })).toEqual(idsOf([active]))
    expect(await list({ id: 'grant-' })).toEqual(idsOf([ended, active, waiting]))
  })

  test('what is open and owed is counted', async () => {
    expect(await store().tally(at(0), at(0))).toEqual({ pending: [], grants: [], cards: [], refused: [] })
    const taken = await sample.submitted(store())
    await sample.submitted(store())
    const back = cancel(taken.request, sample.ada, at(1))
    await sample.mustCommit(store(), sample.granted(back))
    const active = await sample.activated(store(), {}, at(20)) // until 920
    const asked = await sample.activated(store(), {}, at(21)) // until 921
    const late = await sample.activated(store(), {}, at(22)) // until 922
    await sample.ended(store())
    await sample.approved(store(), { integration: sample.otherVault })
    const ask = { kind: 'revoke-asked', because: 'revoked' } as const
    await sample.mustCommit(store(), sample.after(asked, ask, at(100)))
    await sample.mustCommit(store(), sample.after(late, { kind: 'came-due' }, at(2_000)))
    await store().addCards([sample.card({ request: active.request.id }), sample.card({ request: active.request.id })])

    const count = async (now: number) =>
      (await store().tally(at(now), at(now - 60))).grants
        .map((row) => [row.integration, row.state, row.count, row.overdue, row.oldestOwed])
        .sort(([one, state = ''], [other, otherState = '']) => (`${one} ${state}` < `${other} ${otherState}` ? -1 : 1))
    const { pending, cards } = await store().tally(at(50), at(0))
    expect(pending).toEqual([{ integration: sample.vault.id, count: 1 }])
    expect(cards).toEqual([{ platform: 'slack', count: 2 }])
    expect(await count(110)).toEqual([
      [sample.otherVault.id, 'provisioning', 1, 0, undefined],
      [sample.vault.id, 'active', 1, 0, undefined],
      // Asked for at 100, before its time was up.
      [sample.vault.id, 'revoking', 2, 0, at(100)],
    ])
    // Its time was up at 922, though nobody noticed before 2,000.
    expect((await count(985)).slice(1)).toEqual([
      [sample.vault.id, 'active', 1, 1, at(920)],
      [sample.vault.id, 'revoking', 2, 2, at(100)],
    ])
  })

  test('claims that are given back may be taken by the next at once', async () => {
    const { request } = await sample.approved(store(), {}, at(10))
    const card = sample.card({ request: request.id })
    await store().addCards([card])
    const grants = async () => (await sample.claimGrants(store(), 10)).things
    const cards = async () => (await sample.claimCards(store(), 10)).things
    const account = async () => (await sample.claimAccount(store(), 10))?.account
    expect([(await grants()).length, (await cards()).length, await account()]).toEqual([1, 1, 'name'])
    expect([(await grants()).length, (await cards()).length, await account()]).toEqual([0, 0, undefined])
    await store().releaseClaims()
    expect([(await grants()).length, (await cards()).length, await account()]).toEqual([1, 1, 'name'])
  })

  test('each receiver of the audit log has a cursor of its own', async () => {
    expect(await store().auditCursor('webhook')).toBeUndefined()
    expect(await store().moveAuditCursor('webhook', 0, 7)).toBe(true)
    expect(await store().moveAuditCursor('syslog', 0, 3)).toBe(true)
    expect(await store().moveAuditCursor('webhook', 0, 8)).toBe(false) // by who read it before it was moved
    expect(await store().moveAuditCursor('webhook', 7, 9)).toBe(true)
    expect([await store().auditCursor('webhook'), await store().auditCursor('syslog')]).toEqual([9, 3])
  })

  test('a configuration is noted once, with its event, however often it is the one in effect', async () => {
    const note = (hash: string) => {
      const now = { hash, settings: { keep: hash } }
      return store().noteConfiguration(now, configurationChanged(now, at(1)))
    }
    for (const hash of ['a', 'a', 'b', 'b', 'a']) await note(hash)
    const rows = await store().auditRows(0, 9)
    expect(rows.map(({ kind, detail }) => [kind, detail.hash, detail.before, detail.changes])).toEqual([
      ['configuration-changed', 'a', undefined, 'noted for the first time'],
      ['configuration-changed', 'b', 'a', 'keep: a → b'],
      ['configuration-changed', 'a', 'b', 'keep: b → a'],
    ])
  })

  test('the head of the audit log is its newest row', async () => {
    expect(await store().auditHead()).toEqual({ sequence: 0, hash: '0'.repeat(64) })
    await store().audit([sample.event(), sample.event()])
    const [, last] = await store().auditRows(0, 9)
    expect(await store().auditHead()).toEqual({ sequence: 2, hash: last?.hash })
  })
}
