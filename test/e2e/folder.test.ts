import { afterAll, beforeAll, expect, test } from 'vitest'
import { pointsWhile } from '../support/crash-points.ts'
import { eventually } from '../support/eventually.ts'
import { type FragileWorld, fragileWorld } from '../support/fragile-world.ts'
import { untilView } from '../support/hands.ts'
import type { RequestRecord } from '../support/records.ts'
import { orders, ordersApi } from '../support/story.ts'

// A folder with secrets of two owners: asked for, used, changed while it is used, and ended.

let fragile: FragileWorld
const folder = 'kv/apps/orders/'
const ledger = `${folder}ledger`

beforeAll(async () => {
  fragile = await fragileWorld({
    durations: ['1h'],
    settings: { reconcile: { discoverEvery: '2s', driftEvery: '1h', wake: '1s', claim: '1s' } },
    integrations: (example) => [
      {
        ...example,
        vault: { ...example.vault, ...{ management: [{ path: 'kv/apps/', permissions: ['ReadWrite'] }] } },
      },
    ],
  })
  const found = () => fragile.story.records.rows('SELECT id FROM resources WHERE path = ?', folder).length === 1
  await eventually(found, { about: () => `${folder} is found` })
})
afterAll(() => fragile?.stop())

/** A person's call to the vault with their own token; returns its status. */
const use = async (token: string, method: string, path: string, body?: object): Promise<number> => {
  const headers = { 'X-Vault-Token': token, 'content-type': 'application/merge-patch+json' }
  const [mount = '', ...rest] = path.split('/')
  const url = `${fragile.world.vault.address}/v1/${mount}/data/${rest.join('/')}`
  return (await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) })).status
}
/** Somebody else makes a secret of the databases' owners. */
const putForeign = async (path: string): Promise<void> => {
  const below = path.slice('kv/'.length)
  await fragile.world.admin('POST', `kv/data/${below}`, { data: { value: below } })
  await fragile.world.admin('POST', `kv/metadata/${below}`, { custom_metadata: { owner: 'databases' } })
}
/** The vault's listings of the folder wait until the returned function is called. */
const holdListings = (): (() => void) => {
  const { promise, resolve } = Promise.withResolvers<'pass'>()
  const call = /^GET kv\/metadata\/apps\/orders\/$/
  for (let count = 0; count < 20; count += 1) void fragile.vault.once({ when: 'before', call }, () => promise)
  return () => {
    fragile.vault.forgetHooks()
    resolve('pass')
  }
}
/** Asks for the folder through the form, which says that the vault is being asked. */
const ask = async (): Promise<RequestRecord> => {
  const { records, cast, openForm } = fragile.story
  const before = records.newestOf('developer')?.id
  await openForm(cast.developer, { path: folder, reason: 'The nightly export fails.' })
  const goOn = holdListings()
  await cast.developer.hands.submit()
  const looking = await untilView(cast.developer.hands, 'Looking at the vault').finally(goOn)
  expect(looking.text).toContain(`what lies beneath ${folder}`)
  const filed = await eventually(() => {
    const newest = records.newestOf('developer')
    return newest?.id !== before && newest
  })
  await cast.developer.hands.closeView()
  return filed
}

test('access to a folder leaves out what others own, also what appears while it is used, until it ends', async () => {
  const { story } = fragile
  const { developer, owner, lead } = story.cast
  const asked = await ask()
  await story.untilAllSay(asked, folder, orders)
  const request = await story.approve(lead, asked)
  const { token } = await story.credential(developer, request)

  const mine = `${folder}export`
  expect(await use(token, 'POST', mine, { data: { a: '1' }, options: { cas: 0 } })).toBe(200)
  expect(await use(token, 'POST', mine, { data: { a: '2' }, options: { cas: 1 } })).toBe(200)
  expect(await use(token, 'PATCH', mine, { data: { b: '3' } })).toBe(200)
  expect([await story.read(token, mine), await story.read(token, ordersApi)]).toEqual([200, 200])
  expect(await use(token, 'DELETE', mine)).toBe(403)
  for (const method of ['GET', 'POST', 'DELETE'])
    expect([method, await use(token, method, orders, method === 'POST' ? { data: {} } : undefined)]).toEqual([
      method,
      403,
    ])

  const [seen, seenByLead] = [story.inbox(owner), story.inbox(lead)]
  await putForeign(ledger)
  await story.untilRefused(token, ledger)
  await story.untilTold(owner, ledger, seen)
  await story.untilTold(lead, ledger, seenByLead)
  expect(await use(token, 'POST', mine, { data: { a: '4' } })).toBe(200)
  expect([await story.read(token, mine), await story.read(token, ordersApi)]).toEqual([200, 200])

  await story.press(lead, request, 'Revoke')
  await story.untilState(request, 'ended')
  expect([await story.read(token, mine), await story.read(token, ordersApi)]).toEqual([403, 403])
  await fragile.untilNothingIsOrphaned()
})

// The calls to the vault are the same from every chat, so these kills play in one only.
if (pointsWhile.narrowing.length > 0) {
  test('killed around the look and the new policy, it leaves out what is new all the same, and the token keeps the rest', async () => {
    const { story, killAt } = fragile
    const { developer, lead } = story.cast
    const request = await story.approve(lead, await ask())
    const { token } = await story.credential(developer, request)
    for (const [index, point] of pointsWhile.narrowing.entries()) {
      const late = `${folder}late-${index}`
      await killAt(point.side, point, () => putForeign(late))
      await story.untilRefused(token, late)
      expect([point.when, point.words, await story.read(token, ordersApi)]).toEqual([point.when, point.words, 200])
    }
    await eventually(() => story.records.request(request.id).grant?.state === 'active')
    const narrowed = story.records.rows("SELECT count(*) AS count FROM audit WHERE kind = 'access-narrowed'")
    expect(Number(narrowed[0]?.count)).toBeGreaterThanOrEqual(pointsWhile.narrowing.length)
    await story.press(developer, request, 'Give back now')
    await story.untilState(request, 'ended')
    expect(await story.read(token, ordersApi)).toBe(403)
    await fragile.untilNothingIsOrphaned()
  })
}
