import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { decideRequest } from '../../src/app/decide-request.ts'
import type { Deps } from '../../src/app/deps.ts'
import { evidenceOf } from '../../src/app/evidence.ts'
import { lentOf } from '../../src/app/lent.ts'
import { submitRequest } from '../../src/app/submit-request.ts'
import type { PersonId } from '../../src/domain/ids.ts'
import type { Integration } from '../../src/domain/integration.ts'
import { seconds } from '../../src/domain/time.ts'
import type { Loaded, Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { latchkeyOf, newCompany } from '../support/company.ts'
import * as sample from './store-samples.ts'

// What is asked of a bot that only lends an administrator's policies: who decides, what is refused, what is kept.

const { ada, grace, linus, at } = sample
const integration: Integration = {
  ...sample.vault,
  owners: ['person:grace'],
  resourceOwner: { key: 'owner', allow: ['person:linus', 'person:ada'], pinned: [] },
}
const gives = (path: string, ...permissions: string[]) => [{ type: 'secret', path, permissions }]
const contained = {
  policies: [
    { name: 'lend-db', gives: gives('kv/apps/db', 'read') },
    { name: 'lend-shop', gives: gives('kv/shop/*', 'read') },
    { name: 'lend-other', gives: gives('kv/other/*', 'read') },
  ],
  roles: [
    { name: 'lend-main', policies: ['lend-db', 'lend-shop'], longest: '8h' },
    { name: 'lend-rest', policies: ['lend-other'], longest: '8h' },
  ],
}

let store: Store
beforeEach(async () => {
  store = await openStore(':memory:', { newId: randomUUID })
  const pass = await store.openPass(integration.id, { now: at(0), since: at(0), ownerKey: 'owner', roots: ['kv/'] })
  const found = ['apps/db', 'shop/db', 'shop/grace', 'shop/linus', 'other/db', 'secret/x'].map((name) => ({
    ...{ type: 'secret', path: `kv/${name}`, permissions: ['read'], ownerTag: 'person:linus' },
  }))
  await store.saveLooks(pass, [{ folder: 'kv/', found, folders: [] }], at(0))
})
afterEach(() => store.close())

/** Every secret belongs to Linus, by its tag. */
const latchkey = (lends: object = contained, tag = 'person:linus'): Deps => {
  const company = newCompany({ groups: { engineering: ['ada', 'linus', 'grace'], platform: ['grace'] } })
  const deps = latchkeyOf({
    ...{ store, company, now: () => at(60) },
    ...{ integrations: [integration], scope: { contained: lends } },
  })
  const entry = sample.present(deps.integrations.get(integration.id))
  const connector = { ...entry.connector, ownerTag: async () => tag }
  return { ...deps, integrations: new Map([[integration.id, { integration, connector }]]) }
}
const ask = async (deps: Deps, requester: PersonId, ...paths: readonly [string, ...string[]]) => {
  const chosen = await Promise.all(
    paths.map(async (path) => {
      const [found] = await store.findResources([integration.id], path, 1)
      return { resource: sample.present(found).id, permission: 'read' }
    }),
  )
  const [first, ...others] = chosen
  if (!first) throw new Error('nothing is asked for')
  const wish = { requester, draft: randomUUID(), items: [first, ...others] as const }
  return submitRequest(deps)({ ...wish, duration: seconds(900), reason: 'The nightly export fails.' })
}
const askedOf = ({ request }: Loaded) => request.requirements.map(({ owners, by }) => [owners.join(), by])
const approve = (deps: Deps, { request }: Loaded, by: PersonId) =>
  decideRequest(deps)(request.id, { by, verdict: 'approve' })

describe('what comes by a policy for it alone', () => {
  test('is for its owner to decide, as where policies are written', async () => {
    const deps = latchkey()
    const loaded = sample.granted(await ask(deps, ada, 'kv/apps/db'))
    expect(askedOf(loaded)).toEqual([['person:linus', 'tag']])
    expect(lentOf(deps, loaded)).toEqual({ policies: ['lend-db'], role: 'lend-main', beyond: [] })
    expect(sample.granted(await approve(deps, loaded, linus)).request.state).toBe('approved')
  })
})

describe('what comes by a policy that opens more', () => {
  test('is for the integration’s owners to decide as well, in either order, and one of them is not enough', async () => {
    for (const [first, second] of [
      [linus, grace],
      [grace, linus],
    ] as const) {
      const deps = latchkey()
      const loaded = sample.granted(await ask(deps, ada, `kv/shop/${first}`))
      expect(askedOf(loaded)).toEqual([
        ['person:linus', 'tag'],
        ['person:grace', 'reach'],
      ])
      const half = sample.granted(await approve(deps, loaded, first))
      expect([half.request.state, half.grant]).toEqual(['pending', undefined])
      const whole = sample.granted(await approve(deps, loaded, second))
      expect(whole.request.state).toBe('approved')
      expect(lentOf(deps, whole)).toMatchObject({ policies: ['lend-shop'], beyond: [expect.stringContaining('kv/')] })
    }
  })

  test('is for nobody to decide where the integration is the requester’s own', async () => {
    expect(await ask(latchkey(), grace, 'kv/shop/db')).toMatchObject({ refusal: { code: 'nobody-to-decide' } })
    expect(await ask(latchkey(), grace, 'kv/apps/db')).toMatchObject({ ok: true })
  })

  test('goes to the integration’s owners too when the policies became wider, and earlier approvals are void', async () => {
    const loaded = sample.granted(await ask(latchkey(), ada, 'kv/apps/db'))
    const wider = { policies: [{ name: 'lend-db', gives: gives('kv/apps/*', 'read') }], roles: [contained.roles[0]] }
    const lends = { ...wider, roles: [{ name: 'lend-main', policies: ['lend-db'], longest: '8h' }] }
    expect(await approve(latchkey(lends), loaded, linus)).toMatchObject({ ok: false })
    const now = await sample.reload(store, loaded.request)
    expect([now.grant, now.request.decisions]).toEqual([undefined, []])
    expect(askedOf(now)).toContainEqual(['person:grace', 'reach'])
  })
})

describe('what cannot be lent', () => {
  test('is refused by its path and permission, also among several', async () => {
    const refusal = { code: 'not-lent', path: 'kv/secret/x', permission: 'read' }
    expect(await ask(latchkey(), ada, 'kv/secret/x')).toEqual({ ok: false, refusal })
    expect(await ask(latchkey(), ada, 'kv/apps/db', 'kv/secret/x')).toMatchObject({
      refusal: { ...refusal, item: 'kv/secret/x' },
    })
  })

  test('together is refused with what to ask for separately', async () => {
    expect(await ask(latchkey(), ada, 'kv/apps/db', 'kv/shop/db', 'kv/other/db')).toEqual({
      ok: false,
      refusal: { code: 'lent-apart', apart: ['kv/other/db'] },
    })
    expect(await ask(latchkey(), ada, 'kv/apps/db', 'kv/shop/db')).toMatchObject({ ok: true })
  })

  test('any more when the owner decides gives nothing', async () => {
    const loaded = sample.granted(await ask(latchkey(), ada, 'kv/apps/db'))
    const less = { policies: [contained.policies[2]], roles: [contained.roles[1]] }
    expect(await approve(latchkey(less), loaded, linus)).toMatchObject({ ok: false })
    expect((await sample.reload(store, loaded.request)).grant).toBeUndefined()
  })
})

test('the evidence says what was lent and what that opened besides, when it was asked for', async () => {
  const deps = latchkey()
  const { request } = sample.granted(await ask(deps, ada, 'kv/shop/db'))
  const rows = (await store.auditOf(request.id)).map((row) => ({ ...row, previous: '' }))
  const log = { head: await store.auditHead() }
  const made = evidenceOf({ request, rows, log, instance: 'i0', madeAt: at(61), hash: deps.hash })
  expect(made).toMatchObject({
    lends: { policies: ['lend-shop'], role: 'lend-main', besides: expect.stringContaining('kv/data/shop/*') },
    policy: { isHashOfDocument: true },
  })
})
