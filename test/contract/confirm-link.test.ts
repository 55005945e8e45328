import { createHash, randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { confirmFetchLink } from '../../src/app/confirm-fetch-link.ts'
import type { Deps } from '../../src/app/deps.ts'
import { enterAccess, lookAtAccess, openAccess } from '../../src/app/own-access.ts'
import { lookAtFetchLink, redeemFetchLink } from '../../src/app/redeem-fetch-link.ts'
import { connectors } from '../../src/connectors/index.ts'
import type { Identity } from '../../src/domain/card.ts'
import { instanceId } from '../../src/domain/ids.ts'
import { issuerIdentity } from '../../src/domain/sign-in.ts'
import { seconds, type Timestamp } from '../../src/domain/time.ts'
import {
  type ChatPlatform,
  type Directory,
  ExternalError,
  type Loaded,
  type Person,
  type Store,
} from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import * as sample from './store-samples.ts'

const { ada, grace, at } = sample
const nonce = 'N'.repeat(43)
const hash = (text: string) => createHash('sha256').update(text).digest('hex')
const named = (sub: string): Identity => issuerIdentity('https://id.example.com', { sub })
const chat = (subject: string): Identity => ({ platform: 'slack', tenant: 'T1', subject })
const people: readonly Person[] = [
  { id: ada, name: 'Requester', identities: [chat('U-ada'), named('ada')] },
  { id: grace, name: 'Owner', identities: [chat('U-grace'), named('grace')] },
]
const directory: Directory = {
  person: (identity) => people.find(({ identities }) => identities.some((each) => hashOf(each) === hashOf(identity))),
  find: (id) => people.find((person) => person.id === id),
  members: (party) => (party === 'group:platform' ? [grace] : [ada]),
  partiesOf: () => [],
}
const hashOf = ({ platform, tenant, subject }: Identity) => hash(JSON.stringify([platform, tenant, subject]))

let store: Store
let now: Timestamp
let deps: Deps
let loaded: Loaded

beforeEach(async () => {
  now = at(30)
  store = await openStore(':memory:', { newId: randomUUID })
  const connector = connectors.vault.create({
    params: { internalUrl: 'http://127.0.0.1:1', credentials: { folder: '/nowhere' } },
    integration: sample.vault.id,
    instance: instanceId('instance'),
    clock: { now: () => now },
  })
  deps = {
    ...{ store, directory, hash, newId: randomUUID, newNonce: () => nonce, random: () => 0 },
    integrations: new Map([[sample.vault.id, { integration: sample.vault, connector }]]),
    platforms: new Map([['slack', silentChat]]),
    clock: { now: () => now, sleep: async () => {} },
    nudge: () => {},
    troubleAt: () => undefined,
    log: { info: () => {}, warn: () => {}, error: () => {} },
    settings: {
      ...{ linkBase: 'https://latchkey.example.com', linkInMessage: false, linkConfirm: 'sign-in' },
      ...{ revokeOnMisuse: true, claim: seconds(60), wake: seconds(15), provedShare: 0 },
    },
  }
  const active = await sample.activated(store)
  const link = sample.link(active, hash(nonce), now)
  await store.openLink(link, [])
  loaded = await sample.reload(store, active.request)
})
afterEach(() => store.close())

const silentChat = {
  name: 'slack' as const,
  post: async () => ({ conversation: 'D1', message: '1' }),
  update: async () => {},
  admits: async () => ({ ok: true, value: undefined }) as const,
}
const misuses = async () => (await store.auditRows(0, 100)).filter(({ kind }) => kind === 'link-misused')
const noticed = async () =>
  (await store.claimCards('slack', now, seconds(60), 100)).things.map(({ recipient }) => recipient)

describe('whoever signs in', () => {
  test('is confirmed if it is the link’s person, and the link is as open as before', async () => {
    const confirmed = await confirmFetchLink(deps)(nonce, [named('ada')])
    expect(confirmed).toMatchObject({ kind: 'confirmed', person: { id: ada } })
    expect((await store.link({ hash: hash(nonce) }))?.state).toBe('open')
    expect(await misuses()).toEqual([])
  })

  test('as another person is told so, and nothing is withdrawn, not even what its person has fetched before', async () => {
    await store.redeem(hash(nonce), hash('browser of its person'), now)
    const confirmed = await confirmFetchLink(deps)(nonce, [named('grace')])
    expect(confirmed).toMatchObject({ kind: 'other-person', person: { id: grace } })
    const { grant } = await sample.reload(store, loaded.request)
    expect(grant).toMatchObject({ state: 'active' })
    expect(grant).not.toHaveProperty('withdraw')
    expect(await misuses()).toMatchObject([{ actor: { id: grace }, detail: { how: 'other-person', revoked: false } }])
    expect(await noticed()).toMatchObject([{ person: ada }, { person: grace }])
  })

  test('under names that lead to different people is nobody', async () => {
    const confirmed = await confirmFetchLink(deps)(nonce, [named('ada'), named('grace')])
    expect(confirmed).toEqual({ kind: 'nobody', accounts: [named('ada'), named('grace')] })
  })

  test('under the name of an account that the people file has, and one that it has not, is its person', async () => {
    const both = [issuerIdentity('https://login.example.com', { tid: 't', oid: 'o' }), chat('U-ada')] as const
    expect(await confirmFetchLink(deps)(nonce, both)).toMatchObject({ kind: 'confirmed', person: { id: ada } })
  })

  test('under several names of the same person is that person', async () => {
    const confirmed = await confirmFetchLink(deps)(nonce, [named('unknown'), chat('U-ada'), named('ada')])
    expect(confirmed).toMatchObject({ kind: 'confirmed' })
  })

  test('as somebody else is told about once for each link, and the audit has every account that tried', async () => {
    for (const sub of ['stranger', 'stranger', 'second-stranger']) await confirmFetchLink(deps)(nonce, [named(sub)])
    expect(await misuses()).toHaveLength(3)
    expect(await noticed()).toHaveLength(2)
  })

  test('and has left the directory gets nothing by a link that is still open, and it is not spent', async () => {
    const without = { ...deps, directory: { ...directory, find: () => undefined } }
    expect(await redeemFetchLink(without)(nonce, hash('browser'))).toEqual({ kind: 'unusable' })
    expect((await store.link({ hash: hash(nonce) }))?.state).toBe('open')
  })

  test('too late for the link changes nothing', async () => {
    now = at(30 + 120)
    expect(await confirmFetchLink(deps)(nonce, [named('grace')])).toEqual({ kind: 'unusable' })
    expect(await confirmFetchLink(deps)('another', [named('ada')])).toEqual({ kind: 'unusable' })
    expect(await misuses()).toEqual([])
  })
})

describe('without a sign-in as its person', () => {
  test.each([undefined, grace])('the link says nothing and gives nothing (%s)', async (signedIn) => {
    expect(await lookAtFetchLink(deps)(nonce, 'browser', signedIn)).toEqual({ kind: 'sign-in-first' })
    expect(await redeemFetchLink(deps)(nonce, 'browser', signedIn)).toEqual({ kind: 'sign-in-first' })
    expect((await store.link({ hash: hash(nonce) }))?.state).toBe('open')
  })

  test('a used link looks like an open one, except at the browser that used it', async () => {
    await store.redeem(hash(nonce), hash('browser'), now)
    expect(await redeemFetchLink(deps)(nonce, 'another browser')).toEqual({ kind: 'sign-in-first' })
    expect(await redeemFetchLink(deps)(nonce, 'browser')).toMatchObject({ kind: 'redeemed-here' })
    expect(await misuses()).toEqual([])
  })

  test('the link is enough where the settings say so', async () => {
    const trusting: Deps = { ...deps, settings: { ...deps.settings, linkConfirm: 'none' } }
    expect(await lookAtFetchLink(trusting)(nonce, 'browser')).toMatchObject({ kind: 'ready' })
  })
})

describe('the page of an access', () => {
  const chatSays = (admits: ChatPlatform['admits']): Deps => ({
    ...deps,
    platforms: new Map([['slack', { ...silentChat, admits }]]),
  })
  const grant = () => sample.grantOf(loaded).id
  const refused = async () =>
    (await store.auditRows(0, 100)).filter(({ kind }) => kind === 'refused').map(({ detail }) => detail.code)

  test('is its holder’s alone; whoever else comes learns nothing and is audited', async () => {
    expect(await enterAccess(deps)(grant(), [named('ada')])).toMatchObject({ kind: 'confirmed', person: { id: ada } })
    expect(await enterAccess(deps)(grant(), [named('grace')])).toMatchObject({ kind: 'nothing' })
    expect(await enterAccess(deps)('unknown', [named('grace')])).toMatchObject({ kind: 'nothing' })
    expect(await enterAccess(deps)(grant(), [named('stranger')])).toEqual({
      kind: 'nobody',
      accounts: [named('stranger')],
    })
    expect(await lookAtAccess(deps)(grant(), grace, 'browser')).toEqual({ kind: 'nothing' })
    expect(await openAccess(deps)(grant(), grace)).toEqual({ kind: 'nothing' })
    expect(await refused()).toEqual(['not-the-requester', 'no-such-request', 'unknown-person', 'not-the-requester'])
    expect(await misuses()).toEqual([])
  })

  test('draws a link for its holder’s press, and none before', async () => {
    await enterAccess(deps)(grant(), [named('ada')])
    expect(await lookAtAccess(deps)(grant(), ada, 'browser')).toMatchObject({ kind: 'ready' })
    expect((await store.link({ hash: hash(nonce) }))?.state).toBe('open')
    const drawn = { ...deps, newNonce: () => 'M'.repeat(43) }
    expect(await openAccess(drawn)(grant(), ada)).toEqual({ kind: 'link', nonce: 'M'.repeat(43) })
    expect((await store.link({ hash: hash(nonce) }))?.state).toBe('replaced')
  })

  test('gives nothing to an account that the chat refuses, and waits for no chat that is silent', async () => {
    const guest = chatSays(async () => ({ ok: false, refusal: { code: 'not-admitted', why: 'guest' } }))
    expect(await openAccess(guest)(grant(), ada)).toEqual({ kind: 'nothing' })
    expect(await refused()).toEqual(['not-admitted'])
    const silent = chatSays(() => Promise.reject(new ExternalError('unreachable', 'silent', { transient: true })))
    expect((await store.link({ hash: hash(nonce) }))?.state).toBe('open')
    expect(await openAccess({ ...silent, newNonce: () => 'M'.repeat(43) })(grant(), ada)).toMatchObject({
      kind: 'link',
    })
    expect((await store.link({ hash: hash(nonce) }))?.state).toBe('replaced')
  })

  test('gives nothing after its time, whoever signs in', async () => {
    now = at(30 + 3 * 3600)
    expect(await enterAccess(deps)(grant(), [named('ada')])).toMatchObject({ kind: 'nothing' })
    expect(await openAccess(deps)(grant(), ada)).toEqual({ kind: 'nothing' })
    expect(await refused()).toEqual(['access-not-active', 'access-not-active'])
  })
})
