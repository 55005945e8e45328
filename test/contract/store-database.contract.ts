import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { personId, requestId } from '../../src/domain/ids.ts'
import type { Store, StoreReader } from '../../src/ports.ts'
import { openReader, openStore, storeAt } from '../../src/store/index.ts'
import * as sample from './store-samples.ts'

const { at, idsOf } = sample
const opening = { newId: randomUUID }

/** What every kind of database must do that outlives its server; `fresh` is the address of one that is not there yet. */
export function databaseContract(name: string, fresh: () => string): void {
  describe(`a database that is ${name}`, () => {
    let address = ''
    let store: Store
    let reader: StoreReader
    beforeEach(async () => {
      address = fresh()
      store = await openStore(address, opening)
      await store.instance()
      reader = await openReader(address)
    })
    afterEach(async () => {
      await reader.close()
      await store.close()
    })

    test('is not there before its first server, and there after it', async () => {
      const other = storeAt(fresh())
      expect([await other.exists(), await other.state()]).toEqual([false, { state: 'absent' }])
      await expect(other.read()).rejects.toMatchObject({ name: 'UnreadableDatabase', code: 'absent' })
      expect(await storeAt(address).exists()).toBe(true)
      expect(await storeAt(address).state()).toEqual({ state: 'present', damage: [], pending: [] })
    })

    test('keeps what was written when its server ends, also its instance', async () => {
      const { request } = await sample.activated(store)
      const before = [await store.instance(), await sample.reload(store, request), await store.auditHead()]
      await store.close()
      store = await openStore(address, opening)
      expect([await store.instance(), await sample.reload(store, request), await store.auditHead()]).toEqual(before)
    })

    test('is read beside its server, which goes on writing', async () => {
      const active = await sample.activated(store)
      const waiting = await sample.submitted(store, { by: sample.grace })
      const card = sample.card({ request: waiting.request.id })
      await store.addCards([card])
      expect(await reader.instance()).toBe(await store.instance())
      expect(await reader.request(active.request.id)).toEqual(active)
      expect(await reader.requestOfGrant(sample.grantOf(active).id)).toEqual(active)
      expect(await reader.request(requestId('none'))).toBeUndefined()
      expect(await reader.requests({ state: 'pending', limit: 9 })).toEqual([waiting])
      expect(await reader.grants({ limit: 9 })).toEqual([active])
      expect(await reader.cardsOf(waiting.request.id)).toEqual(await store.cardsOf(waiting.request.id))
      expect(await reader.auditHead()).toEqual(await store.auditHead())
      await store.audit([sample.event()])
      expect(await reader.auditHead()).toEqual(await store.auditHead())
    })

    test('tells who ever held a resource, by its path and by its id, and paths like one, and owner tags', async () => {
      const items = [sample.item('apps/db'), sample.item('apps/Mail')] as const
      const held = await sample.ended(store, { items })
      await sample.submitted(store, { by: sample.grace, items })
      expect(idsOf(await reader.holdings('kv/apps/db'))).toEqual(idsOf([held]))
      expect(idsOf(await reader.holdings(items[1].resource))).toEqual(idsOf([held]))
      expect(await reader.holdings('kv/apps')).toEqual([])
      const pass = await store.openPass(sample.vault.id, { now: at(0), since: at(0), ownerKey: 'o', roots: ['kv/'] })
      const found = ['kv/apps/db', 'kv/apps/Mail', 'kv/other'].map((path, index) => ({
        ...{ type: 'secret', path, permissions: ['read'] },
        ...(index < 2 && { ownerTag: 'payments' }),
      }))
      await store.saveLooks(pass, [{ folder: 'kv/', found, folders: [] }], at(0))
      expect([await reader.pathsLike('mail', 9), await reader.pathsLike('%', 9)]).toEqual([['kv/apps/Mail'], []])
      expect(await reader.pathsLike('kv/', 1)).toHaveLength(1)
      const tags = [{ tag: 'payments', resources: 2, path: 'kv/apps/Mail' }]
      expect(await reader.ownerTags(sample.vault.id)).toEqual(tags)
      expect(await reader.ownerTags(sample.otherVault.id)).toEqual([])
    })

    describe('chooses rows of the audit log', () => {
      const numbers = async (filter: Parameters<StoreReader['rowsAfter']>[1], after = 0, limit = 9) =>
        (await reader.rowsAfter(after, filter, limit)).map(({ sequence }) => sequence)

      test('by moment, kind, integration and the beginnings of ids', async () => {
        await store.audit([
          sample.event({ at: at(1), request: requestId('r-1') }),
          sample.event({ at: at(2), kind: 'refused', integration: sample.otherVault.id }),
          sample.event({ at: at(3), request: requestId('r-2') }),
        ])
        expect(await numbers({ since: at(2) })).toEqual([2, 3])
        expect(await numbers({ until: at(2) })).toEqual([1, 2])
        expect(await numbers({ kinds: ['refused'] })).toEqual([2])
        expect(await numbers({ integration: sample.vault.id })).toEqual([1, 3])
        expect([await numbers({ request: 'r-' }), await numbers({ request: 'r-2' })]).toEqual([[1, 3], [3]])
        expect([await numbers({ request: '%' }), await numbers({ grant: 'g' })]).toEqual([[], []])
        expect([await numbers({}, 1), await numbers({}, 0, 2)]).toEqual([
          [2, 3],
          [1, 2],
        ])
        expect((await reader.latestRows({}, 2)).map(({ sequence }) => sequence)).toEqual([2, 3])
      })

      test('by person: what they did, and what concerns their own requests', async () => {
        const { request } = await sample.submitted(store)
        const first = (await store.auditHead()).sequence
        await store.audit([
          sample.event({ actor: { kind: 'person', id: sample.ada } }),
          sample.event({ request: request.id }),
          sample.event({ actor: { kind: 'operator', name: sample.ada } }),
        ])
        const theirs = await numbers({ person: sample.ada }, first)
        expect(theirs).toEqual([first + 1, first + 2])
        expect(await numbers({ person: personId('nobody') })).toEqual([])
        expect((await reader.auditOf(request.id)).map(({ sequence }) => sequence)).toContain(first + 2)
      })

      test('one by one with the hash that it follows, and follows the whole chain', async () => {
        await store.audit([sample.event(), sample.event()])
        const [first, second] = await store.auditRows(0, 9)
        expect(await reader.row(2)).toEqual({ row: second, previous: first?.hash })
        expect(await reader.row(3)).toBeUndefined()
        const head = await store.auditHead()
        expect(await reader.verify([head])).toEqual({ rows: 2, head })
        const other = { sequence: 1, hash: head.hash }
        expect((await reader.verify([other])).firstBad).toEqual({ sequence: 1, fault: 'not-as-known' })
      })
    })
  })
}
