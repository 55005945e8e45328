import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Deps } from '../../src/app/deps.ts'
import { submitRequest } from '../../src/app/submit-request.ts'
import { wishAgain } from '../../src/app/wish-again.ts'
import { seconds } from '../../src/domain/time.ts'
import type { Loaded, Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { type Company, discovered, latchkeyOf, newCompany } from '../support/company.ts'
import * as sample from './store-samples.ts'

const { ada, grace, linus, at, vault, otherVault } = sample

let store: Store
let company: Company
beforeEach(async () => {
  store = await openStore(':memory:', { newId: randomUUID })
  company = newCompany()
})
afterEach(() => store.close())

const latchkey = (scope: { exclude?: string[] } = {}, integrations = [vault]): Deps =>
  latchkeyOf({ ...{ store, company, scope, integrations }, now: () => at(60) })

/** A request of Ada for two secrets. */
const asked = async (): Promise<Loaded['request']> => {
  const { id } = await discovered(store, vault.id, 'kv/apps/db')
  const others = await store.findResources([vault.id], 'kv/other/db', 1)
  const read = { permission: 'read' }
  const items = [{ resource: id, ...read }, ...others.map((one) => ({ resource: one.id, ...read }))] as const
  const wish = { requester: ada, draft: randomUUID(), items, allOrNothing: true }
  const filed = await submitRequest(latchkey())({
    ...wish,
    duration: seconds(900),
    reason: 'The nightly export fails.',
  })
  return sample.granted(filed).request
}
const pathsIn = (chosen: readonly { resource: { path: string } }[]) => chosen.map(({ resource }) => resource.path)

describe('what a person asked for earlier', () => {
  test('is offered again as it was', async () => {
    const { id } = await asked()
    const wish = sample.granted(await wishAgain(latchkey())(id, ada))
    expect(wish).toMatchObject({ allOrNothing: true, leftOut: [], duration: 900, reason: 'The nightly export fails.' })
    expect(wish.chosen.map(({ resource, permission }) => [resource.path, permission])).toEqual([
      ['kv/apps/db', 'read'],
      ['kv/other/db', 'read'],
    ])
  })

  test('is offered to nobody else, not even to an owner', async () => {
    const { id } = await asked()
    for (const other of [grace, linus]) {
      expect(await wishAgain(latchkey())(id, other)).toEqual({ ok: false, refusal: { code: 'not-the-requester' } })
    }
    expect(await wishAgain(latchkey())('nothing' as never, ada)).toMatchObject({ refusal: { code: 'no-such-request' } })
  })

  test('is offered without what the configuration has excluded since', async () => {
    const { id } = await asked()
    const wish = sample.granted(await wishAgain(latchkey({ exclude: ['kv/other/*'] }))(id, ada))
    expect([pathsIn(wish.chosen), wish.leftOut]).toEqual([['kv/apps/db'], ['kv/other/db']])
  })

  test('is offered without what the vault does not list any more', async () => {
    const { id } = await asked()
    const pass = await store.openPass(vault.id, { now: at(70), since: at(70), ownerKey: '', roots: ['kv/'] })
    const kept = { type: 'secret', path: 'kv/apps/db', permissions: ['read'] }
    await store.saveLooks(pass, [{ folder: 'kv/', found: [kept], folders: [] }], at(70))
    await store.closePass(pass, at(70))
    const wish = sample.granted(await wishAgain(latchkey())(id, ada))
    expect([pathsIn(wish.chosen), wish.leftOut]).toEqual([['kv/apps/db'], ['kv/other/db']])
  })

  test('is refused to a person who may request there no more, and where the integration is gone', async () => {
    const { id } = await asked()
    company.groups = { platform: ['grace'] }
    expect(await wishAgain(latchkey())(id, ada)).toMatchObject({ refusal: { code: 'not-a-requester' } })
    expect(await wishAgain(latchkey({}, [otherVault]))(id, ada)).toMatchObject({
      refusal: { code: 'integration-removed' },
    })
  })
})
