import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { decideRequest } from '../../src/app/decide-request.ts'
import type { Deps } from '../../src/app/deps.ts'
import { type AccessRequest, askOthers } from '../../src/domain/access-request.ts'
import type { PersonId } from '../../src/domain/ids.ts'
import type { Integration } from '../../src/domain/integration.ts'
import { withOthers } from '../../src/domain/routing.ts'
import { ExternalError, type Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { type Company, discovered, latchkeyOf, newCompany } from '../support/company.ts'
import * as sample from './store-samples.ts'

// The decision that gives access gives other owners' items too, so it depends on the owners of all of them.

const { grace, linus, at } = sample
const graces = 'kv/graces'
const integration: Integration = {
  ...sample.vault,
  owners: ['person:mary'],
  resourceOwner: { key: 'owner', allow: ['person:grace', 'person:linus'], pinned: [] },
}

let store: Store
let company: Company
/** The owner tag of each item at the vault; an item without one cannot be read. */
let tags: Map<string, string>
/** What happens once, while a decision reads the tags. */
let meanwhile: () => Promise<void>
beforeEach(async () => {
  store = await openStore(':memory:', { newId: randomUUID })
  company = newCompany({ people: ['ada', 'grace', 'linus', 'mary'] })
  meanwhile = async () => {}
  tags = new Map([
    [graces, 'person:grace'],
    ['kv/linuses', 'person:linus'],
  ])
})
afterEach(() => store.close())

const latchkey = (): Deps => {
  const deps = latchkeyOf({ store, company, now: () => at(60), integrations: [integration] })
  const entry = sample.present(deps.integrations.get(integration.id))
  const ownerTag = async ({ path }: { readonly path: string }) => {
    const happens = meanwhile
    meanwhile = async () => {}
    await happens()
    const tag = tags.get(path)
    if (tag === undefined) throw new ExternalError('vault-unreachable', 'The vault is silent.', { transient: true })
    return tag
  }
  const connector = { ...entry.connector, ownerTag }
  return { ...deps, integrations: new Map([[integration.id, { integration, connector }]]) }
}
const ask = async (names: readonly ['graces'] | readonly ['graces', 'linuses'] = ['graces', 'linuses']) => {
  const [first, ...others] = names
  const items = [sample.item(first), ...others.map(sample.item)] as const
  const routes = names.map((name) => (name === 'graces' ? ('person:grace' as const) : ('person:linus' as const)))
  return (await sample.submitted(store, { integration, items, routes })).request
}
const requestNow = async (id: AccessRequest['id']) => (await sample.reload(store, { id })).request
const approve = (deps: Deps, { id, items }: AccessRequest, by: PersonId, position: number) => {
  const plan = deps.integrations.get(integration.id)?.connector.plan([sample.present(items[position])])
  const seen = { items: [position], ...(plan?.ok && { plan: plan.value.hash }) }
  return decideRequest(deps)(id, { by, verdict: 'approve', seen })
}
const deny = (deps: Deps, { id }: AccessRequest, by: PersonId, position: number) =>
  decideRequest(deps)(id, { by, verdict: 'deny', note: 'Not this one.', seen: { items: [position] } })

describe.each([
  ['approval', approve],
  ['denial', deny],
] as const)('an %s that would give what somebody else approved', (_, decide) => {
  const prepared = async () => {
    const deps = latchkey()
    const request = await ask()
    sample.granted(await approve(deps, request, grace, 0))
    return { deps, request }
  }
  const nothingIsGiven = async (request: AccessRequest) => {
    const now = await sample.reload(store, request)
    expect([now.request.state, now.request.decisions.length, now.grant]).toEqual(['pending', 1, undefined])
  }

  test('is refused while the owner of that is uncertain, and counts once the vault answers', async () => {
    const { deps, request } = await prepared()
    tags.delete(graces)
    const refusal = { code: 'vault-unreachable', trouble: 'vault-unreachable', item: graces }
    expect(await decide(deps, request, linus, 1)).toEqual({ ok: false, refusal })
    await nothingIsGiven(request)
    tags.set(graces, 'person:grace')
    expect(sample.granted(await decide(deps, request, linus, 1))).toMatchObject({ request: { state: 'approved' } })
  })

  test('is refused while nobody could decide on that', async () => {
    const { deps, request } = await prepared()
    tags.set(graces, 'nobody')
    company.people = ['ada', 'grace', 'linus'] // without the integration's owner
    expect(await decide(deps, request, linus, 1)).toMatchObject({ refusal: { code: 'no-owner', item: graces } })
    await nothingIsGiven(request)
  })

  test('gives nothing of what has a new owner, who is asked', async () => {
    const { deps, request } = await prepared()
    tags.set(graces, 'person:linus')
    expect(await decide(deps, request, linus, 1)).toMatchObject({ refusal: { code: 'rerouted' } })
    const now = await sample.reload(store, request)
    expect([now.request.decisions, now.grant]).toEqual([[], undefined])
  })

  test('is refused while that lies in a part of the vault that is away', async () => {
    const { deps, request } = await prepared()
    const goAway = (places: readonly string[]) =>
      store.saveAway(
        integration.id,
        places.map((place) => ({ place, code: 'no-such-mount', since: at(1) })),
        [],
      )
    await discovered(store, integration.id, graces)
    await goAway([graces])
    expect(await decide(deps, request, linus, 1)).toMatchObject({ refusal: { code: 'place-away', place: graces } })
    await nothingIsGiven(request)
    await goAway([])
    expect(sample.granted(await decide(deps, request, linus, 1))).toMatchObject({ request: { state: 'approved' } })
  })

  test('gives nothing to somebody whose chat account was deactivated meanwhile', async () => {
    const { deps, request } = await prepared()
    company.deactivated = ['ada']
    expect(await decide(deps, request, linus, 1)).toMatchObject({ ok: false, refusal: { code: 'not-pending' } })
    expect((await sample.reload(store, request)).grant).toBeUndefined()
  })
})

describe('a denial that gives nothing', () => {
  test('of the only item needs neither the vault nor the chat', async () => {
    const deps = latchkey()
    const request = await ask(['graces'])
    tags.clear()
    company.isSilent = true
    const denied = await deny(deps, request, grace, 0)
    expect(sample.granted(denied)).toMatchObject({ request: { state: 'denied', by: grace } })
  })

  test('needs no certain owner of anything else, which stays to be decided', async () => {
    const deps = latchkey()
    const request = await ask()
    tags.clear()
    company.isSilent = true
    expect(sample.granted(await deny(deps, request, grace, 0))).toMatchObject({ request: { state: 'pending' } })
    expect(sample.granted(await deny(deps, request, linus, 1))).toMatchObject({ request: { state: 'denied' } })
  })
})

describe.each([
  ['read', () => {}],
  ['unreadable', () => tags.delete(graces)],
] as const)('owners who are added to an item whose tag is %s at that moment', (_, change) => {
  test('stay asked, and no decision is lost', async () => {
    const deps = latchkey()
    const { id } = await ask()
    const before = sample.granted(await approve(deps, await requestNow(id), grace, 0)).request
    change()
    meanwhile = async () => {
      const widened = before.requirements.map((each) => withOthers(each, integration))
      await sample.mustCommit(store, askOthers(before, widened, [grace, linus], {}, at(60)))
    }
    const decided = await approve(deps, before, linus, 1)
    const now = await requestNow(id)
    expect(now.requirements.map(({ owners, by }) => ({ owners, by }))).toEqual([
      { owners: ['person:grace', 'person:mary'], by: 'unreachable' },
      { owners: ['person:linus', 'person:mary'], by: 'unreachable' },
    ])
    expect(now.decisions.map(({ by }) => by)).toEqual(decided.ok ? [grace, linus] : [grace])
    expect(decided).toMatchObject(tags.has(graces) ? { ok: true } : { refusal: { code: 'vault-unreachable' } })
  })
})
