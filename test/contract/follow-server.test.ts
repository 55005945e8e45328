import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { followServer } from '../../src/app/follow-server.ts'
import { namesIn } from '../../src/domain/connector.ts'
import { grantId } from '../../src/domain/ids.ts'
import type { DrawnName } from '../../src/domain/journal.ts'
import type { PresentServer } from '../../src/domain/server-memory.ts'
import type { Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { failing, vaultLoop } from '../support/vault-loop.ts'
import * as sample from './store-samples.ts'

const { at, vault } = sample
const drawn = (name: string): DrawnName => ({
  ...{ name, grant: grantId(`grant-of-${name}`), integration: vault.id, until: at(9_000) },
})

describe('a process whose database is taken over by another server', () => {
  let store: Store
  let present: PresentServer
  let noted: DrawnName[]
  let removed: string[]
  let isAway: boolean
  beforeEach(async () => {
    store = await openStore(':memory:', { newId: randomUUID })
    present = { name: 'one/1', isSettled: true }
    noted = []
    removed = []
    isAway = false
  })
  afterEach(() => store.close())

  const start = (missing: ReadonlySet<string> = new Set()) => {
    const { deps } = vaultLoop(
      store,
      {
        inspect: async (handle) => (namesIn(handle).some((name) => missing.has(name)) ? 'missing' : 'sound'),
        leftovers: async () => undefined,
        remove: async ({ name }) => {
          if (isAway) throw failing('unreachable')
          return removed.push(name) > 0
        },
      },
      at(100),
    )
    const server = {
      time: async () => at(100),
      present: async () => present,
      settled: async (name: string, audit: Parameters<Store['audit']>[0]) => {
        present = { name, isSettled: true }
        await store.audit(audit)
      },
    }
    const journal = {
      present: () => noted.filter(({ until }) => until > at(100)),
      note: async (names: readonly DrawnName[]) => void noted.push(...names),
    }
    // The lease is kept while the work runs, so a sleeper must really sleep.
    const sleep = (_: unknown, signal: AbortSignal) =>
      new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    return followServer({ ...deps, clock: { ...deps.clock, sleep } }, server, { journal })
  }
  const takeOver = (isSettled = false) => {
    present = { name: 'one/2', isSettled }
  }
  const stateOf = async ({ request }: Awaited<ReturnType<typeof sample.activated>>) =>
    (await sample.reload(store, request)).grant?.state

  test('removes the names that it drew and the server does not know, also where nothing should be missing', async () => {
    const turn = start()
    await turn()
    noted.push(drawn('lost'))
    await turn()
    expect(removed).toEqual([])
    takeOver(true)
    await turn()
    await turn()
    expect(removed).toEqual(['lost'])
  })

  test('tries that again while the vault is away', async () => {
    const turn = start()
    noted.push(drawn('lost'))
    isAway = true
    await turn()
    isAway = false
    await turn()
    expect(removed).toEqual(['lost'])
  })

  test('ends what was being set up, and what is gone at the vault; the rest goes on', async () => {
    const unfinished = await sample.approved(store)
    const [ended, kept] = [await sample.activated(store), await sample.activated(store)]
    await store.saveHandle(sample.grantOf(ended).id, { policies: ['gone'] })
    await store.saveHandle(sample.grantOf(kept).id, { policies: ['there'] })
    const turn = start(new Set(['gone']))
    await turn()
    takeOver()
    await turn()
    expect([await stateOf(unfinished), await stateOf(ended), await stateOf(kept)]).toEqual([
      'revoking',
      'revoking',
      'active',
    ])
    const kinds = (await store.auditRows(0, 1_000)).map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'database-succeeded')).toHaveLength(1)
  })

  test('does so once: what is set up afterwards is left alone', async () => {
    const turn = start()
    takeOver()
    await turn()
    const later = await sample.approved(store)
    await turn()
    expect(await stateOf(later)).toBe('provisioning')
  })
})
