import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newBell } from '../../src/app/bell.ts'
import type { Deps } from '../../src/app/deps.ts'
import { newHealth } from '../../src/app/health.ts'
import { useCases } from '../../src/app/use-cases.ts'
import type { GrantId, SessionId } from '../../src/domain/ids.ts'
import { timestamp } from '../../src/domain/time.ts'
import { type Answer, apiOver } from '../support/api-world.ts'
import { type LinkWorld, linkWorld } from '../support/link-world.ts'

// One-time links by API, on a real vault.

let world: LinkWorld
let api: ReturnType<typeof apiOver>
let grant: GrantId
let count = 0
const over = (settings: Partial<Deps['settings']> = {}) => {
  const deps = { ...world.deps, settings: { ...world.deps.settings, ...settings } }
  const bell = newBell()
  return apiOver(deps, useCases(deps, newHealth(deps), bell), bell)
}
beforeAll(async () => {
  world = await linkWorld()
})
beforeEach(async () => {
  api = over()
  grant = await world.grantFor(`ada-${++count}`)
})
afterAll(() => world?.stop())

const ada = () => `ada-${count}`
const session = (id: string) => ({ session: id as SessionId })
const link = async () => (await api.post(ada(), `/grants/${grant}/link`)).body.url as string
const redeem = (who: string | undefined, url: string) => api.post(who, '/links/redeem', { link: url })
const codeOf = ({ status, body }: Answer) => `${status} ${body.error?.code ?? 'done'}`

describe('a link by API', () => {
  test('leads to a credential that reads the secret, once, for the session that asked', async () => {
    api.callers[ada()] = session('one')
    const url = await link()
    const { status, body } = await redeem(ada(), url)
    expect(status).toBe(200)
    expect(body).toMatchObject({ grant, items: [{ path: `kv/apps/${ada()}`, permission: 'read', type: 'secret' }] })
    expect(Date.parse(body.spendBy)).toBeLessThan(Date.parse(body.until))
    expect(await world.read(grant, body.wrappingToken)).toBe(200)
    expect(codeOf(await redeem(ada(), url))).toBe('404 link-unusable')
  })

  test('is useless to another session, to nobody and to a browser, and stays good for its own', async () => {
    api.callers[ada()] = session('one')
    const url = await link()
    api.callers[ada()] = session('two')
    expect(codeOf(await redeem(ada(), url))).toBe('404 link-unusable')
    expect(codeOf(await redeem(undefined, url))).toBe('404 link-unusable')
    expect(await world.press(url.split('/').at(-1) ?? '', 'a browser')).toEqual({ kind: 'unusable' })
    api.callers[ada()] = session('one')
    expect((await redeem(ada(), url)).status).toBe(200)
  })

  test('is drawn for its holder alone, and its existence told to nobody else', async () => {
    await world.grantFor('linus')
    expect(codeOf(await api.post('linus', `/grants/${grant}/link`))).toBe('404 no-such-request')
    expect(codeOf(await api.post('linus', '/grants/unknown/link'))).toBe('404 no-such-request')
    expect(codeOf(await api.post('grace', `/grants/${grant}/link`))).toBe('403 not-the-requester')
    expect(codeOf(await api.post(undefined, `/grants/${grant}/link`))).toBe('401 not-signed-in')
  })
})

describe('a link from chat', () => {
  test('is redeemed without a sign-in where links need none; a second try raises the alarm', async () => {
    const nonce = await world.open(grant)
    const first = await redeem(undefined, `https://latchkey.example.com/fetch/${nonce}`)
    expect(first.status).toBe(200)
    expect(codeOf(await redeem(undefined, nonce))).toBe('404 link-unusable')
    await world.settled(grant)
    expect(await world.read(grant, first.body.wrappingToken)).toBe(403)
    expect((await world.messages()).some(({ text }) => /somebody else|another browser/i.test(text))).toBe(true)
  })

  test('that is none gives the same answer as a used one', async () => {
    expect(codeOf(await redeem(undefined, 'x'.repeat(43)))).toBe('404 link-unusable')
    expect(codeOf(await redeem(undefined, 'not a link'))).toBe('400 invalid')
  })
})

describe('where links require a sign-in', () => {
  const fresh = (age: number) => ({ signedInAt: timestamp(Date.now() - age * 1000), ...session('one') })
  beforeEach(() => {
    api = over({ linkConfirm: 'sign-in' })
  })

  test('a link is drawn and used only after a sign-in of the last ten minutes', async () => {
    for (const caller of [session('one'), fresh(601)]) {
      api.callers[ada()] = caller
      const refused = await api.post(ada(), `/grants/${grant}/link`)
      expect(codeOf(refused)).toBe('403 needs-fresh-sign-in')
      expect(refused.body.error.message).toContain('10 minutes')
    }
    api.callers[ada()] = fresh(590)
    const url = await link()
    expect(codeOf(await redeem(undefined, url))).toBe('401 not-signed-in')
    expect((await redeem(ada(), url)).status).toBe(200)
  })

  test('another person gets nothing from it, and does not use it up', async () => {
    await world.grantFor('linus')
    api.callers[ada()] = fresh(1)
    api.callers.linus = fresh(1)
    const nonce = await world.open(grant)
    expect((await redeem('linus', nonce)).status).toBe(401)
    expect((await redeem(ada(), nonce)).status).toBe(200)
  })
})

test('access is listed, ends by its holder, and its end is proved', async () => {
  const { body } = await api.call(ada(), '/grants')
  expect(body.items).toEqual([expect.objectContaining({ id: grant, state: 'active', usage: expect.anything() })])
  expect(codeOf(await api.call('linus', `/grants/${grant}`))).toBe('404 no-such-request')
  expect(codeOf(await api.post('linus', `/grants/${grant}/revoke`, { note: 'No need.' }))).toBe('404 no-such-request')
  expect(codeOf(await api.post('grace', `/grants/${grant}/revoke`))).toBe('400 note-required')
  api.callers.grace = { rights: 'own' }
  expect((await api.post('grace', `/grants/${grant}/revoke`, { note: 'No need.' })).status).toBe(403)
  expect((await api.post(ada(), `/grants/${grant}/revoke`)).body).toMatchObject({ because: 'given-back' })
  await world.settled(grant)
  const ended = (await api.call(ada(), '/grants?which=ended')).body.items
  expect(ended).toEqual([expect.objectContaining({ id: grant, state: 'ended', proof: expect.anything() })])
})

test('the audit log and the events are for named auditors with all rights', async () => {
  api = over({ auditors: ['group:platform'] })
  expect(codeOf(await api.call(ada(), '/audit'))).toBe('403 not-an-auditor')
  const page = (await api.call('grace', '/audit?limit=3')).body
  expect(page.items.map(({ sequence }: { sequence: number }) => sequence)).toEqual([1, 2, 3])
  const more = (await api.call('grace', `/audit?after=${page.next}&limit=1000`)).body
  expect(more.items[0]).toMatchObject({ sequence: 4, hash: expect.any(String), actor: expect.anything() })
  const events = (await api.call('grace', '/events?limit=1000')).body
  expect(events.items.map(({ type }: { type: string }) => type)).toContain('request.submitted')
  expect((await api.call('grace', `/events?after=${events.next}`)).body).toEqual({ items: [], next: events.next })
  api.callers.grace = { rights: 'own' }
  expect(codeOf(await api.call('grace', '/audit'))).toBe('403 needs-sign-in')
})
