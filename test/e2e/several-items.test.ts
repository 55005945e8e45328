import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startWorld, type World } from '../../src/demo/world.ts'
import { chat } from '../support/chat.ts'
import { eventually } from '../support/eventually.ts'
import { type Actor, billing, orders, ordersApi, paymentsTeam, type Story, storyIn } from '../support/story.ts'
import { untilNothingIsOrphaned, vaultTruth } from '../support/vault-truth.ts'

let world: World
let story: Story
let payments: Actor

beforeAll(async () => {
  world = await startWorld({
    chat,
    settings: { reconcile: { discoverEvery: '1s', driftEvery: '1h', wake: '2s', claim: '30s' } },
    integrations: (example) => [
      { ...example, resourceOwner: { key: 'owner', allow: ['group:databases', 'group:payments'] } },
    ],
    more: paymentsTeam.more,
  })
  story = storyIn(world)
  payments = paymentsTeam.actor(story)
  await untilDiscovered(orders, 'databases')
  await untilDiscovered(billing, 'databases')
})
afterAll(() => world?.stop())

/** Whoever may write the metadata changes the owner tag at the vault. */
const tag = (path: string, owner: string) => {
  const [mount = '', ...rest] = path.split('/')
  return world.admin('POST', `${mount}/metadata/${rest.join('/')}`, { custom_metadata: { owner } })
}
const untilDiscovered = (path: string, owner: string) =>
  eventually(() => story.records.rows('SELECT owner_tag FROM resources WHERE path = ?', path)[0]?.owner_tag === owner, {
    about: () => `${path} is seen with the owner tag ${owner}`,
  })
const untilDecided = (request: { readonly id: string }, count: number) =>
  eventually(() => story.records.request(request.id).decisions === count, { about: () => `${count} decisions` })
const denies = async (by: Actor, request: Awaited<ReturnType<Story['ask']>>, note: string) => {
  await story.openDenial(by, request, note)
  await by.hands.submit()
}
/** The paths that the one policy of Latchkey at the vault names below the mount of secrets. */
const pathsInPolicy = async (): Promise<readonly string[]> => {
  const { policies } = await vaultTruth(world)
  expect(policies).toHaveLength(1)
  const { data } = (await world.admin('GET', `sys/policies/acl/${policies[0]}`)) as { data: { policy: string } }
  return Object.keys(JSON.parse(data.policy).path).filter((path) => path.startsWith('kv/'))
}

describe('a request for several secrets', () => {
  test('gives exactly what its owners approved: the denied one is in no policy, and refused to the token', async () => {
    const { developer, owner, lead } = story.cast
    const request = await story.ask(developer, { path: `${orders} ${ordersApi}` })
    expect(await story.untilAllSay(request, orders, ordersApi)).toHaveLength(4)
    const card = await story.cardOf(request, 'owner', 'database-owner')
    expect(card.text).toMatch(/You decide\s+• read .?kv\/apps\/orders\/database/)

    await denies(lead, request, 'The interface is not needed for that.')
    await untilDecided(request, 1)
    expect(story.records.request(request.id).state).toBe('pending')
    expect((await vaultTruth(world)).policies).toEqual([])

    const active = await story.approve(owner, request)
    expect(await pathsInPolicy()).toEqual(['kv/data/apps/orders/database'])
    await story.untilAllSay(active, 'Denied', ordersApi)
    const { token } = await story.credential(developer, active)
    expect([await story.read(token, orders), await story.read(token, ordersApi)]).toEqual([200, 403])
    expect(story.records.auditOf(request.id).map(({ kind }) => kind)).toContain('items-denied')

    await story.press(owner, active, 'Revoke')
    await story.untilState(request, 'ended')
    await story.untilRefused(token, orders)
    await untilNothingIsOrphaned(world, story.records)
  })

  test('gives the rest at the last decision, also when that is a denial', async () => {
    const { developer, owner, lead } = story.cast
    const request = await story.ask(developer, { path: `${orders}, ${ordersApi}` })
    await story.press(owner, request, 'Approve')
    await untilDecided(request, 1)
    expect((await vaultTruth(world)).policies).toEqual([])
    await denies(lead, request, 'Not the interface.')
    const active = await story.untilState(request, 'active')
    expect(await pathsInPolicy()).toEqual(['kv/data/apps/orders/database'])
    await story.press(developer, active, 'Give back now')
    await story.untilState(request, 'ended')
  })

  test('that is wanted whole is denied whole', async () => {
    const { developer, owner, lead } = story.cast
    await story.openForm(developer, { path: `${orders} ${ordersApi}` })
    await developer.hands.pick('If an owner denies a part', 'Give me nothing: I need all of it')
    expect((await developer.hands.submit()).closed).toBe(true)
    const request = story.records.newestOf('developer')
    if (!request) throw new Error('nothing was filed')
    await story.press(owner, request, 'Approve')
    await untilDecided(request, 1)
    await story.deny(lead, request, 'Not the interface.')
    await story.untilAllSay(request, 'denied by')
    expect((await vaultTruth(world)).policies).toEqual([])
  })

  test('that is for one owner alone is one decision about all, under one policy', async () => {
    const { developer, owner } = story.cast
    const request = await story.ask(developer, { path: `${orders} ${billing}` })
    const active = await story.approve(owner, request)
    expect(await pathsInPolicy()).toEqual(['kv/data/apps/billing/database', 'kv/data/apps/orders/database'])
    await story.press(developer, active, 'Give back now')
    await story.untilState(request, 'ended')
  })

  test('is refused for what waits already, and names it; what was denied can be asked for again', async () => {
    const { developer, owner, lead } = story.cast
    const first = await story.ask(developer, { path: `${orders} ${ordersApi}` })
    const twice = await story.tryToAsk(developer, { path: `${billing} ${ordersApi}` })
    expect(twice.errors).toEqual({ What: expect.stringMatching(/^About kv\/apps\/orders\/api: You already asked/) })
    await developer.hands.closeView()

    await denies(lead, first, 'Not for this.')
    await untilDecided(first, 1)
    const second = await story.ask(developer, { path: ordersApi })
    await story.deny(lead, second, 'I said no.')
    await story.deny(owner, first, 'Nor the database.')
  })

  test('whose owner tag changes asks the new owner about that secret only', async () => {
    const { developer, owner, lead } = story.cast
    const request = await story.ask(developer, { path: `${orders} ${billing} ${ordersApi}` })
    await story.press(lead, request, 'Approve')
    await untilDecided(request, 1)
    await tag(billing, 'payments')
    const said = await story.hear(owner, () => story.press(owner, request, 'Approve'))
    expect(said).toContain(`About ${billing}: The owner of this resource has changed`)
    await untilDecided(request, 1) // the lead's stays

    await eventually(() => story.textOf(ownersCard(request)).includes('Others decide'), {
      about: () => `the card of the owner shows less: ${story.textOf(ownersCard(request))}`,
    })
    await story.press(owner, request, 'Approve')
    await untilDecided(request, 2)
    const active = await story.approve(payments, request)
    expect(await pathsInPolicy()).toHaveLength(3)
    await story.press(payments, active, 'Revoke')
    await story.untilState(request, 'ended')
    await tag(billing, 'databases')
    await untilNothingIsOrphaned(world, story.records)
  })
})

const ownersCard = (request: Awaited<ReturnType<Story['ask']>>) => {
  const card = story.copies(request).find(({ to, audience }) => to === 'database-owner' && audience === 'owner')
  if (!card) throw new Error('the owner has no card')
  return card
}
