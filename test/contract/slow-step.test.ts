import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Deps } from '../../src/app/deps.ts'
import { newHealth } from '../../src/app/health.ts'
import { newPool } from '../../src/app/pool.ts'
import { reconcileGrants } from '../../src/app/reconcile-grants.ts'
import { connectors } from '../../src/connectors/index.ts'
import type { Proof } from '../../src/domain/grant.ts'
import { instanceId } from '../../src/domain/ids.ts'
import { after, seconds } from '../../src/domain/time.ts'
import { type Connector, ExternalError } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import * as sample from './store-samples.ts'

test('a step that outlives its claim is not begun twice, and leaves nothing claimed when it ends', async () => {
  let now = sample.at(100)
  const store = await openStore(':memory:', { newId: randomUUID, now: () => now })
  const clock = { now: () => now, sleep: async () => {} }
  const answer = Promise.withResolvers<Proof>()
  let begun = 0
  const real = connectors.vault.create({
    params: { internalUrl: 'http://127.0.0.1:1', credentials: { folder: '/nowhere' } },
    ...{ integration: sample.vault.id, instance: instanceId('instance'), clock },
  })
  const connector: Connector = {
    ...real,
    checkRights: async () => [],
    revoke: () => {
      begun += 1
      return answer.promise
    },
  }
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const deps: Deps = {
    ...{ store, clock, log, newId: randomUUID, newNonce: randomUUID, hash: (text) => text, random: () => 0 },
    directory: { person: () => undefined, find: () => undefined, members: () => [] },
    integrations: new Map([[sample.vault.id, { integration: sample.vault, connector }]]),
    platforms: new Map(),
    nudge: () => {},
    troubleAt: () => undefined,
    settings: {
      ...{ linkBase: 'https://latchkey.example.com', linkInMessage: false, linkConfirm: 'none' },
      ...{ revokeOnMisuse: true, claim: seconds(60), wake: seconds(15), provedShare: 0 },
    },
  }
  const active = await sample.activated(store)
  await sample.mustCommit(store, sample.after(active, { kind: 'revoke-asked', because: 'revoked' }, now))
  const pool = newPool(16, log)
  const hands = { steps: pool, cuts: newPool(16, log), chores: newPool(1, log) }
  const turn = reconcileGrants(deps, newHealth(deps), sample.vault.id, hands, () => false)
  await turn(() => {})
  now = after(now, seconds(61))
  await turn(() => {})
  answer.reject(new ExternalError('failing', 'The vault is not well.', { transient: true }))
  await pool.settled()
  expect(begun).toBe(1)
  const { grant } = await sample.reload(store, active.request)
  const due = sample.present(grant?.dueAt)
  expect((await store.claimGrants(sample.vault.id, due, seconds(60), 9)).things).toHaveLength(1)
  await store.close()
})
