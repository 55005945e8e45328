import { describe, expect, test } from 'vitest'
import { prune } from '../../src/app/prune.ts'
import type { NewCard } from '../../src/domain/card.ts'
import { seconds } from '../../src/domain/time.ts'
import type { Store } from '../../src/ports.ts'
import * as sample from './store-samples.ts'
import { useFolder } from './store-sqlite-raw.ts'

const day = 86_400
const { at, vault, otherVault } = sample

describe('what nobody needs any more', () => {
  const { store: open, raw, read } = useFolder()
  const silent = { info: () => {}, warn: () => {}, error: () => {} }
  /** Prunes as the server does, at some day. */
  const pruneOn = async (store: Store, today: number, keep = 400) => {
    let now = at(today * day)
    let steps = 0
    const sleep = async (until: typeof now) => {
      now = until
      steps += 1
      if (steps > 100) throw new Error('It does not end.')
    }
    const clock = { now: () => now, sleep }
    await prune({ store, clock, log: silent }, seconds(keep * day))(new AbortController().signal)
  }
  const shown = async (store: Store, ...cards: readonly NewCard[]) => {
    await store.addCards(cards)
    for (const { id } of cards) {
      await store.recordCard(id, { kind: 'rendered', revision: 99, message: { conversation: 'c', message: 'm' } })
    }
  }
  const news = () => sample.card({ audience: 'notice', notice: { about: 'directory-rejected', problem: 'x' } })
  const cards = (): readonly string[] =>
    read('SELECT id FROM cards ORDER BY number').map((row) => (row as { id: string }).id)

  test('is forgotten after its time, and nothing that is open, waits to be shown, or proves what happened', async () => {
    const store = await open()
    const closed = await sample.ended(store)
    const live = await sample.activated(store, { items: [sample.item('apps/other')] })
    const of = (request: typeof closed.request) => sample.card({ request: request.id })
    const [ofClosed, ofLive, told, waiting] = [of(closed.request), of(live.request), news(), news()]
    await shown(store, ofClosed, ofLive, told)
    await store.addCards([waiting])
    await pruneOn(store, 1)
    const later = news()
    await shown(store, later)
    await pruneOn(store, 400)
    expect(cards()).toEqual([ofClosed, ofLive, told, waiting, later].map(({ id }) => id))
    const before = read('SELECT * FROM audit')
    await pruneOn(store, 402)
    expect(cards()).toEqual([ofLive, waiting, later].map(({ id }) => id))
    await pruneOn(store, 802)
    expect(cards()).toEqual([ofLive, waiting, later].map(({ id }) => id)) // the newest stays
    const newest = news()
    await shown(store, newest)
    await pruneOn(store, 802)
    expect(cards()).toEqual([ofLive, waiting, newest].map(({ id }) => id))
    expect((await store.request(closed.request.id))?.grant).toEqual(closed.grant)
    expect(read('SELECT * FROM audit')).toEqual(before)
    expect(await store.verifyAudit()).toBeUndefined()
  })

  test('goes in small steps, between which others write', async () => {
    const store = await open()
    const many = Array.from({ length: 1000 }, news)
    await shown(store, ...many)
    await pruneOn(store, 1)
    const steps: number[] = []
    const watched: Store = {
      ...store,
      prune: async (...given) => {
        const forgotten = await store.prune(...given)
        steps.push(forgotten)
        await store.audit([sample.event()])
        return forgotten
      },
    }
    await pruneOn(watched, 500)
    expect(Math.max(...steps)).toBeLessThanOrEqual(200)
    expect(steps.length).toBeGreaterThan(4)
    expect(cards()).toEqual([many.at(-1)?.id])
  })

  test('ends after a quiet time in which all were forgotten, and the news that follow are kept for the whole time', async () => {
    const store = await open()
    await shown(store, ...Array.from({ length: 100 }, news))
    await pruneOn(store, 1)
    await pruneOn(store, 402)
    expect(cards()).toHaveLength(1)
    const fresh = Array.from({ length: 5 }, news)
    await shown(store, ...fresh)
    await pruneOn(store, 402.05)
    await pruneOn(store, 500)
    await pruneOn(store, 801)
    const kept = fresh.map(({ id }) => id)
    expect(cards()).toEqual(expect.arrayContaining(kept))
    await pruneOn(store, 901)
    expect(cards()).toEqual(kept.slice(-1))
  })

  test('ages no card by a mark of cards that are gone, in a database where their numbers were given again', async () => {
    const store = await open()
    raw(`INSERT INTO card_marks (at, number) VALUES (${at(day)}, 100), (${at(402 * day)}, 3)`)
    const fresh = Array.from({ length: 5 }, news)
    await shown(store, ...fresh)
    await pruneOn(store, 402.5)
    await pruneOn(store, 801)
    expect(cards()).toEqual(fresh.map(({ id }) => id))
    expect(read('SELECT number FROM card_marks ORDER BY at')).toEqual([{ number: 3 }, { number: 5 }])
  })

  test('includes receipts, whose time then never looks like one without any use', async () => {
    const store = await open()
    const [old, young] = [await sample.ended(store), await sample.activated(store)].map(sample.grantOf)
    if (!old || !young) throw new Error('There are two.')
    const use = (grant: typeof old, when: number) =>
      ({ grant: grant.id, path: 'kv/x', operation: 'read', outcome: 'allowed', at: at(when) }) as const
    const uses = [use(old, 25), use(young, 500 * day)]
    const gap = { from: at(500 * day), to: at(501 * day) }
    const noted = { integration: vault.id, after: 0, now: at(30), position: '{}', readTo: at(30), alarms: [] }
    await store.noteUses({ ...noted, uses, gaps: [{ from: at(0), to: at(20) }, gap] })
    await store.showReceipts(at(31), 9)
    await pruneOn(store, 502)
    expect(await store.receiptsOf(old.id)).toEqual([])
    expect(await store.receiptsOf(young.id)).toHaveLength(1)
    const [isGone, known] = await store.auditGaps(vault.id, at(0))
    expect([Math.round(((isGone?.to ?? 0) - at(0)) / 1000), known]).toEqual([102 * day, gap])
    expect(read('SELECT grant_id FROM receipt_news')).toEqual([])
  })

  test('includes signatures, and passes at vaults that are not looked into any more', async () => {
    const store = await open()
    await store.isFirstSight('old', at(0), at(-9_999))
    await store.isFirstSight('new', at(500 * day), at(-9_999))
    const folder = 'kv/' as never
    for (const [integration, when] of [
      [otherVault.id, 0],
      [vault.id, 500],
    ] as const) {
      const opening = { now: at(when * day), since: at(0), roots: [folder], ownerKey: undefined }
      await store.openPass(integration, opening)
    }
    await pruneOn(store, 501)
    await pruneOn(store, 501)
    expect(read('SELECT signature FROM signatures')).toEqual([{ signature: 'new' }])
    expect(read('SELECT integration FROM folders')).toEqual([{ integration: vault.id }])
    expect(await store.discoveryProgress(otherVault.id)).toBeUndefined()
    expect(await store.discoveryProgress(vault.id)).toBeDefined()
  })
})
