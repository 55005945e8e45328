import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { noteStuckLeases } from '../../src/app/stuck-leases.ts'
import type { StuckLease } from '../../src/domain/stuck-lease.ts'
import { openStore } from '../../src/store/index.ts'
import { latchkeyOf, newCompany } from '../support/company.ts'
import * as sample from './store-samples.ts'

const lease = (id: string, path = 'database/app'): StuckLease => ({
  ...{ lease: `database/creds/app/${id}`, path, reason: 'it owns a table' },
  command: `bao lease revoke -sync database/creds/app/${id}`,
})

test('owners are told once of what the vault gave up ending, one message for each resource, and once when it is gone', async () => {
  const store = await openStore(':memory:', { newId: randomUUID })
  const integration = { ...sample.vault, owners: ['person:grace'] as const }
  let minute = 1
  const deps = latchkeyOf({ store, company: newCompany(), now: () => sample.at(minute), integrations: [integration] })
  const { connector } = sample.present(deps.integrations.get(integration.id))
  const look = async (found: readonly StuckLease[] | undefined) => {
    minute += 1
    await noteStuckLeases(deps, { ...connector, stuckLeases: async () => found })
    return (await sample.claimCards(store, minute, 1_000_000)).things.flatMap((card) =>
      card.audience === 'notice' ? [card.notice] : [],
    )
  }
  const about = { integration: integration.id, path: 'database/app', reason: 'it owns a table' }
  expect(await look([lease('a'), lease('b')])).toMatchObject([{ ...about, about: 'lease-stuck', count: 2 }])
  const { things: sent } = await sample.claimCards(store, minute, 1_000_000)
  expect(sent).toEqual([])
  const before = await store.stuckLeases(integration.id)
  expect(await look([lease('a'), lease('b')])).toEqual([])
  expect(await store.stuckLeases(integration.id)).toEqual(before)
  expect(await look(undefined)).toEqual([]) // the bot may not look any more: nothing is said to be gone
  expect(await look([lease('b')])).toMatchObject([{ ...about, about: 'lease-gone', count: 1 }])
  expect(await store.stuckLeases(integration.id)).toMatchObject([
    { lease: 'database/creds/app/b', since: before[0]?.since },
  ])
  const kinds = (await store.auditRows(0, 10)).map(({ kind }) => kind)
  expect(kinds.filter((kind) => kind.startsWith('lease-'))).toEqual(['lease-stuck', 'lease-gone'])
  await store.close()
})
