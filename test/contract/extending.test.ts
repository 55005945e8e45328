import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cancelRequest } from '../../src/app/cancel-request.ts'
import { decideRequest } from '../../src/app/decide-request.ts'
import type { Deps } from '../../src/app/deps.ts'
import { extendGrant } from '../../src/app/extend-grant.ts'
import { mayExtend } from '../../src/app/may-extend.ts'
import { recordStep } from '../../src/app/record-step.ts'
import { revokeGrant } from '../../src/app/revoke-grant.ts'
import { submitRequest } from '../../src/app/submit-request.ts'
import type { GrantId, PersonId } from '../../src/domain/ids.ts'
import { seconds } from '../../src/domain/time.ts'
import type { Loaded, Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { discovered, latchkeyOf, newCompany } from '../support/company.ts'
import * as sample from './store-samples.ts'

const { ada, grace, linus, at, vault, grantOf } = sample

let store: Store
let now = at(0)
const company = newCompany({ groups: { engineering: ['ada', 'linus'], platform: ['grace'] } })
beforeEach(async () => {
  store = await openStore(':memory:', { newId: randomUUID })
  now = at(0)
})
afterEach(() => store.close())

const latchkey = (settings: Partial<Deps['settings']> = {}): Deps => {
  const deps = latchkeyOf({ store, company, integrations: [vault], now: () => now })
  return { ...deps, settings: { ...deps.settings, ...settings } }
}

/** Access of Ada from 20 to 920 seconds. */
const access = async (): Promise<Loaded> => {
  const { id } = await discovered(store, vault.id, 'kv/apps/db')
  const loaded = await sample.activated(store, { items: [{ ...sample.item('apps/db'), resource: id }] })
  now = at(30)
  return loaded
}
type Wish = { readonly by?: PersonId; readonly length?: number; readonly draft?: string; readonly deps?: Deps }

const extend = (grant: GrantId, { by = ada, length = 3600, draft = randomUUID(), deps = latchkey() }: Wish = {}) =>
  extendGrant(deps)(grant, by, { duration: seconds(length), reason: 'The export still runs.', draft })

/** The extension of an access, approved and active. */
const extended = async (loaded: Loaded): Promise<Loaded> => {
  const { request } = sample.granted(await extend(grantOf(loaded).id))
  await sample.mustCommit(store, sample.approval(request, grace, now))
  const grant = grantOf(await sample.reload(store, request))
  await recordStep(latchkey(), grant.id, { took: { kind: 'provisioned', handle: sample.handled } })
  return sample.reload(store, request)
}

describe('an extension', () => {
  test('is a new request for the same, which its owners decide anew; the access keeps its end', async () => {
    const loaded = await access()
    const { request } = sample.granted(await extend(grantOf(loaded).id))
    expect(request).toMatchObject({
      ...{ state: 'pending', extends: grantOf(loaded).id, items: loaded.request.items, duration: 3600 },
      ...{ requester: ada, decisions: [], reason: 'The export still runs.' },
    })
    expect(request.requirements[0]?.owners).toEqual(['group:platform'])
    const [, last] = await store.auditRows(0, 9).then((rows) => [rows[0], rows.at(-1)])
    expect(last).toMatchObject({ kind: 'request-submitted', detail: { extends: grantOf(loaded).id } })
    expect(grantOf(await sample.reload(store, loaded.request))).toEqual(grantOf(loaded))
  })

  test('leaves out what the access leaves out, and stays wanted whole', async () => {
    const { id } = await discovered(store, vault.id, 'kv/apps/db')
    const [, other] = await store.findResources([vault.id], '', 9)
    const items = [
      { ...sample.item('apps/db'), resource: id, except: ['kv/apps/db/root'] },
      { ...sample.item('other/db'), resource: sample.present(other).id },
    ] as const
    const loaded = await sample.activated(store, { items, allOrNothing: true })
    now = at(30)
    const { request } = sample.granted(await extend(grantOf(loaded).id))
    expect(request).toMatchObject({ items, allOrNothing: true })
  })

  test('gives its own grant, whose time begins then; both are active, and each ends at its own end', async () => {
    const loaded = await access()
    now = at(500)
    const next = await extended(loaded)
    expect(grantOf(next)).toMatchObject({ state: 'active', expiresAt: at(500 + 3600), plan: next.request.plan })
    expect(grantOf(await sample.reload(store, loaded.request))).toMatchObject({ state: 'active', expiresAt: at(920) })
    await revokeGrant(latchkey())(grantOf(loaded).id, grace, 'Wrong database.')
    expect(grantOf(await sample.reload(store, next.request))).toMatchObject({ state: 'active' })
    expect(grantOf(await sample.reload(store, loaded.request))).toMatchObject({ state: 'revoking' })
  })

  test('is for the holder of an active access only', async () => {
    const loaded = await access()
    const { id } = grantOf(loaded)
    for (const other of [grace, linus]) {
      expect(await extend(id, { by: other })).toMatchObject({ refusal: { code: 'not-the-requester' } })
    }
    expect(await extend('nothing' as GrantId)).toMatchObject({ refusal: { code: 'no-such-request' } })
    await revokeGrant(latchkey())(id, ada)
    expect(await extend(id)).toMatchObject({ refusal: { code: 'access-not-active', state: 'ending' } })
    const waiting = await sample.approved(store)
    expect(await extend(grantOf(waiting).id)).toMatchObject({
      refusal: { code: 'access-not-active', state: 'not-yet' },
    })
    const over = await sample.ended(store)
    expect(await extend(grantOf(over).id)).toMatchObject({ refusal: { code: 'access-not-active', state: 'ended' } })
  })

  test('is for those who may still request, and of what is still offered', async () => {
    const { id } = grantOf(await access())
    company.groups = { engineering: ['linus'], platform: ['grace'] }
    expect(await extend(id)).toMatchObject({ refusal: { code: 'not-a-requester' } })
    company.groups = { engineering: ['ada', 'linus'], platform: ['grace'] }
    const narrower = latchkeyOf({ store, company, integrations: [vault], now: () => now, scope: { exclude: ['kv/*'] } })
    expect(await extend(id, { deps: narrower })).toMatchObject({ refusal: { code: 'not-offered' } })
  })

  test('ends later than the access: shorter lengths are neither offered nor accepted', async () => {
    const { id } = grantOf(await access())
    const lengths = async () => sample.granted(await mayExtend(latchkey())(id, ada)).lengths
    now = at(20)
    expect(await lengths()).toEqual([3600])
    expect(await extend(id, { length: 900 })).toMatchObject({ refusal: { code: 'no-later-end', until: at(920) } })
    now = at(21)
    expect(await lengths()).toEqual([900, 3600])
    expect(await extend(id, { length: 7 * 3600 })).toMatchObject({ refusal: { code: 'duration-not-offered' } })
  })

  test('is asked for once: by two presses at the same instant, and by the same form sent twice', async () => {
    const { id } = grantOf(await access())
    const [one, other] = await Promise.all([extend(id, { draft: 'form' }), extend(id)])
    const made = sample.granted([one, other].find(({ ok }) => ok) ?? one)
    expect([one, other].find(({ ok }) => !ok)).toEqual({
      ok: false,
      refusal: { code: 'already-asked', state: 'pending', request: made.request.id },
    })
    expect(await extend(id, { draft: made.request.draft })).toMatchObject({
      value: { request: { id: made.request.id } },
    })
    expect(await store.extensionsOf(id)).toHaveLength(1)
  })

  test('follows the newest access: one that has a live extension is extended by that', async () => {
    const loaded = await access()
    const next = await extended(loaded)
    const refusal = { code: 'already-asked', state: 'live', request: next.request.id }
    expect(await extend(grantOf(loaded).id)).toEqual({ ok: false, refusal })
    now = at(600)
    expect(await extend(grantOf(next).id)).toMatchObject({ ok: true })
    await revokeGrant(latchkey())(grantOf(next).id, ada)
    expect(await extend(grantOf(loaded).id)).toMatchObject({ refusal: { code: 'already-asked', state: 'pending' } })
  })

  test('can be asked for again after it was cancelled, denied or given back', async () => {
    const loaded = await access()
    const { id } = grantOf(loaded)
    const first = sample.granted(await extend(id))
    await cancelRequest(latchkey())(first.request.id, ada)
    const second = sample.granted(await extend(id))
    await decideRequest(latchkey())(second.request.id, { by: grace, verdict: 'deny', note: 'Not this week.' })
    const third = await extended(loaded)
    await revokeGrant(latchkey())(grantOf(third).id, ada)
    expect(await extend(id)).toMatchObject({ ok: true })
  })

  test('counts as an open request', async () => {
    const { id } = grantOf(await access())
    const limits = { openRequests: 1, requestsAnHour: 60, searchesAMinute: 60, refusalsAnHour: 60 }
    const deps = latchkey({ limits: limits as never })
    await sample.submitted(store)
    expect(await extend(id, { deps })).toMatchObject({ refusal: { code: 'too-many-open', most: 1 } })
  })

  test('leaves nothing to ask for by an ordinary request while it waits or lives', async () => {
    const loaded = await access()
    const ask = () => {
      const [{ resource, permission }] = loaded.request.items
      const wish = { requester: ada, draft: randomUUID(), items: [{ resource, permission }] as const }
      return submitRequest(latchkey())({ ...wish, duration: seconds(900), reason: 'The export is not done.' })
    }
    now = at(850)
    await extended(loaded)
    expect(await ask()).toMatchObject({ refusal: { code: 'already-asked', state: 'live' } })
  })

  test('changes the cards of the access, and the access those of the extension', async () => {
    const loaded = await access()
    const revision = async ({ request }: Loaded) => (await sample.reload(store, request)).request.revision
    const before = await revision(loaded)
    const next = sample.granted(await extend(grantOf(loaded).id))
    expect(await revision(loaded)).toBe(before + 1)
    const own = await revision(next)
    await revokeGrant(latchkey())(grantOf(loaded).id, ada)
    expect(await revision(next)).toBe(own + 1)
  })
})
