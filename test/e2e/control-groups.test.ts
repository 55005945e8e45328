import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { teamsAccountOf } from '../../src/demo/chats.ts'
import { slackUsers } from '../../src/demo/example.ts'
import { type AccessibilityCheck, accessibilityCheck } from '../support/accessible.ts'
import { type BreakingProxy, breakingProxy } from '../support/breaking-proxy.ts'
import { openBrowser } from '../support/browser.ts'
import { around, controlGroupCalls } from '../support/crash-points.ts'
import { eventually } from '../support/eventually.ts'
import { type Hands, untilView } from '../support/hands.ts'
import { type Surfer, surferIn } from '../support/people-pages.ts'
import { type Records, recordsOf } from '../support/records.ts'
import { type SignInWorld, signInWorld } from '../support/sign-in-world.ts'
import { slackHands } from '../support/slack-hands.ts'
import { teamsHands } from '../support/teams-hands.ts'

// A real control group at OpenBao. The owners of the database are its members, in Slack, in Teams and at a browser.

let there: SignInWorld
let proxy: BreakingProxy
let browser: Browser
let check: AccessibilityCheck
let records: Records
let developer: Hands
let owner: Hands
let inTeams: Hands
const tokens: Record<string, string> = {}

const toVault = async (method: string, path: string, token = '', body?: object) => {
  const answer = await fetch(`${there.world.vault.address}/v1/${path}`, {
    ...{ method, headers: { 'X-Vault-Token': token } },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? {} : JSON.parse(text) }
}

beforeAll(async () => {
  check = await accessibilityCheck()
  browser = await openBrowser()
  there = await signInWorld(undefined, {
    chat: 'both',
    preparation: { optionalRights: ['control-groups'] },
    vaultAddress: async (real) => {
      proxy = await breakingProxy(new URL(real).origin, '/v1/')
      return proxy.address
    },
    integrations: (example) => [
      {
        ...example,
        vault: { ...example.vault, controlGroups: [{ group: 'managers', members: ['group:databases'] }] },
      },
    ],
  })
  const { admin } = there.world
  records = recordsOf(there.world.files.database)
  developer = slackHands(there.world.slack, slackUsers.developer.id)
  owner = slackHands(there.world.slack, slackUsers.databaseOwner.id)
  if (!there.world.teams) throw new Error('this world has both chats')
  inTeams = teamsHands(there.world.teams, teamsAccountOf(slackUsers.databaseOwner.id))

  const update = { capabilities: ['update'] }
  const factor = { controlled_capabilities: ['read'], identity: { group_names: ['managers'], approvals: 1 } }
  const policies = {
    asker: { 'kv/data/*': { capabilities: ['read'], control_group: { ttl: '1h', factor: { boss: factor } } } },
    approver: { 'sys/control-group/authorize': update },
  }
  for (const [name, path] of Object.entries(policies))
    await admin('POST', `sys/policies/acl/${name}`, { policy: JSON.stringify({ path }) })
  await admin('POST', 'sys/auth/staff', { type: 'userpass' })
  const entities: Record<string, string> = {}
  for (const [name, policy] of [
    ['ann', 'asker'],
    ['bob', 'approver'],
  ] as const) {
    await admin('POST', `auth/staff/users/${name}`, { password: 'pw-of-tests', token_policies: [policy] })
    const { auth } = (await toVault('POST', `auth/staff/login/${name}`, '', { password: 'pw-of-tests' })).body
    tokens[name] = auth.client_token
    entities[name] = auth.entity_id
  }
  await admin('POST', 'identity/group', { name: 'managers', member_entity_ids: [entities.bob] })
})
afterAll(async () => {
  await browser?.close()
  await there?.stop()
  await proxy?.stop()
})

type Wrapped = { readonly accessor: string; readonly token: string; readonly creation_path: string }
let asked = 0
/** Each time for another secret, so that its cards are told apart. */
const ask = async (): Promise<Wrapped> => {
  asked += 1
  const path = `kv/data/apps/waits/${asked}`
  await there.world.admin('POST', path, { data: { number: asked } })
  return (await toVault('GET', path, tokens.ann)).body.wrap_info
}
/** The newest message about it that says the words. */
const cardOf = (hands: Hands, { creation_path: path }: Wrapped, words: string) =>
  eventually(() => hands.inbox().findLast(({ text }) => text.includes(path) && text.includes(words)), {
    ...{ limit: 60_000 },
    about: () => `${hands.id} reads “${words}” about ${path}, but: ${hands.inbox().map(({ text }) => text)}`,
  })
const unwrapped = ({ token }: Wrapped) => toVault('POST', 'sys/wrapping/unwrap', token)
const rowOf = ({ accessor }: Wrapped) =>
  records.rows('SELECT id, state, denied_by AS by FROM control_groups WHERE accessor = ?', accessor)[0] as
    | { readonly id: string; readonly state: string; readonly by: string | null }
    | undefined
const untilState = (wrapped: Wrapped, state: string) =>
  eventually(() => rowOf(wrapped)?.state === state && rowOf(wrapped), {
    limit: 60_000,
    about: () => `the control group is ${state}, and not ${rowOf(wrapped)?.state}`,
  })
/** Tells Latchkey in Slack, and waits for the card of the member there. */
const told = async (wrapped: Wrapped) => {
  await developer.command(`control-group ${wrapped.accessor}`)
  return cardOf(owner, wrapped, '[Authorise…]')
}

test('in Slack a member takes the line, authorises with their own token, and who asked is told', async () => {
  await inTeams.command('mine') // from now on Latchkey can write to this person in Teams
  const wrapped = await ask()
  const card = await told(wrapped)
  expect(card.text).toContain('staff-ann')
  await eventually(() => developer.whispers().some(({ text }) => text.includes('The control group is asked')))
  await cardOf(inTeams, wrapped, '[Authorise…]')
  await owner.press(card, 'Authorise…')
  const { text } = await untilView(owner, 'Authorise it yourself')
  expect(text).toContain(`bao write sys/control-group/authorize accessor=${wrapped.accessor}`)
  await owner.closeView()
  expect((await unwrapped(wrapped)).status).toBe(400)
  await toVault('POST', 'sys/control-group/authorize', tokens.bob, { accessor: wrapped.accessor })
  await cardOf(developer, wrapped, 'The control group authorised your request')
  for (const hands of [owner, inTeams]) expect((await cardOf(hands, wrapped, 'staff-bob')).text).toContain('[End it]')
  expect((await unwrapped(wrapped)).body.data.data).toEqual({ number: asked })
})

test('in Teams a member denies with a reason: the wrapping token ends, and who asked reads why', async () => {
  const wrapped = await ask()
  await told(wrapped)
  const card = await cardOf(inTeams, wrapped, '[Authorise…]')
  await inTeams.press(card, 'Deny')
  await untilView(inTeams, 'Deny this at the vault?')
  expect((await inTeams.submit()).closed).toBe(false)
  await inTeams.fill('Reason', 'Please use the replica.')
  await inTeams.submit()
  await untilState(wrapped, 'denied')
  expect((await unwrapped(wrapped)).status).toBe(400)
  const { body } = await toVault('POST', 'sys/control-group/authorize', tokens.bob, { accessor: wrapped.accessor })
  expect(JSON.stringify(body)).toContain('invalid accessor')
  const news = await cardOf(developer, wrapped, 'The control group denied your request')
  expect(news.text).toContain('Please use the replica.')
  await cardOf(owner, wrapped, 'Denied by Database owner')
})

test('the pages do the same after a sign-in, are accessible, and let nobody else decide', async () => {
  const wrapped = await ask()
  const surfer = (human: 'developer' | 'databaseOwner'): Promise<Surfer> =>
    surferIn(there, browser, there.humans[human])
  const asker = await surfer('developer')
  await asker.open('/control-groups')
  await asker.page.getByLabel('The accessor of a wrapped answer').fill('not-an-accessor')
  await asker.press('Ask its members')
  await asker.page.getByText('No request waits for a control group with this accessor.').waitFor()
  await asker.page.getByLabel('The accessor of a wrapped answer').fill(wrapped.accessor)
  await asker.press('Ask its members')
  await asker.page.getByText('The control group is asked').waitFor()
  const { id } = await untilState(wrapped, 'pending')
  await asker.open(`/control-groups/${id}/authorise`)
  await asker.page.getByText('This is your own request, or may be.').waitFor()

  const member = await surfer('databaseOwner')
  await member.open('/waiting')
  await member.follow('Control groups of the vaults')
  await member.see('Control groups of the vaults')
  await check(member.page)
  await member.open(`/control-groups/${id}`)
  await member.see('The vault asks your control group')
  await check(member.page)
  await member.follow('Authorise…')
  await member.see('Authorise it yourself')
  await member.page.getByText(`accessor=${wrapped.accessor}`).waitFor()
  await check(member.page)
  expect(await member.page.locator('input, textarea').filter({ visible: true }).count()).toBe(0)
  await member.open(`/control-groups/${id}/deny-control-group`)
  await check(member.page)
  await member.press('Deny')
  await member.page.getByText('Say why in at least 5 characters').waitFor()
  await member.page.getByLabel('Reason').fill('Not in the middle of the release.')
  await member.press('Deny')
  await untilState(wrapped, 'denied')
  await member.open(`/control-groups/${id}`)
  await member.page.getByText('Not in the middle of the release.').waitFor()
  await Promise.all([asker, member].map(({ context }) => context.close()))
})

const points = around(controlGroupCalls.looks, controlGroupCalls.ends)

test.for(points)('killed $when $words of a denial: it ends all the same, once', async (point) => {
  const wrapped = await ask()
  const card = await told(wrapped)
  await owner.press(card, 'Deny')
  await untilView(owner, 'Deny this at the vault?')
  await owner.fill('Reason', 'Never at night.')
  const killed = proxy.once(point, async () => {
    await there.world.kill()
    return 'cut' as const
  })
  await owner.submit().catch(() => undefined)
  await killed
  await there.world.restart()
  await owner.closeView().catch(() => undefined)
  if (rowOf(wrapped)?.by === null) {
    // It was killed while it looked at it before the press.
    const again = await cardOf(owner, wrapped, '[Authorise…]')
    await owner.press(again, 'Deny')
    await untilView(owner, 'Deny this at the vault?')
    await owner.fill('Reason', 'Never at night.')
    await owner.submit()
  }
  await untilState(wrapped, 'denied')
  expect((await unwrapped(wrapped)).status).toBe(400)
  const { id } = rowOf(wrapped) ?? { id: '' }
  const kinds = records.audit().filter(({ detail }) => detail.controlGroup === id)
  expect(kinds.map(({ kind }) => kind)).toEqual([
    'control-group-reported',
    'control-group-denied',
    'control-group-over',
  ])
})
