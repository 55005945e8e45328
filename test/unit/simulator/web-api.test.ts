import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SimulatorOptions } from '../../../src/simulator/slack/options.ts'
import { type SlackSimulator, startSlackSimulator } from '../../../src/simulator/slack/simulator.ts'
import { developer, lead, simulatorOptions } from './bolt-app.ts'

let slack: SlackSimulator
let time = 1_800_000_000_000

async function start(options: Partial<SimulatorOptions> = {}): Promise<void> {
  slack = await startSlackSimulator({ ...simulatorOptions, now: () => time, ...options })
}
beforeEach(() => start())
afterEach(() => slack.close())

/** Calls the Web API with a JSON body. */
async function call(method: string, args: object = {}, token: string | undefined = simulatorOptions.botToken) {
  const authorization = token === '' ? {} : { authorization: `Bearer ${token}` }
  const headers = { 'content-type': 'application/json', ...authorization }
  const response = await fetch(`${slack.apiUrl}${method}`, { method: 'POST', headers, body: JSON.stringify(args) })
  return (await response.json()) as Record<string, unknown>
}

const section = (text: string) => [{ type: 'section', text: { type: 'mrkdwn', text } }]

test('a channel takes one message or edit a second where that is the rule; other channels do not wait', async () => {
  await slack.close()
  await start({ messagesApart: 1_000 })
  const post = (channel: string) => call('chat.postMessage', { channel, text: 'hi' })
  const { channel, ts } = await post(developer)
  expect(await post(String(channel))).toMatchObject({ ok: false, error: 'ratelimited' })
  expect(await call('chat.update', { channel, ts, text: 'changed' })).toMatchObject({ error: 'ratelimited' })
  expect(slack.calls('chat.update').at(-1)).toMatchObject({ status: 429 })
  expect(await post(lead)).toMatchObject({ ok: true })
  time += 1_000 // the refused calls did not count
  expect(await call('chat.update', { channel, ts, text: 'changed' })).toMatchObject({ ok: true })
  expect(await post(developer)).toMatchObject({ error: 'ratelimited' })
})

describe('tokens and scopes', () => {
  test('are checked before anything else', async () => {
    expect(await call('auth.test')).toMatchObject({ ok: true, user_id: 'U0LATCHBOT', team_id: 'T0TEAM' })
    expect(await call('auth.test', {}, '')).toMatchObject({ ok: false, error: 'not_authed' })
    expect(await call('auth.test', {}, 'xoxb-other')).toMatchObject({ error: 'invalid_auth' })
    expect(await call('chat.postMessage', {}, simulatorOptions.appToken)).toMatchObject({
      error: 'not_allowed_token_type',
    })
    expect(await call('apps.connections.open')).toMatchObject({ error: 'not_allowed_token_type' })
    expect(await call('chat.sing')).toMatchObject({ error: 'unknown_method' })
  })

  test('tell which scope is missing, and hide addresses without theirs', async () => {
    await slack.close()
    await start({ scopes: ['chat:write', 'users:read'] })
    const refusal = { error: 'missing_scope', needed: 'im:write', provided: 'chat:write,users:read' }
    expect(await call('conversations.open', { users: developer })).toMatchObject(refusal)
    expect(await call('users.info', { user: developer })).not.toHaveProperty('user.profile.email')
  })

  test('may come in a form as well', async () => {
    const body = new URLSearchParams({
      token: simulatorOptions.botToken,
      channel: developer,
      blocks: JSON.stringify(section('hi')),
    })
    const response = await fetch(`${slack.apiUrl}chat.postMessage`, { method: 'POST', body })
    expect(await response.json()).toMatchObject({ ok: true, channel: 'D0DEVELOPER' })
    expect(slack.calls('chat.postMessage')[0]?.args).not.toHaveProperty('token')
  })
})

describe('messages', () => {
  test('go only where the bot may write', async () => {
    const post = (channel: string) => call('chat.postMessage', { channel, text: 'hello' })
    expect(await post('C0OPEN')).toMatchObject({ ok: true })
    expect(await post('C0ELSE')).toMatchObject({ error: 'not_in_channel' })
    expect(await post('C0NOWHERE')).toMatchObject({ error: 'channel_not_found' })
    expect(await post(developer)).toMatchObject({ ok: true, channel: 'D0DEVELOPER' })
  })

  test('do not go to deactivated people, by whatever name of their conversation', async () => {
    const first = await call('chat.postMessage', { channel: lead, text: 'hi' })
    slack.setUser(lead, { deleted: true })
    expect(await call('conversations.open', { users: lead })).toMatchObject({ error: 'user_disabled' })
    expect(await call('chat.postMessage', { channel: lead, text: 'hi' })).toMatchObject({ error: 'channel_not_found' })
    const known = { channel: first.channel, text: 'hi' }
    expect(await call('chat.postMessage', known)).toMatchObject({ error: 'channel_not_found' })
    // What was said before stays, and can be corrected.
    expect(await call('chat.update', { ...known, ts: first.ts, text: 'bye' })).toMatchObject({ ok: true })
    slack.setUser(lead, { deleted: false })
    expect(await call('chat.postMessage', known)).toMatchObject({ ok: true })
  })

  test('to deactivated people are lost where Slack takes them all the same', async () => {
    await slack.close()
    await start({ takesMailForDeactivated: true })
    const { channel } = await call('chat.postMessage', { channel: lead, text: 'hi' })
    slack.setUser(lead, { deleted: true })
    expect(await call('conversations.open', { users: lead })).toMatchObject({ error: 'user_disabled' })
    expect(await call('chat.postMessage', { channel, text: 'hi' })).toMatchObject({ ok: true })
  })

  test('do not go to a channel that was archived or that the app has left', async () => {
    const refusal = async () => (await call('chat.postMessage', { channel: 'C0OPEN', text: 'hi' })).error
    slack.setChannel('C0OPEN', { isArchived: true })
    expect(await refusal()).toBe('is_archived')
    slack.setChannel('C0OPEN', { isArchived: false, hasApp: false })
    expect(await refusal()).toBe('not_in_channel')
    slack.setChannel('C0OPEN', { hasApp: true })
    expect(await refusal()).toBeUndefined()
  })

  test('need words, not too many, and valid blocks', async () => {
    const post = (content: object) => call('chat.postMessage', { channel: developer, ...content })
    expect(await post({})).toMatchObject({ error: 'no_text' })
    expect(await post({ text: 'x'.repeat(40_001) })).toMatchObject({ error: 'msg_too_long' })
    expect(await post({ blocks: 'not json' })).toMatchObject({ error: 'invalid_blocks_format' })
    expect(await post({ blocks: section('') })).toMatchObject({
      error: 'invalid_blocks',
      response_metadata: { messages: ['[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]'] },
    })
  })

  test('are edited and deleted in place, with their time as the key', async () => {
    const { ts } = await call('chat.postMessage', { channel: 'C0OPEN', text: 'one', unfurl_links: false })
    expect(await call('chat.update', { channel: 'C0OPEN', ts, text: 'two' })).toMatchObject({
      ok: true,
      ts,
      text: 'two',
    })
    expect(slack.messages('C0OPEN')).toMatchObject([{ ts, text: 'two', version: 2, unfurlLinks: false }])
    expect(await call('chat.update', { channel: 'C0OPEN', ts: '1.2', text: 'x' })).toMatchObject({
      error: 'message_not_found',
    })
    expect(await call('chat.getPermalink', { channel: 'C0OPEN', message_ts: ts })).toMatchObject({ ok: true })
    expect(await call('chat.delete', { channel: 'C0OPEN', ts })).toMatchObject({ ok: true })
    expect(slack.messages('C0OPEN')).toEqual([])
  })

  test('never share a time, even when the clock stands still', async () => {
    const first = await call('chat.postMessage', { channel: 'C0OPEN', text: 'one' })
    const second = await call('chat.postMessage', { channel: 'C0OPEN', text: 'two' })
    expect(Number(second.ts)).toBeGreaterThan(Number(first.ts))
  })

  test('for one person only are shown to nobody else and cannot be edited', async () => {
    const posted = await call('chat.postEphemeral', { channel: 'C0OPEN', user: developer, text: 'psst' })
    expect(slack.person(developer).messages('C0OPEN')).toMatchObject([{ text: 'psst', ephemeralFor: developer }])
    expect(slack.person(lead).messages('C0OPEN')).toEqual([])
    const update = { channel: 'C0OPEN', ts: posted.message_ts, text: 'x' }
    expect(await call('chat.update', update)).toMatchObject({ error: 'message_not_found' })
    const stranger = { channel: 'C0OPEN', user: 'U0NOBODY', text: 'psst' }
    expect(await call('chat.postEphemeral', stranger)).toMatchObject({ error: 'user_not_in_channel' })
  })
})

describe('people and groups', () => {
  test('are found by id, by address and page by page', async () => {
    expect(await call('users.info', { user: lead })).toMatchObject({ user: { real_name: 'Team lead', is_bot: false } })
    expect(await call('users.info', { user: 'U0NOBODY' })).toMatchObject({ error: 'user_not_found' })
    expect(await call('users.lookupByEmail', { email: 'lead@example.com' })).toMatchObject({ user: { id: lead } })
    expect(await call('users.lookupByEmail', { email: 'x@example.com' })).toMatchObject({ error: 'users_not_found' })
    const first = await call('users.list', { limit: 2 })
    const { next_cursor: cursor } = first.response_metadata as { next_cursor: string }
    const second = await call('users.list', { limit: 2, cursor })
    expect(second).toMatchObject({ members: [{ id: 'U0LATCHBOT' }], response_metadata: { next_cursor: '' } })
  })

  test('show guests, strangers and deactivated accounts as Slack does', async () => {
    slack.setUser('U0GUEST', { realName: 'Contractor', isUltraRestricted: true })
    slack.setUser('U0PARTNER', { realName: 'Partner', isStranger: true, teamId: 'T0OTHER' })
    slack.setUser(lead, { deleted: true })
    expect(await call('users.info', { user: 'U0GUEST' })).toMatchObject({ user: { is_ultra_restricted: true } })
    expect(await call('users.info', { user: 'U0PARTNER' })).toMatchObject({
      user: { is_stranger: true, team_id: 'T0OTHER' },
    })
    expect(await call('users.info', { user: lead })).toMatchObject({ user: { deleted: true } })
    expect(await call('users.lookupByEmail', { email: 'lead@example.com' })).toMatchObject({ error: 'users_not_found' })
    expect(await call('conversations.open', { users: lead })).toMatchObject({ error: 'user_disabled' })
    expect(await call('conversations.open', { users: 'U0LATCHBOT' })).toMatchObject({ error: 'cannot_dm_bot' })
  })

  test('belong to user groups that can change', async () => {
    expect(await call('usergroups.users.list', { usergroup: 'S0OWNERS' })).toMatchObject({ users: [lead] })
    slack.setUserGroup('S0OWNERS', [developer])
    expect(await call('usergroups.users.list', { usergroup: 'S0OWNERS' })).toMatchObject({ users: [developer] })
    expect(await call('usergroups.users.list', { usergroup: 'S0NONE' })).toMatchObject({ error: 'no_such_subteam' })
    expect(await call('usergroups.list')).toMatchObject({ usergroups: [{ handle: 'owners' }] })
    expect(await call('team.info')).toMatchObject({ team: { domain: 'example' } })
  })
})

describe('Home tabs', () => {
  const home = (text: string) => ({ type: 'home', blocks: section(text) })

  test('are published per person and guarded by their hash', async () => {
    const { view } = await call('views.publish', { user_id: developer, view: home('one') })
    const { hash } = view as { hash: string }
    expect(slack.person(developer).home()?.text).toBe('one')
    expect(slack.person(lead).home()).toBeUndefined()
    expect(await call('views.publish', { user_id: developer, hash, view: home('two') })).toMatchObject({ ok: true })
    expect(await call('views.publish', { user_id: developer, hash, view: home('three') })).toMatchObject({
      error: 'hash_conflict',
    })
    expect(await call('views.update', { view_id: 'V0NONE', view: home('x') })).toMatchObject({ error: 'not_found' })
  })
})

test('times pass as the given clock says', async () => {
  time += 60_000
  const { ts } = await call('chat.postMessage', { channel: 'C0OPEN', text: 'later' })
  expect(Math.floor(Number(ts))).toBe(time / 1000)
})
