import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { newBell } from '../../src/app/bell.ts'
import { personOf } from '../../src/app/confirm-fetch-link.ts'
import type { Deps } from '../../src/app/deps.ts'
import type { Health } from '../../src/app/health.ts'
import { type UseCases, useCases } from '../../src/app/use-cases.ts'
import { chatKinds } from '../../src/chat/index.ts'
import { peopleIn } from '../../src/directory/people-file.ts'
import type { Identity } from '../../src/domain/card.ts'
import type { PersonId } from '../../src/domain/ids.ts'
import { identitiesOf } from '../../src/identity/claims.ts'
import type { ChatPlatform, Loaded, Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { discovered, latchkeyOf, newCompany } from '../support/company.ts'
import * as sample from './store-samples.ts'

// One person with an account in Slack and one in Teams, on the real people file, store and use cases.

const { ada, grace, linus, at } = sample
const tenant = '11111111-1111-4111-8111-111111111111'
const accountOf = (digit: string) => `${digit.repeat(8)}-0000-4000-8000-${digit.repeat(12)}`
const inSlack = (subject: string): Identity => ({ platform: 'slack', tenant: 'T1', subject })
const inTeams = (digit: string): Identity => ({ platform: 'teams', tenant, subject: accountOf(digit) })

/** Ada may request, and is one of the owners. */
const people = `
people:
  ada: { name: Requester, slack: [T1/UADA], teams: [${tenant}/${accountOf('a')}] }
  grace: { name: Owner, slack: [T1/UGRACE], teams: [${tenant}/${accountOf('b')}] }
  linus: { name: Second owner, slack: [T1/ULINUS] }
groups:
  engineering: [ada]
  platform: [ada, grace, linus]
`

let store: Store
let deps: Deps
let latchkey: UseCases

const health: Health = { trouble: () => undefined } as never
const silent = (name: 'slack' | 'teams'): ChatPlatform => ({
  name,
  post: async () => ({ conversation: 'D1', message: '1' }),
  update: async () => {},
  admits: async () => ({ ok: true, value: undefined }),
})

beforeEach(async () => {
  store = await openStore(':memory:', { newId: randomUUID })
  const plain = latchkeyOf({ store, company: newCompany(), now: () => at(5), integrations: [sample.vault] })
  deps = {
    ...plain,
    directory: peopleIn(people, 'people.yaml', chatKinds),
    platforms: new Map([silent('slack'), silent('teams')].map((platform) => [platform.name, platform])),
  }
  latchkey = useCases(deps, health, newBell())
  return () => store.close()
})

/** Who an account is, as the chat's border asks. */
const personAt = (identity: Identity): PersonId => {
  const known = latchkey.identify(identity)
  if (!known.ok) throw new Error(`${identity.subject} is unknown`)
  return known.value.id
}

/** What Ada asks for from her Slack account, and how many must approve it. */
const asked = async (approvals = 1): Promise<Loaded> => {
  const change = sample.submission({ by: personAt(inSlack('UADA')) })
  const requirement = { owners: ['group:platform'], approvals, by: 'integration' } as const
  const request = { ...change.request, requirements: [requirement] }
  await sample.mustCommit(store, { ...change, request })
  return sample.reload(store, request)
}

const decides = async ({ request }: Loaded, identity: Identity, verdict: 'approve' | 'deny') => {
  const judgement = verdict === 'approve' ? { verdict } : { verdict, note: 'Not this week.' }
  return latchkey.decideRequest(request.id, { by: personAt(identity), ...judgement })
}
const stateOf = async ({ request }: Loaded) => (await sample.reload(store, request)).request.state

describe('what somebody asks for in Slack', () => {
  test('is theirs in Teams too, so they neither approve nor deny it there', async () => {
    const loaded = await asked()
    for (const verdict of ['approve', 'deny'] as const) {
      expect(await latchkey.mayDecide(loaded.request.id, personAt(inTeams('a')), verdict)).toMatchObject({
        refusal: { code: 'own-request' },
      })
      expect(await decides(loaded, inTeams('a'), verdict)).toMatchObject({ refusal: { code: 'own-request' } })
    }
    expect(await stateOf(loaded)).toBe('pending')
  })

  test('does not wait for them in Teams as for an owner, but for the others on both chats', async () => {
    const { request } = await asked()
    expect((await latchkey.decisionsFor(personAt(inTeams('a')))).shown).toEqual([])
    for (const identity of [inTeams('b'), inSlack('UGRACE')])
      expect((await latchkey.decisionsFor(personAt(identity))).shown).toMatchObject([{ request: { id: request.id } }])
  })

  test('reaches its owners on every chat, and none of its requester’s accounts as an owner’s', async () => {
    const resource = await discovered(store, sample.vault.id, 'kv/apps/db')
    const owned = { ...sample.vault, owners: ['group:platform'] as const }
    const integrations = new Map([...deps.integrations].map(([id, one]) => [id, { ...one, integration: owned }]))
    const { submitRequest } = useCases({ ...deps, integrations }, health, newBell())
    const wish = { items: [{ resource: resource.id, permission: 'read' }] as const, duration: 900 as never }
    const by = personAt(inSlack('UADA'))
    expect(await submitRequest({ requester: by, draft: 'd', reason: 'queue is stuck', ...wish })).toMatchObject({
      ok: true,
    })
    const cards = (
      await Promise.all(
        (['slack', 'teams'] as const).map((name) => store.claimCards(name, at(60), sample.vault.decideWithin, 99)),
      )
    ).flatMap(({ things }) => things)
    const readersOf = (audience: string) =>
      cards
        .filter((card) => card.audience === audience)
        .flatMap(({ recipient }) => (recipient.to === 'person' ? [recipient] : []))
        .map(({ person, identity }) => `${person} at ${identity.platform}`)
        .toSorted()
    expect(readersOf('owner')).toEqual(['grace at slack', 'grace at teams', 'linus at slack'])
    expect(readersOf('requester')).toEqual(['ada at slack', 'ada at teams'])
  })
})

describe('two accounts of one owner', () => {
  test('count as one approval where two are needed', async () => {
    const loaded = await asked(2)
    expect(await decides(loaded, inSlack('UGRACE'), 'approve')).toMatchObject({ ok: true })
    expect(await decides(loaded, inTeams('b'), 'approve')).toMatchObject({
      refusal: { code: 'already-decided-by-you' },
    })
    expect(await stateOf(loaded)).toBe('pending')
    expect(await decides(loaded, inSlack('ULINUS'), 'approve')).toMatchObject({ ok: true })
    expect(await stateOf(loaded)).toBe('approved')
  })

  test('are one person, so that a request approved in Teams is decided in Slack too', async () => {
    const loaded = await asked()
    expect(await decides(loaded, inTeams('b'), 'approve')).toMatchObject({ ok: true })
    expect(await decides(loaded, inSlack('UGRACE'), 'deny')).toMatchObject({ refusal: { code: 'not-pending' } })
    expect((await sample.reload(store, loaded.request)).request.decisions).toMatchObject([{ by: grace }])
  })
})

describe('a sign-in at Entra', () => {
  const issuer = `https://login.microsoftonline.com/${tenant}/v2.0`
  const signedIn = (claims: object, directory = deps.directory) =>
    personOf({ ...deps, directory }, identitiesOf('entra', issuer, { ...claims }))?.id

  test('is of the person whom the people file has only by the account in Teams', () => {
    expect(signedIn({ tid: tenant, oid: accountOf('a') })).toBe(ada)
    expect(signedIn({ tid: tenant, oid: accountOf('c') })).toBeUndefined()
    expect(signedIn({ tid: accountOf('c'), oid: accountOf('a') })).toBeUndefined()
  })

  test('is of nobody where the people file gives the same account to two people', () => {
    const link = `{ issuer: "${issuer}", tid: ${tenant}, oid: ${accountOf('a')} }`
    const both = people.replace('[T1/ULINUS]', `[T1/ULINUS], oidc: [${link}]`)
    expect(signedIn({ tid: tenant, oid: accountOf('a') }, peopleIn(both, 'people.yaml', chatKinds))).toBeUndefined()
  })
})

test('an account of another tenant with the same object id is nobody', () => {
  const other = { ...inTeams('b'), tenant: accountOf('c') }
  expect(latchkey.identify(other)).toMatchObject({ refusal: { code: 'unknown-person' } })
  expect([inSlack('UADA'), inTeams('a')].map(personAt)).toEqual([ada, ada])
  expect(personAt(inSlack('ULINUS'))).toBe(linus)
})
