import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Deps } from '../../src/app/deps.ts'
import { newHealth } from '../../src/app/health.ts'
import { newPool } from '../../src/app/pool.ts'
import { reconcileGrants } from '../../src/app/reconcile-grants.ts'
import { recordStep } from '../../src/app/record-step.ts'
import { connectors } from '../../src/connectors/index.ts'
import type { Proof } from '../../src/domain/grant.ts'
import { instanceId } from '../../src/domain/ids.ts'
import { after, seconds } from '../../src/domain/time.ts'
import { type Connector, ExternalError, type Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import * as sample from './store-samples.ts'

/** One vault that ends an access only when the test says, and its reconciler. */
const slowVault = async () => {
  let now = sample.at(100)
  const store = await openStore(':memory:', { newId: randomUUID, now: () => now })
  const clock = { now: () => now, sleep: async () => {} }
  const answer = Promise.withResolvers<Proof>()
  const seen = { begun: 0 }
  const real = connectors.vault.create({
    params: { internalUrl: 'http://127.0.0.1:1', credentials: { folder: '/nowhere' } },
    ...{ integration: sample.vault.id, instance: instanceId('instance'), clock },
  })
  const connector: Connector = {
    ...real,
    checkRights: async () => [],
    revoke: () => {
      seen.begun += 1
      return answer.promise
    },
  }
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  /** What happens right after a step gave its claim back, once. */
  let afterRelease = async (): Promise<void> => {}
  const commit: Store['commit'] = async (change) => {
    const committed = await store.commit(change)
    const next = afterRelease
    if (change.release) afterRelease = async () => {}
    if (change.release) await next()
    return committed
  }
  const deps: Deps = {
    ...{ store: { ...store, commit }, clock, log },
    ...{ newId: randomUUID, newNonce: randomUUID, hash: (text: string) => text, random: () => 0 },
    directory: { person: () => undefined, find: () => undefined, members: () => [], partiesOf: () => [] },
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
  return {
    ...{ deps, store, seen, request: active.request, settled: pool.settled },
    turn: () => turn(() => {}),
    later: (wait: number) => {
      now = after(now, seconds(wait))
    },
    onRelease: (next: () => Promise<void>) => {
      afterRelease = next
    },
    fail: async (code: string) => {
      answer.reject(new ExternalError(code, 'The vault is not well.', { transient: true }))
      await pool.settled()
    },
  }
}

test('a step that outlives its claim is not begun twice, and leaves nothing claimed when it ends', async () => {
  const { store, seen, request, turn, later, fail } = await slowVault()
  await turn()
  later(61)
  await turn()
  await fail('failing')
  expect(seen.begun).toBe(1)
  const { grant } = await sample.reload(store, request)
  const due = sample.present(grant?.dueAt)
  expect((await store.claimGrants(sample.vault.id, due, seconds(60), 9)).things).toHaveLength(1)
  await store.close()
})

test('a grant that is claimed again just after its step was recorded has its next step at the next turn', async () => {
  const { store, seen, turn, later, onRelease, fail, settled } = await slowVault()
  await turn()
  onRelease(async () => {
    later(3600)
    await turn()
  })
  await fail('conflict')
  expect(seen.begun).toBe(1)
  await turn()
  await settled()
  expect(seen.begun).toBe(2)
  await store.close()
})

test('an access that a late step reports once more is in the audit log once', async () => {
  const { deps, store } = await slowVault()
  const { request, grant } = await sample.approved(store)
  const took = { kind: 'provisioned', handle: sample.handled } as const
  for (let step = 0; step < 2; step += 1) await recordStep(deps, sample.present(grant).id, { took })
  const rows = await store.auditOf(request.id)
  expect(rows.filter(({ kind }) => kind === 'access-provisioned')).toHaveLength(1)
  await store.close()
})
