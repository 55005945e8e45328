import { randomUUID } from 'node:crypto'
import type { Deps } from '../../src/app/deps.ts'
import { explainWaiting } from '../../src/app/explain-waiting.ts'
import { newHealth } from '../../src/app/health.ts'
import { newPool } from '../../src/app/pool.ts'
import { reconcileGrants } from '../../src/app/reconcile-grants.ts'
import { connectors } from '../../src/connectors/index.ts'
import type { Notice } from '../../src/domain/card.ts'
import type { Proof } from '../../src/domain/grant.ts'
import { instanceId } from '../../src/domain/ids.ts'
import { accept } from '../../src/domain/refusal.ts'
import { after, type Seconds, seconds, type Timestamp } from '../../src/domain/time.ts'
import { type Connector, ExternalError, type Store } from '../../src/ports.ts'
import * as sample from '../contract/store-samples.ts'

export const failing = (code: string, transient = true) =>
  new ExternalError(code, `It fails with ${code}.`, { transient })

/** The loop of one vault over a real store, with a clock that is turned by hand; `verbs` are laid over a real connector. */
export const vaultLoop = (store: Store, verbs: Partial<Connector>, begin: Timestamp, integration = sample.vault) => {
  let now = begin
  const clock = { now: () => now, sleep: async () => {} }
  const real = connectors.vault.create({
    params: { internalUrl: 'http://127.0.0.1:1', credentials: { folder: '/nowhere' } },
    ...{ integration: integration.id, instance: instanceId('instance'), clock },
  })
  const proof = (): Proof => ({ means: 'readback', at: now, latency: 1 })
  const connector: Connector = {
    ...real,
    checkRights: async () => [],
    disarm: async () => {},
    stuckLeases: async () => undefined,
    cut: async () => {},
    provision: async () => {},
    revoke: async () => proof(),
    ...verbs,
  }
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const deps: Deps = {
    ...{ store, clock, log, newId: randomUUID, newNonce: randomUUID, hash: (text) => text, random: () => 0 },
    directory: {
      person: () => undefined,
      find: (id) => ({ id, name: id, identities: [{ platform: 'slack', tenant: 'T', subject: `U-${id}` }] }),
      members: (party) => (party === 'group:engineering' ? [sample.ada] : [sample.grace]),
      partiesOf: () => [],
    },
    integrations: new Map([[integration.id, { integration, connector }]]),
    platforms: new Map([
      ['slack', { name: 'slack', post: nobody, update: async () => {}, admits: async () => accept(undefined) }],
    ]),
    nudge: () => {},
    troubleAt: () => undefined,
    settings: {
      ...{ linkBase: 'https://latchkey.example.com', linkInMessage: false, linkConfirm: 'none' },
      ...{ revokeOnMisuse: true, claim: seconds(60), wake: seconds(15), provedShare: 0 },
    },
  }
  const health = newHealth(deps)
  const hands = { steps: newPool(16, log), cuts: newPool(16, log), chores: newPool(1, log) }
  const reconcile = reconcileGrants(deps, health, integration.id, hands, () => false)
  const settled = () => Promise.all(Object.values(hands).map((pool) => pool.settled()))
  return {
    ...{ deps, health, hands, proof },
    turn: () => reconcile(() => {}),
    /** Takes turns, each `pause` after the one before, and waits for what each began. */
    turns: async (count: number, pause: Seconds = seconds(40)): Promise<void> => {
      for (let turn = 0; turn < count; turn += 1) {
        await reconcile(() => {})
        await settled()
        now = after(now, pause)
      }
    },
    explain: explainWaiting(deps, health, integration.id),
    settled,
    pass: (length: Seconds) => {
      now = after(now, length)
    },
  }
}

const nobody = (): never => {
  throw new Error('Nothing is shown in this test.')
}

/** Notices of this kind that wait to be shown. */
export const noticesOf = async (store: Store, about: Notice['about']): Promise<readonly Notice[]> => {
  const { things: due } = await store.claimCards('slack', sample.at(1e9), seconds(0), 999)
  return due.flatMap((card) => (card.audience === 'notice' && card.notice.about === about ? [card.notice] : []))
}
