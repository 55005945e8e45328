import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cancelRequest } from '../../src/app/cancel-request.ts'
import { decideRequest } from '../../src/app/decide-request.ts'
import { findDrift } from '../../src/app/find-drift.ts'
import { revokeGrant } from '../../src/app/revoke-grant.ts'
import type { Leftover } from '../../src/domain/connector.ts'
import { seconds } from '../../src/domain/time.ts'
import type { Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { grantStateText } from '../../src/views/copy-states.ts'
import { plainText } from '../../src/views/copy-time.ts'
import { noticesOf, vaultLoop } from '../support/vault-loop.ts'
import * as sample from './store-samples.ts'

const { at, otherVault: removed } = sample
let store: Store
beforeEach(async () => {
  store = await openStore(':memory:', { newId: randomUUID })
})
afterEach(() => store.close())

/** Access with this policy at the integration that was taken out, and its person's account. */
const live = async (policy: string) => {
  const loaded = await sample.activated(store, { integration: removed })
  await store.saveHandle(sample.grantOf(loaded).id, { policies: [policy], drawn: 1, accessors: [] })
  await store.claimAccount({ integration: removed.id, person: sample.ada }, () => 'account-of-ada', seconds(1))
  return sample.reload(store, loaded.request)
}

/** Another integration at the same vault, which lists what is there and looks for leftovers. */
const neighbour = (names: readonly Leftover[]) => {
  const gone: string[] = []
  const loop = vaultLoop(
    store,
    { leftovers: async () => names, remove: async ({ name }) => gone.push(name) > 0, inspect: async () => 'sound' },
    at(100),
  )
  return { ...loop, gone, look: () => findDrift(loop.deps)(sample.vault.id) }
}

test('live access of an integration that was taken out is no leftover of another at the same vault', async () => {
  await live('policy-of-live-access')
  const names = ['policy-of-live-access', 'account-of-ada', 'policy-of-nobody']
  const { look, gone, pass } = neighbour(names.map((name) => ({ name, kind: 'policy' })))
  await look()
  expect(gone).toEqual(['policy-of-nobody'])
  pass(seconds(8000)) // past its time, when no token of it can work
  await look()
  expect(gone).toEqual(['policy-of-nobody', 'policy-of-live-access', 'policy-of-nobody'])
})

test('a request that waits there can be denied and cancelled, and not approved, which says why', async () => {
  const { deps } = neighbour([])
  deps.directory.members = () => [sample.grace, sample.linus]
  const [first, second] = [await sample.submitted(store, { integration: removed }), await other()]
  const refusal = { code: 'integration-removed', integration: removed.id }
  const approved = await decideRequest(deps)(first.request.id, { by: sample.grace, verdict: 'approve' })
  expect(approved).toEqual({ ok: false, refusal })
  const denied = await decideRequest(deps)(first.request.id, { by: sample.grace, verdict: 'deny', note: 'It is gone.' })
  expect(denied.ok && denied.value.request.state).toBe('denied')
  const cancelled = await cancelRequest(deps)(second.request.id, sample.ada)
  expect(cancelled.ok && cancelled.value.request.state).toBe('cancelled')
})

test('a wish to end access there is kept, says why it waits, and is done once the integration is back', async () => {
  const loaded = await live('policy-of-live-access')
  const { deps } = neighbour([])
  const answer = await revokeGrant(deps)(sample.grantOf(loaded).id, sample.ada)
  expect(answer).toMatchObject({ ok: false, refusal: { code: 'integration-removed' } })
  const { grant } = await sample.reload(store, loaded.request)
  expect(grant).toMatchObject({ state: 'revoking', trouble: { code: 'not-configured' } })
  const text = plainText(grantStateText(sample.present(grant), (id) => ({ person: id, identities: [] })))
  expect(text).toContain('an operator must restore it')
  expect(text).not.toContain('next try')
  expect(await noticesOf(store, 'not-revoked')).toEqual([{ about: 'not-revoked', code: 'not-configured' }])

  const back = vaultLoop(store, {}, at(200), removed)
  await back.turns(1)
  expect((await sample.reload(store, loaded.request)).grant?.state).toBe('ended')
})

const other = () => sample.submitted(store, { integration: removed, items: [sample.item('apps/other')] })
