import { expect, test } from 'vitest'
import type { Identity } from '../../src/domain/card.ts'
import { seconds } from '../../src/domain/time.ts'
import type { Store } from '../../src/ports.ts'
import { racers, useProcesses, wins } from './store-postgres-processes.ts'
import * as sample from './store-samples.ts'

// Several processes race each verb over one database. What may win is free; what must hold afterwards is not.

const { at } = sample
const { one, other, race } = useProcesses()

test('a submission under one key is the first one for all twenty', async () => {
  const drafts = await race((store, racer) =>
    store.keySubmission({ person: sample.ada, key: 'key', body: 'body', draft: `draft-${racer}`, now: at(0) }),
  )
  expect(new Set(drafts.map(({ draft }) => draft)).size).toBe(1)
})

test('twenty refusals of one actor are each written or counted, also while the counts are settled', async () => {
  const refusal = sample.event({
    kind: 'refused',
    actor: { kind: 'person', id: sample.ada },
    detail: { code: 'not-yours' },
  })
  const cap = { most: 3, per: seconds(60) }
  await race(async (store, racer): Promise<void> => {
    if (racer % 7 === 6) await store.settleRefusals(at(999))
    else await store.recordRefusal(refusal, cap)
  }, 28)
  await one().settleRefusals(at(999))
  const rows = (await one().auditRows(0, 100)).filter(({ kind }) => kind === 'refused')
  const told = rows.map(({ detail }) => (detail.code === 'counted' ? Number(detail.count) : 1))
  expect(told.reduce((sum, count) => sum + count, 0)).toBe(24)
})

test('of twenty accounts that ask to be let in, those beyond the limit are not told of', async () => {
  const ask = (store: Store, subject: string) =>
    store.introduce({ platform: 'slack', tenant: 'T1', subject }, sample.event(), [
      sample.card({ audience: 'notice', notice: { about: 'welcome' } }),
    ])
  const same = await race((store) => ask(store, 'U0'), 6)
  expect(same.filter(({ is }) => is === 'asked').length).toBe(1)
  const answers = await race((store, racer) => ask(store, `U${racer + 1}`), 30)
  expect(answers.filter(({ is }) => is === 'asked').length).toBe(19)
  expect((await sample.claimCards(one(), 1, 60, 99)).things.length).toBe(20)
})

test('one process tells the end of an outage, and one the first contact of a person', async () => {
  await race((store) => store.beginOutage(sample.vault.id, { since: at(0), code: 'unreachable' }))
  expect((await one().outages()).length).toBe(1)
  const news = () => [sample.card({ audience: 'notice', notice: { about: 'welcome' } })]
  expect(wins(await race((store) => store.endOutage(sample.vault.id, news())))).toBe(1)
  expect(wins(await race((store) => store.welcome(sample.ada, at(0), news())))).toBe(1)
  expect((await sample.claimCards(one(), 1, 60, 99)).things.length).toBe(2)
})

test('a home that changes while it is shown, and that an older picture overwrites, is shown again', async () => {
  const of: Identity = { platform: 'slack', tenant: 'T1', subject: 'U1' }
  await race((store) => store.openHome(of, at(1), at(0)))
  const [home] = await one().staleHomes('slack', at(0), at(9), 9)
  expect(home?.wanted).toBe(racers)
  await one().recordHome(of, { kind: 'shown', wanted: racers })
  expect(await one().staleHomes('slack', at(0), at(9), 9)).toEqual([])
  // Another process drew before the last change, and its picture arrived after ours.
  await other().recordHome(of, { kind: 'shown', wanted: racers - 1 })
  expect((await one().staleHomes('slack', at(0), at(9), 9)).length).toBe(1)
})

test('a card shown in a channel that becomes shared meanwhile is written anew', async () => {
  const channel = { platform: 'slack', id: 'C1' } as const
  for (let round = 0; round < 8; round += 1) {
    await one().noteReach(channel, 'inside')
    const { request } = await sample.submitted(one())
    const card = sample.card({ request: request.id, audience: 'channel', recipient: { to: 'channel', channel } })
    await one().addCards([card])
    const { claim } = await sample.claimCards(one(), round * 100)
    const message = { conversation: 'C1', message: `${round}` }
    await Promise.all([
      one().recordCard(card.id, { kind: 'rendered', revision: request.revision, message, reach: 'inside' }, claim),
      other().noteReach(channel, 'outside'),
    ])
    const { things } = await sample.claimCards(one(), round * 100 + 1, 1)
    expect(things.map(({ id }) => id)).toContain(card.id)
  }
})
