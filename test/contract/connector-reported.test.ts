import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectorReported } from '../../src/app/connector-reported.ts'
import { redeemFetchLink } from '../../src/app/redeem-fetch-link.ts'
import { integrationId } from '../../src/domain/ids.ts'
import type { RemoteConnector } from '../../src/domain/remote-connector.ts'
import { timestamp } from '../../src/domain/time.ts'
import { eventually } from '../support/eventually.ts'
import { type LinkWorld, linkWorld } from '../support/link-world.ts'

// A connector beside a vault saw that a wrapping token was opened. The server's rows say whether its person was shown it.

let world: LinkWorld
beforeAll(async () => {
  world = await linkWorld()
})
afterAll(() => world?.stop())

const connector = (): RemoteConnector => ({
  ...{ id: 'far', integration: world.connector.integration, key: 'x'.repeat(43), address: '127.0.0.1' },
  joinedAt: timestamp(0),
})

/** The use cases at a server whose clock runs as fast as somebody waits for it. */
const hurried = () => {
  let ahead = 0
  const { deps } = world
  const now = () => timestamp(Date.now() + ahead)
  const sleep = async (until: number) => {
    ahead += Math.max(0, until - now())
  }
  return { ...deps, clock: { ...deps.clock, now, sleep } }
}

test('a credential that its person was shown is no alarm', async () => {
  const grant = await world.grantFor('ada')
  const issuedAt = timestamp(Date.now())
  await world.press(await world.open(grant), 'browser-a')
  expect(await connectorReported(hurried())(connector(), { about: 'opened', grant, issuedAt })).toBe('fetched')
  expect((await world.store.auditRows(0, 1_000)).filter(({ kind }) => kind === 'link-misused')).toEqual([])
})

test('one that nobody was shown, and that was opened, is a theft: its people are told, and it dies', async () => {
  const grant = await world.grantFor('grace-hopper')
  const nonce = await world.open(grant)
  const { deps } = world
  // The server takes the credential and never says that it handed it on.
  const silent: typeof deps = {
    ...deps,
    store: { ...deps.store, mint: (step) => (step.to === 'issued' ? new Promise(() => {}) : deps.store.mint(step)) },
  }
  const issuedAt = timestamp(Date.now())
  void redeemFetchLink(silent)(nonce, 'browser-b')
  const token = await eventually(() => world.minted(grant)[0])
  expect(await world.read(grant, token)).toBe(200)
  const report = { about: 'opened', grant, issuedAt } as const
  expect(await connectorReported(hurried())({ ...connector(), integration: integrationId('other') }, report)).toBe(
    'noted',
  )
  expect(await connectorReported(hurried())(connector(), report)).toBe('not-fetched')
  const link = await world.store.link({ hash: deps.hash(nonce) })
  expect(link).toMatchObject({ misusedHow: 'spent-unseen' })
  const rows = (await world.store.auditRows(0, 1_000)).filter((row) => row.grant === grant)
  expect(rows.flatMap(({ kind, detail }) => (kind === 'connector-reported' ? [detail.word] : []))).toEqual([
    'not-fetched',
  ])
  expect(rows.some(({ kind, detail }) => kind === 'link-misused' && detail.how === 'spent-unseen')).toBe(true)
})
