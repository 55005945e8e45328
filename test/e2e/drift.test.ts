import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { type FragileWorld, fragileWorld } from '../support/fragile-world.ts'
import type { RequestRecord } from '../support/records.ts'
import { ordersApi, type Story } from '../support/story.ts'
import { vaultTruth } from '../support/vault-truth.ts'

let fragile: FragileWorld
let story: Story
const reports = 'other/reports'
const listing = /^GET sys\/policies\/acl$/

beforeAll(async () => {
  fragile = await fragileWorld({
    preparation: { kvMounts: ['kv', 'other'], optionalRights: ['list-policies'] },
    settings: { reconcile: { discoverEvery: '1s', driftEvery: '1s', wake: '1s', claim: '2s' } },
    // One vault in two parts, each with owners of its own, as an operator may divide it.
    integrations: (example) => [
      { ...example, vault: { ...example.vault, kvMounts: ['kv'] } },
      { ...example, name: 'second', vault: { ...example.vault, kvMounts: ['other'], transitMounts: [] } },
    ],
  })
  story = fragile.story
  await fragile.world.admin('POST', 'other/data/reports', { data: { key: 'example-reports-key' } })
  const isSeen = () => story.records.rows('SELECT id FROM resources WHERE path = ?', reports).length > 0
  await eventually(isSeen, { about: () => 'the second part is discovered' })
})
afterAll(() => fragile?.stop())

const stateOf = ({ id }: RequestRecord) => story.records.request(id).grant?.state
const looks = () => fragile.vault.calls.filter((call) => listing.test(call)).length
const untilLookedAround = async () => {
  const before = looks()
  await eventually(() => looks() >= before + 4, { about: () => 'drift is looked for in both parts' })
}
const removals = () => story.records.audit().filter(({ kind }) => kind === 'leftover-removed').length

/** Injects drift at the vault, waits until it is healed, and says how long that took. */
const timed = async <T>(what: string, inject: () => Promise<unknown>, healed: () => Promise<T>): Promise<T> => {
  const start = Date.now()
  await inject()
  const seen = await healed()
  console.log(`${what} after ${Date.now() - start} ms (looked for every second)`)
  return seen
}

/** Lets the vault list its policies, and the world move on before Latchkey sees the list. */
const whileListIsOnItsWay = (act: () => Promise<unknown>): Promise<unknown> =>
  fragile.vault.once({ when: 'after', call: listing }, async () => {
    await act()
    return 'pass' as const
  })

describe('looking for what should not be there', () => {
  test('two parts of one vault leave each other’s access alone', async () => {
    const { developer, owner, lead } = story.cast
    const one = await story.approve(owner, await story.ask(developer, { length: '1 hour' }))
    const { token } = await story.credential(developer, one)
    const two = await story.approve(lead, await story.ask(developer, { path: reports, length: '1 hour' }))
    const { token: other } = await story.credential(developer, two)
    await untilLookedAround()
    expect([await story.read(token), await story.read(other, reports)]).toEqual([200, 200])
    expect([stateOf(one), stateOf(two), removals()]).toEqual(['active', 'active', 0])
    for (const request of [one, two]) {
      await story.press(developer, request, 'Give back now')
      await story.untilState(request, 'ended')
    }
  })

  test('access that came while the list was on its way is not taken for missing', async () => {
    const { developer, owner } = story.cast
    const asked = await story.ask(developer, { length: '1 hour' })
    await whileListIsOnItsWay(() => story.approve(owner, asked))
    await untilLookedAround()
    expect(stateOf(asked)).toBe('active')
    const { token } = await story.credential(developer, asked)
    await whileListIsOnItsWay(() => story.credential(developer, asked))
    await untilLookedAround()
    expect([stateOf(asked), await story.read(token), removals()]).toEqual(['active', 403, 0])
    await whileListIsOnItsWay(async () => {
      await story.press(developer, asked, 'Give back now')
      await story.untilState(asked, 'ended')
    })
    await untilLookedAround()
    expect(removals()).toBe(0) // it ended by itself: nobody needs to hear of a leftover
  })

  test('what was really left behind is removed, and the owners of each part that saw it hear of it', async () => {
    const { lead } = story.cast
    const [user = ''] = (await vaultTruth(fragile.world)).users
    const policy = `${user.split('-u-')[0]}-g-${'0'.repeat(32)}-1-${'a'.repeat(16)}`
    const before = story.inbox(lead)
    const rules = { policy: 'path "kv/*" { capabilities = ["read"] }' }
    const policies = async () => (await vaultTruth(fragile.world)).policies
    await timed(
      'a policy that no grant knows was gone',
      () => fragile.world.admin('POST', `sys/policies/acl/${policy}`, rules),
      () => eventually(async () => (await policies()).length === 0, { about: () => 'the leftover is gone' }),
    )
    await story.untilTold(lead, 'A leftover was removed', before)
    await untilLookedAround()
    expect([1, 2]).toContain(removals())
    expect(await policies()).toEqual([])
  })
})

describe('without the right to look', () => {
  test('a policy that was deleted at the vault is noticed all the same: the access ends and people are told', async () => {
    const { developer, lead } = story.cast
    const management = (await fragile.world.admin('GET', 'sys/policies/acl/latchkey_management')) as {
      data: { policy: string }
    }
    const rules = management.data.policy.split('\n').filter((line) => !line.startsWith('path "sys/policies/acl" '))
    expect(rules.length).toBeLessThan(management.data.policy.split('\n').length)
    await fragile.world.admin('POST', 'sys/policies/acl/latchkey_management', { policy: rules.join('\n') })
    await fragile.startAnew()

    const request = await story.approve(lead, await story.ask(developer, { path: ordersApi, length: '1 hour' }))
    const seen = new Map([developer, lead].map((each) => [each, story.inbox(each)]))
    const [policy] = (await vaultTruth(fragile.world)).policies
    const ended = await timed(
      'access whose policy was deleted had ended',
      () => fragile.world.admin('DELETE', `sys/policies/acl/${policy}`),
      () => story.untilState(request, 'ended'),
    )
    expect(ended.grant?.because).toBe('missing-at-vault')
    for (const [each, before] of seen) await story.untilTold(each, 'Access disappeared from the vault', before)
    expect(await vaultTruth(fragile.world)).toMatchObject({ policies: [], armed: [] })
  })

  test('a policy that was widened at the vault ends the access, and the person’s token opens nothing more', async () => {
    const { developer, lead } = story.cast
    const request = await story.approve(lead, await story.ask(developer, { path: ordersApi, length: '1 hour' }))
    const { token } = await story.credential(developer, request)
    const before = story.inbox(lead)
    const [policy] = (await vaultTruth(fragile.world)).policies
    const wide = JSON.stringify({ path: { 'kv/*': { capabilities: ['read', 'update'] } } })
    const ended = await timed(
      'a widened policy was gone',
      () => fragile.world.admin('POST', `sys/policies/acl/${policy}`, { policy: wide }),
      () => story.untilState(request, 'ended'),
    )
    expect(ended.grant?.because).toBe('altered-at-vault')
    await story.untilTold(lead, 'Access was changed at the vault', before)
    expect(await story.read(token, ordersApi)).toBe(403)
  })
})
