import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newBell } from '../../src/app/bell.ts'
import type { Deps } from '../../src/app/deps.ts'
import { newHealth } from '../../src/app/health.ts'
import { warnOfRemoved } from '../../src/app/warn-of-removed.ts'
import { startWorker } from '../../src/app/worker.ts'
import { connectors } from '../../src/connectors/index.ts'
import { instanceId } from '../../src/domain/ids.ts'
import { seconds } from '../../src/domain/time.ts'
import type { Clock, Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { eventually } from '../support/eventually.ts'
import * as sample from './store-samples.ts'

const now = sample.at(5_000)
const never = seconds(86_400)

let store: Store
beforeEach(async () => {
  store = await openStore(':memory:', { newId: randomUUID })
})
afterEach(() => store.close())

/** Notes how long each loop wants to sleep, and lets none wake. */
const sleepyClock = () => {
  const waits: number[] = []
  const sleep: Clock['sleep'] = async (until, signal) => {
    waits.push((until - now) / 1000)
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
  }
  return { waits, now: () => now, sleep }
}

/** A Latchkey of which only one vault, which does not answer, is configured. */
const latchkey = () => {
  const clock = sleepyClock()
  const said: object[] = []
  const log = { info: () => {}, warn: (fields: object) => void said.push(fields), error: () => {} }
  const connector = connectors.vault.create({
    params: { internalUrl: 'http://127.0.0.1:1', credentials: { folder: '/nowhere' } },
    ...{ integration: sample.vault.id, instance: instanceId('instance'), clock },
  })
  const deps: Deps = {
    ...{ store, clock, log, newId: randomUUID, newNonce: randomUUID, hash: (text) => text, random: () => 0 },
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
  return { deps, clock, said }
}

/** How long each loop sleeps after its first turn, shortest first. */
const firstSleeps = async (): Promise<readonly number[]> => {
  const { deps, clock } = latchkey()
  const settings = { discoverEvery: never, driftEvery: never, accountsEvery: never, reloadDirectory: async () => {} }
  const worker = startWorker(deps, newHealth(deps), newBell(), settings)
  await eventually(() => clock.waits.length >= 14)
  await worker.stop()
  return clock.waits.toSorted((one, other) => one - other)
}

test('what is due at an integration that was removed wakes nobody', async () => {
  await sample.activated(store, { integration: sample.otherVault })
  expect((await firstSleeps())[0]).toBe(2) // the directory's, which looks at nothing else
})

test('what cannot be done yet at an integration that is there is looked at again soon', async () => {
  await sample.activated(store)
  expect((await firstSleeps())[0]).toBeLessThan(2)
})

test('a loop that cannot read when to look again looks after the longest wait, and goes on', async () => {
  const { deps, clock } = latchkey()
  const broken = async () => Promise.reject(new Error('the disk does not answer'))
  const unwell = { ...deps, store: { ...store, nextDue: broken } }
  const worker = startWorker(unwell, newHealth(deps), newBell(), {
    ...{ discoverEvery: never, driftEvery: never, accountsEvery: never, reloadDirectory: async () => {} },
  })
  await eventually(() => clock.waits.length >= 14)
  await worker.stop()
  expect(clock.waits).toContain(15)
})

test('the live grants of an integration that was removed are told at start, those of another are not', async () => {
  await sample.activated(store)
  await sample.ended(store, { integration: sample.otherVault })
  const { deps, said } = latchkey()
  await warnOfRemoved(deps)
  expect(said).toEqual([])
  await sample.activated(store, { integration: sample.otherVault })
  await sample.approved(store, { integration: sample.otherVault })
  await warnOfRemoved(deps)
  expect(said).toEqual([{ integration: sample.otherVault.id, grants: 2 }])
})
