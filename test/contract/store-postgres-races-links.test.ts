import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { personId } from '../../src/domain/ids.ts'
import type { Save } from '../../src/ports.ts'
import { racers, useProcesses, wins } from './store-postgres-processes.ts'
import * as sample from './store-samples.ts'

// Several processes race each verb over one database. What may win is free; what must hold afterwards is not.

const { at, databaseClock } = sample
const { one, other, race } = useProcesses()

test('of twenty browsers that redeem a link, one wins, and none after the end of the access', async () => {
  for (let round = 0; round < 5; round += 1) {
    const loaded = await sample.activated(one(), { by: sample.linus })
    const { hash } = sample.link(loaded, `hash-${round}`, at(30))
    await one().openLink(sample.link(loaded, hash, at(30)), [])
    const end = sample.after(loaded, { kind: 'revoke-asked', because: 'revoked' }, at(31))
    let isEnded = false
    const late: boolean[] = []
    const answers = await race(async (store, racer) => {
      if (racer === 7) {
        await store.commit(end)
        isEnded = true
        return false
      }
      const wasEnded = isEnded
      const isWinner = await store.redeem(hash, `browser-${racer}`, at(31))
      if (wasEnded) late.push(isWinner)
      return isWinner
    })
    expect(wins(answers)).toBeLessThanOrEqual(1)
    expect(late).not.toContain(true)
    expect((await one().link({ hash }))?.state).toBe(wins(answers) === 1 ? 'redeemed' : 'open')
  }
})

test('of twenty links opened at once, one is open', async () => {
  const loaded = await sample.activated(one())
  const answers = await race((store, racer) => store.openLink(sample.link(loaded, `hash-${racer}`, at(30)), []))
  expect(wins(answers)).toBe(racers)
  const links = await Promise.all(answers.map((_, racer) => one().link({ hash: `hash-${racer}` })))
  expect(links.filter((link) => link?.state === 'open').length).toBe(1)
})

test('a credential is drawn, or its link is reported, or its access ends: never a credential after either', async () => {
  for (let round = 0; round < 8; round += 1) {
    const loaded = await sample.activated(one(), { by: personId(`person-${round}`) })
    const link = sample.link(loaded, `hash-${round}`, at(30))
    await one().openLink(link, [])
    await one().redeem(link.hash, 'browser', at(31))
    const { held } = sample.present(
      await sample.claimAccount(one(), 32, 30, { by: personId(`person-${round}`), draw: randomUUID }),
    )
    const about = { link: link.id, grant: link.grant, held, now: at(33), audit: [sample.event()] } as const
    const meanwhile: Save =
      round % 2
        ? { request: loaded.request, audit: [], alarm: { link: link.id, how: 'reported', at: at(33) } }
        : sample.after(loaded, { kind: 'revoke-asked', because: 'revoked' }, at(33))
    const [minted, committed] = await Promise.all([
      one().mint({ ...about, to: 'drawn', handle: { policies: [`drawn-${round}`] } }),
      other().commit(meanwhile),
    ])
    expect(committed).toBe('committed')
    expect(['done', round % 2 ? 'misused' : 'over']).toContain(minted)
    const issued = await one().mint({ ...about, to: 'issued', handle: { policies: [`drawn-${round}`] } })
    expect(issued).toBe(round % 2 ? 'misused' : 'over')
    const inUse = await one().linksInUse(link.grant)
    expect(inUse.map(({ credential }) => credential?.state)).toEqual(minted === 'done' ? ['drawn'] : [])
  }
})

test('twenty mints of one link count once on the cards for each credential, and one wrapping is noted', async () => {
  const loaded = await sample.activated(one())
  const link = sample.link(loaded, 'hash', at(30))
  await one().openLink(link, [])
  await one().redeem('hash', 'browser', at(31))
  const { held } = sample.present(await sample.claimAccount(one(), 30))
  const step = { link: link.id, grant: link.grant, held, now: at(32), audit: [], to: 'issued', handle: {} } as const
  const answers = await race((store) => store.mint(step))
  expect(new Set(answers)).toEqual(new Set(['done']))
  expect((await sample.reload(one(), loaded.request)).request.revision).toBe(loaded.request.revision + racers)
  expect((await one().linksInUse(link.grant)).length).toBe(1)
})

test('names are saved only by whoever holds the account, whoever takes it meanwhile', async () => {
  const grant = sample.grantOf(await sample.activated(one()))
  for (let round = 0; round < 8; round += 1) {
    const slow = sample.present(await sample.claimAccount(one(), round * 100))
    databaseClock.now = at(round * 100 + 31)
    const [saved, taken] = await Promise.all([
      one().saveHandle(grant.id, { policies: [`slow-${round}`] }, slow.held),
      sample.claimAccount(other(), round * 100 + 31),
    ])
    const names = { policies: [`new-${round}`] }
    expect(await other().saveHandle(grant.id, names, sample.present(taken).held)).toBe(true)
    expect(await one().saveHandle(grant.id, { policies: ['lost'] }, slow.held)).toBe(false)
    expect([true, false]).toContain(saved)
    expect((await one().requestOfGrant(grant.id))?.grant?.handle).toEqual(names)
    await one().releaseAccount(sample.present(taken).held)
  }
})

test('twenty who keep a name of a grant lose none', async () => {
  const grant = sample.grantOf(await sample.activated(one()))
  await race((store, racer) => store.keepNames(grant.id, (stored) => ({ ...stored, [`name-${racer}`]: 'kept' })))
  const kept = (await one().requestOfGrant(grant.id))?.grant?.handle ?? {}
  expect(Object.keys(kept).filter((name) => name.startsWith('name-')).length).toBe(racers)
})
