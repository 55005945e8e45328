import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cardsForRequest } from '../../src/app/cards-for.ts'
import { decideRequest } from '../../src/app/decide-request.ts'
import type { Deps } from '../../src/app/deps.ts'
import { reloadDirectory } from '../../src/app/reload-directory.ts'
import type { AccessRequest } from '../../src/domain/access-request.ts'
import type { PersonId } from '../../src/domain/ids.ts'
import type { Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { type Company, latchkeyOf, newCompany } from '../support/company.ts'
import * as sample from './store-samples.ts'

// Groups change while a request for two things waits for the owners of both.

const { grace, linus, at } = sample

let store: Store
let company: Company
let deps: Deps
beforeEach(async () => {
  store = await openStore(':memory:', { newId: randomUUID })
  company = newCompany({
    people: ['ada', 'grace', 'linus', 'mary'],
    groups: { engineering: ['ada'], platform: ['grace'], network: ['linus'] },
  })
  const resourceOwner = { key: 'owner', allow: ['group:platform', 'group:network'], pinned: [] } as const
  const integration = { ...sample.vault, resourceOwner }
  const base = latchkeyOf({ store, company, now: () => at(60), integrations: [integration] })
  const { connector } = sample.present(base.integrations.get(integration.id))
  const ownerTag = async ({ path }: { readonly path: string }) => (path === 'kv/graces' ? 'platform' : 'network')
  const entry = { integration, connector: { ...connector, ownerTag } }
  deps = { ...base, integrations: new Map([[integration.id, entry]]) }
})
afterEach(() => store.close())

const ask = async () => {
  const items = [sample.item('graces'), sample.item('linuses')] as const
  const routes = ['group:platform', 'group:network'] as const
  const { request } = await sample.submitted(store, { items, routes })
  await store.addCards(cardsForRequest(deps, request))
  return request
}
const approve = ({ id, items }: AccessRequest, by: PersonId, position: number) => {
  const plan = deps.integrations.get(sample.vault.id)?.connector.plan([sample.present(items[position])])
  const seen = { items: [position], ...(plan?.ok && { plan: plan.value.hash }) }
  return decideRequest(deps)(id, { by, verdict: 'approve', seen })
}
/** The people file changes, and is read again. */
const change = async (changed: Partial<Company>) => {
  const before = latchkeyOf({ store, company: { ...company }, now: () => at(60), integrations: [] }).directory
  Object.assign(company, changed)
  await reloadDirectory(deps, { reload: async () => ({ kind: 'loaded', hash: 'new', before }) })()
}
const ownersWithCard = async (request: AccessRequest) =>
  (await store.cardsOf(request.id)).flatMap(({ audience, recipient }) =>
    audience === 'owner' && recipient.to === 'person' ? [recipient.person] : [],
  )

test('whoever owns an item instead of the only owner gets a card', async () => {
  const request = await ask()
  expect(await ownersWithCard(request)).toEqual(['grace', 'linus'])
  await change({ groups: { ...company.groups, platform: ['mary'] } })
  expect(await ownersWithCard(request)).toEqual(['grace', 'linus', 'mary'])
})

test('nobody else is asked where a group has lost all its people, which may be a mistake', async () => {
  const request = await ask()
  await change({ groups: { ...company.groups, platform: [] } })
  expect(await ownersWithCard(request)).toEqual(['grace', 'linus'])
  expect((await sample.reload(store, request)).request.requirements).toEqual(request.requirements)
})

test('a change that concerns other people draws no card again', async () => {
  const request = await ask()
  const { revision } = (await sample.reload(store, request)).request
  await change({ groups: { ...company.groups, platform: ['grace'], engineering: ['ada', 'mary'] } })
  expect((await sample.reload(store, request)).request.revision).toBe(revision)
})

test('an owner who approved, was gone and is back is asked to conclude what was approved meanwhile', async () => {
  company.groups.platform = ['grace', 'mary']
  const request = await ask()
  sample.granted(await approve(request, grace, 0))
  await change({ groups: { ...company.groups, platform: ['mary'] } })
  expect(sample.granted(await approve(request, linus, 1)).request.state).toBe('pending')
  const { revision } = (await sample.reload(store, request)).request
  await change({ groups: { ...company.groups, platform: ['grace', 'mary'] } })
  expect((await sample.reload(store, request)).request.revision).toBe(revision + 1) // so all cards are drawn again
  expect(sample.granted(await approve(request, grace, 0))).toMatchObject({
    request: { state: 'approved' },
    grant: { items: request.items },
  })
})
