import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkHolders } from '../../src/app/check-holders.ts'
import { decideRequest } from '../../src/app/decide-request.ts'
import type { Deps } from '../../src/app/deps.ts'
import { concernedIn } from '../../src/app/list-access.ts'
import { openFetchLink } from '../../src/app/open-fetch-link.ts'
import { lookAtFetchLink, redeemFetchLink } from '../../src/app/redeem-fetch-link.ts'
import { submitRequest } from '../../src/app/submit-request.ts'
import { whoHas } from '../../src/app/who.ts'
import type { Handle } from '../../src/domain/connector.ts'
import { personId } from '../../src/domain/ids.ts'
import { seconds } from '../../src/domain/time.ts'
import type { Connector, Credential, Loaded, Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { type Company, discovered, latchkeyOf, newCompany } from '../support/company.ts'
import { type Mode, modes } from '../support/lending-vault.ts'
import * as sample from './store-samples.ts'

const { ada, grace, at, vault, otherVault } = sample

let store: Store
let company: Company
beforeEach(async () => {
  store = await openStore(':memory:', { newId: randomUUID })
  company = newCompany()
})
afterEach(() => store.close())

type Scope = { include?: string[]; exclude?: string[]; contained?: object }
const latchkey = (scope: Scope = {}, integrations = [vault]): Deps =>
  latchkeyOf({ ...{ store, company, scope, integrations }, now: () => at(60) })
const ask = async (deps: Deps, path: string) => {
  const { id } = await discovered(store, vault.id, path)
  const wish = { requester: ada, draft: randomUUID(), items: [{ resource: id, permission: 'read' }] as const }
  return submitRequest(deps)({ ...wish, duration: seconds(900), reason: 'The nightly export fails.' })
}
const pendingFor = async (deps: Deps, path: string): Promise<Loaded> => sample.granted(await ask(deps, path))

/** What takes the right to have access away from Ada, without touching what she asked for or holds. */
const withdrawals: readonly (readonly [string, { scope?: Scope; company?: Partial<Company> }, string])[] = [
  ['left the directory', { company: { people: ['grace', 'linus'] } }, 'requester-gone'],
  [
    'is no longer a requester',
    { company: { groups: { engineering: ['linus'], platform: ['grace'] } } },
    'requester-removed',
  ],
  ['asked for what was excluded since', { scope: { exclude: ['kv/apps/*'] } }, 'not-offered'],
  ['asked for what is no longer included', { scope: { include: ['kv/other/*'] } }, 'not-offered'],
]
const lent = (path: string) => ({
  policies: [{ name: 'lend', gives: [{ type: 'secret', path, permissions: ['read'] }] }],
  roles: [{ name: 'lend', policies: ['lend'], longest: '8h' }],
})
const notLentAnyMore = [
  'asked for what is lent no more',
  'contained',
  { scope: { contained: lent('kv/other/*') } },
  'not-offered',
] as const
type Withdrawal = readonly [string, Mode, (typeof withdrawals)[number][1], string]
const inBothModes = modes.flatMap((mode) =>
  withdrawals.map(([who, change, code]): Withdrawal => [who, mode, change, code]),
)

describe.each<Withdrawal>([...inBothModes, notLentAnyMore])(
  'somebody who %s, where the bot is %s',
  (_, mode, { scope: less, company: changed }, code) => {
    const refusal = expect.objectContaining({ code })
    const offered = mode === 'contained' ? { contained: lent('kv/apps/*') } : {}
    const scope = { ...offered, ...less }

    test('is not approved, and the request stays as it was, while an owner can still deny it', async () => {
      const { request } = await pendingFor(latchkey(offered), 'kv/apps/db')
      Object.assign(company, changed)
      const decide = decideRequest(latchkey(scope))
      expect(await decide(request.id, { by: grace, verdict: 'approve' })).toEqual({ ok: false, refusal })
      expect(await sample.reload(store, request)).toMatchObject({ request: { state: 'pending', decisions: [] } })
      expect(await decide(request.id, { by: grace, verdict: 'deny', note: 'Not any more.' })).toMatchObject({
        ok: true,
      })
    })

    test('gets no link, and an open one shows and gives nothing', async () => {
      const active = await sample.activated(store, { items: [sample.item('apps/db')] })
      const before = sample.granted(await openFetchLink(latchkey(offered))(sample.grantOf(active).id, ada))
      const nonce = before.url.reveal().split('/').at(-1) ?? ''
      Object.assign(company, changed)
      const deps = latchkey(scope)
      expect(await openFetchLink(deps)(sample.grantOf(active).id, ada)).toMatchObject({ ok: false })
      expect(await lookAtFetchLink(deps)(nonce, undefined)).toEqual({ kind: 'unusable' })
      expect(await redeemFetchLink(deps)(nonce, 'browser')).toEqual({ kind: 'unusable' })
      expect(await store.link({ hash: deps.hash(nonce) })).toMatchObject({ state: 'open' })
    })
  },
)

test('a deactivated account gets no link while its end is held back, and an open one gives nothing', async () => {
  const active = await sample.activated(store)
  const { id } = sample.grantOf(active)
  const opened = sample.granted(await openFetchLink(latchkey())(id, ada))
  const lapse = { kind: 'lapsed', why: 'account-deactivated', endsAt: at(900) } as const
  await sample.mustCommit(store, sample.after(await sample.reload(store, active.request), lapse, at(60)))
  const refusal = { code: 'not-admitted', why: 'deactivated' }
  expect(await openFetchLink(latchkey())(id, ada)).toEqual({ ok: false, refusal })
  const nonce = opened.url.reveal().split('/').at(-1) ?? ''
  expect(await redeemFetchLink(latchkey())(nonce, 'browser')).toMatchObject({ kind: 'unusable' })
})

test.each([{ exclude: ['kv/apps/*'] }, { include: ['kv/other/*'] }])(
  'what %j leaves out cannot be asked for, also before the next look at the vault',
  async (scope) => {
    expect(await ask(latchkey(scope), 'kv/apps/db')).toMatchObject({ ok: false, refusal: { code: 'not-offered' } })
    expect(await ask(latchkey(scope), 'kv/other/db')).toMatchObject({ ok: true })
  },
)

test.each([
  ['left the people file', { people: ['grace', 'linus'] }, 'revoking'],
  ['is no requester any more', { groups: { engineering: ['linus'], platform: ['grace'] } }, 'active'],
] as const)('somebody who %s while a slow vault makes their credential is shown none', async (_, changed, state) => {
  const deps = latchkey()
  const entry = sample.present(deps.integrations.get(vault.id))
  const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const cut: Handle[] = []
  const connector: Connector = {
    ...entry.connector,
    issue: async ({ handle }) => {
      asked.resolve()
      await answer.promise
      return { credential: { until: at(900) } as Credential, handle }
    },
    cut: async (handle) => void cut.push(handle),
  }
  const slow: Deps = { ...deps, integrations: new Map([[vault.id, { ...entry, connector }]]) }
  const active = await sample.activated(store)
  const opened = sample.granted(await openFetchLink(slow)(sample.grantOf(active).id, ada))
  const redeemed = redeemFetchLink(slow)(opened.url.reveal().split('/').at(-1) ?? '', 'browser')
  await asked.promise
  Object.assign(company, changed)
  await checkHolders(slow)()
  answer.resolve()
  expect(await redeemed).toEqual({ kind: 'unusable' })
  expect(cut).toHaveLength(1)
  const after = sample.grantOf(await sample.reload(store, active.request))
  expect(after.state).toBe(state)
  if (state === 'active') expect(after.handle?.policies).toEqual([]) // else its end still looks for all of them
})

describe('who has access', () => {
  beforeEach(() => sample.activated(store))
  const who = async (by: string, words: string, tag?: string) => {
    await discovered(store, vault.id, 'kv/apps/db', tag)
    const deps = latchkey({}, [{ ...vault, resourceOwner: { key: 'owner', allow: ['group:data'], pinned: [] } }])
    const answer = await whoHas(deps)(words, personId(by))
    return answer.ok ? answer.value.is : answer.refusal.code
  }

  test('is told to owners; people who may request it read who they are', async () => {
    expect([await who('grace', 'kv/apps/db'), await who('grace', 'kv/apps/none')]).toEqual([
      'holders',
      'no-such-resource',
    ])
    expect(await who('ada', 'kv/apps/db')).toBe('owners')
  })

  test('is found by words as in the form; several matches are named', async () => {
    expect([await who('grace', 'apps db'), await who('ada', 'apps db')]).toEqual(['holders', 'owners'])
    expect([await who('grace', 'db'), await who('ada', 'db')]).toEqual(['several', 'several'])
  })

  test('is answered to an owner who may not request there only about what is theirs', async () => {
    company.people.push('dana')
    company.groups.data = ['dana']
    expect([await who('dana', 'kv/apps/db'), await who('dana', 'db')]).toEqual(['no-such-resource', 'no-such-resource'])
  })

  test('is answered to the owner of a tag who may not request there', async () => {
    company.people.push('dana')
    company.groups.data = ['dana']
    expect([await who('dana', 'kv/apps/db', 'data'), await who('dana', 'db', 'data')]).toEqual(['holders', 'holders'])
    expect(await who('dana', 'kv/other/db', 'data')).toBe('no-such-resource')
  })

  test('is answered alike for every name to everybody else', async () => {
    company.people.push('guest')
    const names = ['kv/apps/db', 'kv/apps/none', 'apps', 'db', '']
    const answers = await Promise.all(names.map((name) => who('guest', name)))
    expect(new Set(answers)).toEqual(new Set(['no-such-resource']))
  })

  test('names no vault to somebody whom it does not concern', () => {
    company.people.push('guest')
    const named = (by: string) => concernedIn(latchkey({}, [vault, otherVault]), personId(by)).map(({ id }) => id)
    expect([named('guest'), named('ada'), named('grace')]).toEqual([
      [],
      ['vault', 'other-vault'],
      ['vault', 'other-vault'],
    ])
  })
})
