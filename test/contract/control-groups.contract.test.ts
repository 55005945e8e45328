import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { newBell } from '../../src/app/bell.ts'
import { contentOf, viewOf } from '../../src/app/card-content.ts'
import { controlGroupUseCases } from '../../src/app/control-groups.ts'
import type { Deps } from '../../src/app/deps.ts'
import { newHealth } from '../../src/app/health.ts'
import { reconcileControlGroups } from '../../src/app/reconcile-control-groups.ts'
import { useCases } from '../../src/app/use-cases.ts'
import type { VaultConnector } from '../../src/connectors/vault/connector.ts'
import type { Card, ControlGroupReader } from '../../src/domain/card.ts'
import { personId } from '../../src/domain/ids.ts'
import type { Integration } from '../../src/domain/integration.ts'
import { after, seconds, type Timestamp, timestamp } from '../../src/domain/time.ts'
import type { Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { plainText } from '../../src/views/copy-time.ts'
import { apiOver } from '../support/api-world.ts'
import { breakingProxy } from '../support/breaking-proxy.ts'
import { latchkeyOf, newCompany } from '../support/company.ts'
import { hashicorpVaultProxy } from '../support/hashicorp-vault-proxy.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { connectorTo } from '../support/openbao-connector.ts'
import * as sample from './store-samples.ts'

// Control groups of a real OpenBao, with identity groups and people who have identities there. HashiCorp Vault’s community
// edition has none (`vault-facts.contract.test.ts`), so this file always starts an OpenBao.

const [ada, grace, linus, mary] = ['ada', 'grace', 'linus', 'mary'].map(personId) as [never, never, never, never]
const members = ['group:managers'] as const
let vault: TestVault
let connector: VaultConnector
let store: Store
let deps: Deps
let verbs: ReturnType<typeof controlGroupUseCases>
let now: Timestamp
let tokens: Record<string, string>

const main: Integration = { ...sample.vault, owners: ['person:ada'] }

type Wrapped = { readonly accessor: string; readonly token: string }

const asked = async (method: string, path: string, token: string, body?: unknown) => {
  const init = body === undefined ? {} : { body: JSON.stringify(body) }
  const answer = await fetch(`${vault.server.address}/v1/${path}`, {
    ...{ method, headers: { 'X-Vault-Token': token } },
    ...init,
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? {} : JSON.parse(text) }
}
const control = (capabilities: readonly string[], approvals: number, ttl: string) => ({
  capabilities,
  control_group: {
    ttl,
    factor: { boss: { controlled_capabilities: capabilities, identity: { group_names: ['managers'], approvals } } },
  },
})
const writePolicy = (name: string, path: object) =>
  vault.admin('POST', `sys/policies/acl/${name}`, { policy: JSON.stringify({ path }) })
const who = async (name: string, policy: string) => {
  await vault.admin('POST', `auth/staff/users/${name}`, { password: 'pw-of-tests', token_policies: [policy] })
  const { body } = await asked('POST', `auth/staff/login/${name}`, '', { password: 'pw-of-tests' })
  return body.auth as { readonly client_token: string; readonly entity_id: string }
}
const ask = async (by = 'ann', path = 'kv/data/shop/db'): Promise<Wrapped> => {
  const { body } = await asked('GET', path, tokens[by] ?? '')
  return body.wrap_info
}
const authorise = (by: string, { accessor }: Wrapped) =>
  asked('POST', 'sys/control-group/authorize', tokens[by] ?? '', { accessor })
const use = ({ token }: Wrapped) => asked('POST', 'sys/wrapping/unwrap', token)
const told = async (wrapped: Wrapped, by = linus) => {
  const outcome = await verbs.report(wrapped.accessor, by)
  if (!outcome.ok) throw new Error(outcome.refusal.code)
  return outcome.value.shown.group.id
}
const reconcile = async (later = 0) => {
  now = after(now, seconds(later))
  await reconcileControlGroups(deps, main.id)()
}
const cards = async () => (await store.claimCards('slack', now, seconds(1), 99)).things
const texts = async (all: readonly Card[]) =>
  Promise.all(
    all.map(async (card) => {
      const { loaded, context } = await contentOf(deps, card)
      const { title, fields, quotes, actions } = viewOf(card, loaded, context)
      const state = fields.find(({ label }) => label === 'State')?.value ?? []
      const as = (card as { readonly notice?: { readonly as?: ControlGroupReader } }).notice?.as
      const to = card.recipient.to === 'person' ? card.recipient.person : ''
      return { to, as, title, state: plainText(state), actions: actions.map(({ label }) => label), quotes }
    }),
  )
const kinds = async () =>
  (await store.auditRows(0, 999)).map(({ kind, actor, detail }) => [
    kind,
    actor.kind === 'person' ? actor.id : actor.kind,
    detail.entityName ?? detail.state ?? detail.note ?? '',
  ])

beforeAll(async () => {
  const env = { ...process.env, BAO_BIN: '' }
  vault = await openBao({ optionalRights: ['control-groups'], hasControlGroups: true }, '', env)
  await vault.admin('POST', 'kv/data/shop/db', { data: { password: 'first' } })
  await vault.admin('POST', 'sys/auth/staff', { type: 'userpass' })
  const rights = { capabilities: ['update'] }
  await writePolicy('approver', { 'sys/control-group/authorize': rights })
  await writePolicy('shop', {
    'kv/data/shop/*': control(['read'], 2, '1h'),
    'kv/data/other/*': control(['read', 'create', 'update'], 1, '1h'),
    'sys/control-group/authorize': rights,
  })
  const people = await Promise.all(
    [...['ann:shop', 'bob:approver', 'cat:approver', 'out:approver']].map(async (one) => {
      const [name = '', policy = ''] = one.split(':')
      return [name, await who(name, policy)] as const
    }),
  )
  tokens = Object.fromEntries(people.map(([name, { client_token: token }]) => [name, token]))
  const boss = people.filter(([name]) => name === 'bob' || name === 'cat').map(([, { entity_id: id }]) => id)
  await vault.admin('POST', 'identity/group', { name: 'managers', member_entity_ids: boss })
})
afterAll(async () => {
  await connector?.close()
  await vault?.stop()
})

beforeEach(async () => {
  await connector?.close()
  connector = connectorTo(vault.prepared, { controlGroups: [{ group: 'managers', members, paths: ['kv/shop/*'] }] })
  now = timestamp(Date.now())
  store = await openStore(':memory:', { newId: randomUUID, now: () => now })
  const company = newCompany({
    people: ['ada', 'grace', 'linus', 'mary'],
    groups: { managers: ['grace', 'ada'], engineering: ['linus'] },
  })
  const plain = latchkeyOf({ store, company, now: () => now, integrations: [] })
  deps = { ...plain, integrations: new Map([[main.id, { integration: main, connector }]]) }
  verbs = controlGroupUseCases(deps)
})

test('a reported one becomes cards, follows the approvals at the vault, and tells who asked', async () => {
  const wrapped = await ask()
  const id = await told(wrapped)
  expect(await texts(await cards())).toEqual([
    expect.objectContaining({ to: grace, as: 'decider', actions: ['Authorise…', 'Deny'] }),
    expect.objectContaining({ to: ada, as: 'decider' }),
    expect.objectContaining({
      to: linus,
      as: 'asker',
      title: 'A request waits for a control group of the vault',
      actions: [],
    }),
  ])
  // Somebody outside the group authorises nothing, and Latchkey shows nothing of it.
  expect((await authorise('out', wrapped)).body.data).toEqual({ approved: false })
  await reconcile(6)
  expect((await store.controlGroup({ id }))?.approvals).toEqual([])
  expect((await authorise('bob', wrapped)).body.data).toEqual({ approved: false })
  await reconcile(6)
  expect(await store.controlGroup({ id })).toMatchObject({ state: 'pending', approvals: [{ name: 'staff-bob' }] })
  expect((await use(wrapped)).status).toBe(400)
  expect(JSON.stringify((await authorise('bob', wrapped)).body)).toContain('already authorized')
  await authorise('cat', wrapped)
  await reconcile(6)
  expect(await store.controlGroup({ id })).toMatchObject({ state: 'authorised' })
  expect((await use(wrapped)).body.data.data).toEqual({ password: 'first' })
  const shown = await texts(await cards())
  expect(shown.find(({ as }) => as === 'told')).toMatchObject({
    to: linus,
    title: 'The control group authorised your request',
  })
  expect(await kinds()).toEqual([
    ['control-group-reported', 'linus', 'staff-ann'],
    ['control-group-approved', 'system', 'staff-bob'],
    ['control-group-approved', 'system', 'staff-cat'],
    ['control-group-authorised', 'system', ''],
  ])
})

test('a denial ends the wrapping token at the vault, and who asked reads who denied it and why', async () => {
  const wrapped = await ask()
  const id = await told(wrapped)
  await cards()
  expect(await verbs.deny(id, grace, 'no')).toMatchObject({ refusal: { code: 'note-required' } })
  expect(await verbs.deny(id, linus, 'mine, I withdraw it')).toMatchObject({ refusal: { code: 'own-control-group' } })
  expect(await verbs.deny(id, mary, 'I am nobody here')).toMatchObject({ refusal: { code: 'not-in-control-group' } })
  expect((await verbs.deny(id, grace, 'use the replica')).ok).toBe(true)
  expect(await store.controlGroup({ id })).toMatchObject({ state: 'denying', denied: { by: grace } })
  expect(await verbs.deny(id, ada, 'so do I')).toMatchObject({ refusal: { code: 'control-group-over' } })
  await reconcile()
  expect(await store.controlGroup({ id })).toMatchObject({ state: 'denied' })
  expect((await authorise('bob', wrapped)).status).toBe(400)
  expect((await use(wrapped)).status).toBe(400)
  const news = (await texts(await cards())).find(({ as }) => as === 'told')
  expect(news).toMatchObject({ to: linus, quotes: [{ text: 'use the replica' }] })
  expect(news?.state).toMatch(/^Denied by grace/)
  // A denial that the vault has obeyed already is repeated after a kill without harm.
  await reconcile(60)
  expect((await kinds()).map(([kind]) => kind)).toEqual([
    'control-group-reported',
    'control-group-denied',
    'control-group-over',
  ])
})

test('what was authorised can still be ended, and the vault stops giving the newest value', async () => {
  const wrapped = await ask()
  const id = await told(wrapped)
  await authorise('bob', wrapped)
  await authorise('cat', wrapped)
  await reconcile(6)
  expect((await use(wrapped)).status).toBe(200)
  expect(await verbs.authorise(id, grace)).toMatchObject({ refusal: { code: 'control-group-over' } })
  expect((await verbs.deny(id, grace, 'the wrong secret')).ok).toBe(true)
  await reconcile()
  expect((await use(wrapped)).status).toBe(400)
  expect(await store.controlGroup({ id })).toMatchObject({ state: 'denied' })
})

test('the lines are for members, name no token, and authorise with the member’s own', async () => {
  const wrapped = await ask()
  const id = await told(wrapped)
  expect(await verbs.authorise(id, linus)).toMatchObject({ refusal: { code: 'own-control-group' } })
  expect(await verbs.authorise(id, mary)).toMatchObject({ refusal: { code: 'not-in-control-group' } })
  const lines = await verbs.authorise(id, grace)
  expect(lines.ok && lines.value.commands).toEqual([
    `export BAO_ADDR=${vault.server.address}`,
    `bao write sys/control-group/authorize accessor=${wrapped.accessor}`,
  ])
  expect((await kinds()).at(-1)).toEqual(['control-group-shown', 'grace', ''])
  expect(await verbs.list(mary)).toEqual([])
  expect((await verbs.list(grace)).map(({ group }) => group.id)).toEqual([id])
  expect(await verbs.show(id, mary)).toMatchObject({ refusal: { code: 'no-such-control-group' } })
})

test('the person behind an account that Latchkey drew is known, and decides on nothing of theirs', async () => {
  const { account } = (await store.claimAccount(
    { integration: main.id, person: ada },
    () => connector.drawAccount(ada),
    seconds(60),
  )) as { account: string }
  const mount = vault.prepared.userpassMount
  await vault.admin('POST', `auth/${mount}/users/${account}`, { password: 'pw-of-tests', token_policies: ['shop'] })
  const { body } = await asked('POST', `auth/${mount}/login/${account}`, '', { password: 'pw-of-tests' })
  tokens.drawn = body.auth.client_token
  const wrapped = await ask('drawn')
  // The reporter is another member; what they say about who asked counts for nothing.
  const id = await told(wrapped, grace)
  expect(await store.controlGroup({ id })).toMatchObject({ requester: { person: ada }, reporter: grace })
  expect(await verbs.deny(id, ada, 'my own request')).toMatchObject({ refusal: { code: 'own-control-group' } })
  expect((await verbs.deny(id, grace, 'another time')).ok).toBe(true)
  // A user of the same name at another login is somebody else.
  await vault.admin('POST', `auth/staff/users/${account}`, { password: 'pw-of-tests', token_policies: ['shop'] })
  const fake = await asked('POST', `auth/staff/login/${account}`, '', { password: 'pw-of-tests' })
  tokens.fake = fake.body.auth.client_token
  const other = await store.controlGroup({ id: await told(await ask('fake'), grace) })
  expect(other?.requester.person).toBeUndefined()
})

test('no accessor of another token, of another path or made up is taken, and none of them is ended', async () => {
  const { body } = await asked('GET', 'auth/token/lookup-self', tokens.bob ?? '')
  for (const accessor of [body.data.accessor, 'abcdefghijklmnopqrstuvwx', '', 'x'.repeat(500), (await ask()).token]) {
    expect(await verbs.report(accessor, linus)).toMatchObject({ refusal: { code: 'no-such-control-group' } })
  }
  const elsewhere = await ask('ann', 'kv/data/other/db')
  expect(await verbs.report(elsewhere.accessor, linus)).toMatchObject({
    refusal: { code: 'control-group-elsewhere', path: 'kv/data/other/db' },
  })
  expect((await asked('GET', 'auth/token/lookup-self', tokens.bob ?? '')).status).toBe(200)
  expect(await kinds()).toEqual([])
  const wrapped = await ask()
  await told(wrapped)
  expect(await verbs.report(wrapped.accessor, mary)).toMatchObject({ value: { isNew: false } })
})

test('two members and two processes at once make one denial and one end', async () => {
  const wrapped = await ask()
  const id = await told(wrapped)
  const both = await Promise.all([grace, ada].map((by) => verbs.deny(id, by, 'not while it burns')))
  expect(both.map(({ ok }) => ok).sort()).toEqual([false, true])
  await Promise.all([reconcile(), reconcile()])
  expect((await kinds()).map(([kind]) => kind)).toEqual([
    'control-group-reported',
    'control-group-denied',
    'control-group-over',
  ])
  expect((await texts(await cards())).filter(({ as }) => as === 'told')).toHaveLength(1)
})

test('nobody guesses accessors: twenty tries in ten minutes are the most', async () => {
  const codes: string[] = []
  for (let count = 0; count < 21; count += 1) {
    const outcome = await verbs.report(`abcdefghijklmnopqrstuv${count}`, mary)
    codes.push(outcome.ok ? 'found' : outcome.refusal.code)
  }
  expect(codes).toEqual([...Array(20).fill('no-such-control-group'), 'too-many-reports'])
})

test('while the vault is away, a report says so, and a denial waits for it', async () => {
  const proxy = await breakingProxy(vault.server.address, '/v1/')
  const away = connectorTo(
    { ...vault.prepared, address: proxy.address },
    { controlGroups: [{ group: 'managers', members }] },
  )
  deps = { ...deps, integrations: new Map([[main.id, { integration: main, connector: away }]]) }
  verbs = controlGroupUseCases(deps)
  try {
    const wrapped = await ask()
    const id = await told(wrapped)
    await verbs.deny(id, grace, 'use the replica')
    proxy.breakDown('refuse')
    expect(await verbs.report((await ask()).accessor, mary)).toMatchObject({
      refusal: { code: 'no-control-groups', why: 'unreachable' },
    })
    await reconcile()
    expect(await store.controlGroup({ id })).toMatchObject({ state: 'denying', lookAt: after(now, seconds(15)) })
    proxy.heal()
    await reconcile(15)
    expect(await store.controlGroup({ id })).toMatchObject({ state: 'denied' })
  } finally {
    await away.close()
    await proxy.stop()
  }
})

test('a vault that ignores control groups is said to', async () => {
  const proxy = await hashicorpVaultProxy(vault.server.address)
  const other = connectorTo(
    { ...vault.prepared, address: proxy.address },
    { controlGroups: [{ group: 'managers', members }] },
  )
  deps = { ...deps, integrations: new Map([[main.id, { integration: main, connector: other }]]) }
  verbs = controlGroupUseCases(deps)
  expect(await verbs.report((await ask()).accessor, linus)).toMatchObject({
    refusal: { code: 'no-control-groups', why: 'ignored' },
  })
  await other.close()
  await proxy.stop()
})

test('a written value never leaves the vault’s answer', async () => {
  connector = connectorTo(vault.prepared, { controlGroups: [{ group: 'managers', members }] })
  deps = { ...deps, integrations: new Map([[main.id, { integration: main, connector }]]) }
  verbs = controlGroupUseCases(deps)
  const written = { data: { password: 'a-value-that-waits' } }
  const { body } = await asked('POST', 'kv/data/other/new', tokens.ann ?? '', written)
  const id = await told(body.wrap_info)
  const everything = JSON.stringify([await store.controlGroup({ id }), await store.auditRows(0, 99), await cards()])
  expect(everything).toContain('kv/data/other/new')
  expect(everything).not.toContain('a-value-that-waits')
  expect(JSON.stringify(await connector.controlGroups?.find(body.wrap_info.accessor))).not.toContain('that-waits')
})

test('it expires, is reminded of once, and is gone when the vault loses it', async () => {
  const [first, second] = [await ask(), await ask()]
  const [one, other] = [await told(first), await told(second)]
  await cards()
  await vault.admin('POST', 'auth/token/revoke-accessor', { accessor: second.accessor })
  await reconcile(6)
  expect(await store.controlGroup({ id: other })).toMatchObject({ state: 'gone' })
  await reconcile(1800)
  expect((await texts(await cards())).filter(({ as }) => as === 'reminded').map(({ to }) => to)).toEqual([grace, ada])
  await vault.admin('POST', 'auth/token/revoke-accessor', { accessor: first.accessor })
  await reconcile(1800)
  expect(await store.controlGroup({ id: one })).toMatchObject({ state: 'expired' })
  expect((await texts(await cards())).filter(({ as }) => as === 'reminded').map(({ title }) => title)).toContain(
    'The vault asked your control group',
  )
})

test('by API it is the same, within the rights of the session, and each refusal is audited', async () => {
  const bell = newBell()
  const api = apiOver(deps, useCases(deps, newHealth(deps), bell), bell)
  const { accessor } = await ask()
  api.callers.linus = { rights: 'own' }
  const { status, body } = await api.post('linus', '/control-groups', { accessor, vault: 'vault' })
  expect([status, body]).toEqual([
    200,
    expect.objectContaining({
      ...{ state: 'pending', vault: 'vault', path: 'kv/data/shop/db', operation: 'read', groups: ['managers'] },
      ...{
        deciders: [
          { id: 'grace', name: 'grace' },
          { id: 'ada', name: 'ada' },
        ],
        mayDecide: false,
      },
      requester: expect.objectContaining({ name: 'staff-ann' }),
    }),
  ])
  const at = `/control-groups/${body.id}`
  const code = async (who: string, path: string, sent?: object) => {
    const answer = await (sent ? api.post(who, path, sent) : api.call(who, path))
    return `${answer.status} ${answer.body.error?.code ?? answer.body.state ?? 'done'}`
  }
  expect(await code('linus', `${at}/denial`, { note: 'mine' })).toBe('403 needs-sign-in')
  api.callers.linus = {}
  expect(await code('linus', `${at}/denial`, { note: 'my own request' })).toBe('403 own-control-group')
  expect(await code('mary', at)).toBe('404 no-such-control-group')
  expect(await code('mary', `${at}/authorisation`, {})).toBe('403 not-in-control-group')
  api.callers.ada = { by: 'pipeline' }
  expect(await code('ada', '/control-groups')).toBe('403 not-for-pipelines')
  const lines = await api.post('grace', `${at}/authorisation`)
  expect(lines.body).toMatchObject({
    accessor,
    address: vault.server.address,
    commands: [expect.anything(), expect.anything()],
  })
  expect(await code('grace', `${at}/denial`, { note: 'no' })).toBe('400 note-required')
  expect(await code('grace', `${at}/denial`, { note: 'use the replica' })).toBe('200 denying')
  expect((await api.call('grace', '/control-groups')).body.items).toMatchObject([
    { id: body.id, denied: { by: { id: 'grace' } } },
  ])
  const refused = (await store.auditRows(0, 99)).filter(({ kind }) => kind === 'refused')
  expect(refused.map(({ detail }) => detail.code)).toEqual(
    expect.arrayContaining(['own-control-group', 'not-in-control-group']),
  )
})

test('a bot without the right says so, and nobody is asked', async () => {
  const bare = await vault.prepare({ prefix: 'bare-', appRoleMount: 'bare', policyName: 'bare-management' })
  connector = connectorTo(bare, { controlGroups: [{ group: 'managers', members }] })
  deps = { ...deps, integrations: new Map([[main.id, { integration: main, connector }]]) }
  verbs = controlGroupUseCases(deps)
  expect(await verbs.report((await ask()).accessor, linus)).toMatchObject({
    refusal: { code: 'no-control-groups', why: 'no-right' },
  })
  expect((await connector.checkRights()).join('\n')).toContain('nobody can be asked about control groups')
})
