import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startWorld, type World } from '../../src/demo/world.ts'
import { type BreakingProxy, breakingProxy } from '../support/breaking-proxy.ts'
import { chat } from '../support/chat.ts'
import { eventually } from '../support/eventually.ts'
import { pressAndAnswer, untilView } from '../support/hands.ts'
import { type Actor, orders, ordersApi, paymentsTeam, type Story, storyIn } from '../support/story.ts'
import { untilNothingIsOrphaned, vaultTruth } from '../support/vault-truth.ts'

let world: World
let story: Story
let proxy: BreakingProxy
let payments: Actor
const hurried = 'fast/jobs'

beforeAll(async () => {
  world = await startWorld({
    chat,
    preparation: { kvMounts: ['kv', 'fast'] },
    settings: { reconcile: { discoverEvery: '1s', driftEvery: '1h', wake: '2s', claim: '30s' } },
    integrations: (example) => {
      const resourceOwner = { key: 'owner', allow: ['group:databases', 'group:payments'] }
      return [
        { ...example, resourceOwner, vault: { ...example.vault, kvMounts: ['kv'] } },
        {
          ...{ ...example, resourceOwner, name: 'hurried', decideWithin: '3s' },
          vault: { ...example.vault, kvMounts: ['fast'], transitMounts: [] },
        },
      ]
    },
    vaultAddress: async (real) => {
      proxy = await breakingProxy(real, '/v1/')
      return proxy.address
    },
    more: paymentsTeam.more,
  })
  story = storyIn(world)
  payments = paymentsTeam.actor(story)
  await world.admin('POST', 'fast/data/jobs', { data: { key: 'example-job-key' } })
  await tag(hurried, 'databases')
})
afterAll(async () => {
  await world?.stop()
  await proxy?.stop()
})

/** Whoever may write the metadata changes the owner tag at the vault. */
const tag = (path: string, owner: string) => {
  const [mount = '', ...rest] = path.split('/')
  return world.admin('POST', `${mount}/metadata/${rest.join('/')}`, { custom_metadata: { owner } })
}
const untilDiscovered = (path: string, owner: string) =>
  eventually(() => story.records.rows('SELECT owner_tag FROM resources WHERE path = ?', path)[0]?.owner_tag === owner, {
    about: () => `${path} is seen with the owner tag ${owner}`,
  })
const untilNoticed = (to: Actor, before: ReadonlySet<string>) => story.untilTold(to, 'A request has new owners', before)

describe('the owner of a resource changes while a request waits', () => {
  test('the old owner’s approval does not count, all three sides are told, and the new owner decides', async () => {
    const { developer, owner, secondOwner, lead } = story.cast
    await untilDiscovered(orders, 'databases')
    const request = await story.ask(developer)
    await story.untilAllSay(request, 'group databases')
    const seen = new Map([owner, secondOwner, lead, payments].map((each) => [each, story.inbox(each)]))

    await tag(orders, 'payments')
    const said = await story.hear(owner, () => story.press(owner, request, 'Approve'))
    expect(said).toContain('The owner of this resource has changed')
    expect(story.records.request(request.id)).toMatchObject({ state: 'pending', decisions: 0 })
    for (const [each, before] of seen) await untilNoticed(each, before)
    await story.untilAllSay(request, 'group payments')
    expect(story.records.auditOf(request.id).map(({ kind }) => kind)).toContain('request-rerouted')

    const again = await story.hear(owner, () => story.press(owner, request, 'Approve'))
    expect(again).toContain('Only the owners of this resource')
    const active = await story.approve(payments, request)
    await story.press(payments, active, 'Revoke')
    await story.untilState(request, 'ended')
    await tag(orders, 'databases')
  })

  test('a denial by the old owner does not count either', async () => {
    const { developer, owner } = story.cast
    await untilDiscovered(orders, 'databases')
    const request = await story.ask(developer)
    await tag(orders, 'payments')
    await story.press(owner, request, 'Deny')
    await untilView(owner.hands, 'Deny this request')
    await owner.hands.fill('Reason', 'I think it is still mine.')
    const said = await story.hear(owner, () => owner.hands.submit())
    expect(said).toContain('your decision does not count')
    await story.deny(payments, request, 'It is ours now.')
    await tag(orders, 'databases')
  })

  test('a tag that names somebody who is not on the allow-list is ignored', async () => {
    const { developer, lead } = story.cast
    await tag(ordersApi, 'engineers') // a group of the people file, and the requester is in it
    await untilDiscovered(ordersApi, 'engineers')
    const request = await story.ask(developer, { path: ordersApi })
    const copies = await story.untilAllSay(request, 'owners of the integration')
    expect([...copies].sort()).toEqual(['owner platform-lead', 'requester developer'])
    const active = await story.approve(lead, request)
    await story.press(developer, active, 'Give back now')
    await story.untilState(request, 'ended')
  })
})

describe('the vault is away when an owner decides', () => {
  test('nothing is approved, the owner is told to press again, and pressing again works', async () => {
    const { developer, owner } = story.cast
    await untilDiscovered(orders, 'databases')
    const request = await story.ask(developer)
    const card = await story.cardOf(request, 'owner', 'database-owner')
    proxy.breakDown('refuse')
    const approved = await story.hear(owner, () => pressAndAnswer(owner.hands, card, 'Approve'))
    expect(approved).toMatch(/nothing was decided.*Press the button again/is)
    expect(story.records.request(request.id)).toMatchObject({ state: 'pending', decisions: 0 })

    proxy.heal()
    const active = await story.approve(owner, request)
    await story.press(owner, active, 'Revoke')
    await story.untilState(request, 'ended')
    await untilNothingIsOrphaned(world, story.records)
  })

  test('the owner whom the request has can deny it, because that gives nothing', async () => {
    const { developer, owner } = story.cast
    const request = await story.ask(developer)
    proxy.breakDown('refuse')
    await story.deny(owner, request, 'Not while the vault is away.')
    proxy.heal()
  })
})

describe('nobody decides in time', () => {
  test('the request expires, its requester is told in a new message, and a late click is refused in private', async () => {
    const { developer, owner } = story.cast
    await untilDiscovered(hurried, 'databases')
    const before = story.inbox(developer)
    const request = await story.ask(developer, { path: hurried })
    const old = await story.cardOf(request, 'owner', 'database-owner')
    await story.untilState(request, 'expired')
    await story.untilTold(developer, 'nobody decided in time', before)
    const copies = await story.untilAllSay(request, 'expired')
    expect(copies).toHaveLength(4)

    const late = await story.hear(owner, () => owner.hands.press(old, 'Approve', { asSeen: true }))
    expect(late).toContain('has expired, because nobody decided in time')
    expect(story.records.request(request.id)).toMatchObject({ state: 'expired', decisions: 0 })
    expect((await vaultTruth(world)).policies).toEqual([])
  })
})
