import type { types } from '@slack/bolt'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { developer, lead, type Pair, startPair } from './bolt-app.ts'
import { button, modal, plain } from './parts.ts'

let pair: Pair
let bodies: Record<string, unknown>[]

beforeEach(async () => {
  pair = await startPair({
    people: [
      { id: developer, name: 'developer', realName: 'Developer on call' },
      { id: lead, name: 'lead', realName: 'Team lead' },
      { id: 'U0PARTNER', name: 'partner', realName: 'Partner', teamId: 'T0OTHER', isStranger: true },
    ],
  })
  bodies = []
  pair.app.use(async ({ body, next }) => {
    bodies.push({ ...body })
    await next()
  })
  pair.app.command('/vault', async ({ command, ack, client }) => {
    await ack()
    await client.views.open({ trigger_id: command.trigger_id, view: modal('First', { notify_on_close: true }) })
  })
})
afterEach(() => pair.stop())

const post = (blocks: types.KnownBlock[]) =>
  pair.app.client.chat.postMessage({ channel: 'C0OPEN', text: 'words', blocks })

async function openFirst() {
  const person = pair.slack.person(developer)
  await person.command('')
  await person.waitForView('First')
  return person
}

describe('answers to a submission', () => {
  test('can put another view in the place of this one, push one on top, or clear all', async () => {
    pair.app.view('First', ({ ack }) => ack({ response_action: 'update', view: modal('Second') }))
    pair.app.view('Second', ({ ack }) => ack({ response_action: 'push', view: modal('Third') }))
    pair.app.view('Third', ({ ack }) => ack({ response_action: 'clear' }))
    const person = await openFirst()
    const first = person.view()?.id
    await person.submit()
    expect(person.view()).toMatchObject({ title: 'Second', id: first })
    await person.submit()
    expect(person.view()?.title).toBe('Third')
    expect(await person.submit()).toMatchObject({ closed: true })
    expect(person.view()).toBeUndefined()
  })

  test('that Slack could not use leave the modal open and say so', async () => {
    pair.app.view('First', ({ ack }) => ack({ response_action: 'errors', errors: { nowhere: 'wrong' } }))
    const person = await openFirst()
    expect(await person.submit()).toMatchObject({ ok: false, error: 'invalid_answer', closed: false })
    expect(person.view()?.trouble).toContain('invalid_answer')
  })
})

describe('closing', () => {
  test('is told to the app when it asked for that', async () => {
    const closed = Promise.withResolvers<boolean>()
    pair.app.view({ callback_id: 'First', type: 'view_closed' }, async ({ ack, body }) => {
      await ack()
      closed.resolve('is_cleared' in body && body.is_cleared)
    })
    const person = await openFirst()
    await person.closeView('all')
    expect(await closed.promise).toBe(true)
    expect(person.view()).toBeUndefined()
  })
})

describe('a look at messages', () => {
  const look = () => pair.slack.person(lead).messages('C0OPEN')[0]

  test('costs no new copy while the message is unchanged, so that tests can look often', async () => {
    await post([{ type: 'section', text: plain('waiting') }])
    const first = look()
    expect(look()).toBe(first)
    expect(pair.slack.messages('C0OPEN')[0]).toBe(first)
  })

  test('stays as it was when the app edits the message', async () => {
    const { ts } = await post([{ type: 'section', text: plain('waiting') }])
    const before = look()
    await pair.app.client.chat.update({ channel: 'C0OPEN', ts: ts ?? '', text: 'done', blocks: [] })
    expect([before?.text, look()?.text]).toEqual(['words', 'done'])
  })

  test('cannot change the message', async () => {
    await post([{ type: 'section', text: plain('waiting') }])
    expect(() => look()?.blocks.pop()).toThrow(TypeError)
  })
})

describe('clicks', () => {
  test('carry who clicked, where, and what the button holds', async () => {
    pair.app.action('go', ({ ack }) => ack())
    await post([{ type: 'actions', elements: [button('Go', 'go', 'request-1')] }])
    const [message] = pair.slack.person('U0PARTNER').messages('C0OPEN')
    if (message === undefined) throw new Error('no message')
    await pair.slack.person('U0PARTNER').click(message, 'Go')
    expect(bodies.at(-1)).toMatchObject({
      type: 'block_actions',
      user: { id: 'U0PARTNER', team_id: 'T0OTHER' },
      team: { id: 'T0TEAM', domain: 'example' },
      channel: { id: 'C0OPEN', name: 'access' },
      container: { type: 'message', message_ts: message.ts, is_ephemeral: false },
      message: { ts: message.ts, text: 'words' },
      actions: [{ type: 'button', action_id: 'go', value: 'request-1', text: { text: 'Go' } }],
    })
  })

  test('of two people at the same instant both arrive', async () => {
    const clicks: string[] = []
    pair.app.action('go', async ({ ack, body }) => {
      clicks.push(body.user.id)
      await ack()
    })
    await post([{ type: 'actions', elements: [button('Go', 'go')] }])
    const [message] = pair.slack.messages('C0OPEN')
    if (message === undefined) throw new Error('no message')
    await Promise.all([developer, lead].map((id) => pair.slack.person(id).click(message, 'Go')))
    expect(clicks.toSorted()).toEqual([developer, lead].toSorted())
  })

  test('reach a button of an older version only when that is asked for', async () => {
    pair.app.action('go', ({ ack }) => ack())
    const { ts } = await post([{ type: 'actions', elements: [button('Go', 'go')] }])
    const [before] = pair.slack.messages('C0OPEN')
    await pair.app.client.chat.update({ channel: 'C0OPEN', ts: ts ?? '', text: 'done', blocks: [] })
    if (before === undefined) throw new Error('no message')
    await expect(pair.slack.person(lead).click(before, 'Go')).rejects.toThrow('no button "Go"')
    expect(await pair.slack.person(lead).click(before, 'Go', { asSeen: true })).toMatchObject({ ok: true })
  })

  test('find the right one of several equal buttons by the words near it', async () => {
    pair.app.action('go', ({ ack }) => ack())
    const row = (name: string): types.KnownBlock => ({
      type: 'section',
      text: plain(name),
      accessory: button('Go', 'go', name),
    })
    await post([row('orders'), row('billing')])
    const [message] = pair.slack.messages('C0OPEN')
    if (message === undefined) throw new Error('no message')
    const person = pair.slack.person(lead)
    await expect(person.click(message, 'Go')).rejects.toThrow('more than one button')
    await person.click(message, 'Go', { near: 'billing' })
    expect(bodies.at(-1)).toMatchObject({ actions: [{ value: 'billing' }] })
  })

  test('on a link button send the click and name the address', async () => {
    pair.app.action('open', ({ ack }) => ack())
    await post([{ type: 'actions', elements: [{ ...button('Open', 'open'), url: 'https://example.com/x' }] }])
    const [message] = pair.slack.messages('C0OPEN')
    if (message === undefined) throw new Error('no message')
    expect(await pair.slack.person(lead).click(message, 'Open')).toMatchObject({
      ok: true,
      url: 'https://example.com/x',
    })
  })
})

describe('the Home tab', () => {
  test('is filled when it is opened, and its buttons work', async () => {
    pair.app.event('app_home_opened', async ({ event, client }) => {
      const blocks: types.KnownBlock[] = [{ type: 'actions', elements: [button('Mine', 'mine')] }]
      await client.views.publish({ user_id: event.user, view: { type: 'home', blocks } })
    })
    pair.app.action('mine', ({ ack }) => ack())
    const person = pair.slack.person(developer)
    await person.openHome()
    await pair.slack.until(() => person.home())
    await person.clickInHome('Mine')
    expect(bodies.at(-1)).toMatchObject({ container: { type: 'view' }, view: { type: 'home' } })
  })
})

test('traffic holds every body in either direction', async () => {
  const person = await openFirst()
  expect(person.view()?.title).toBe('First')
  const all = pair.slack.traffic().join('\n')
  for (const piece of ['command=%2Fvault', 'trigger_id', '"ok":true']) expect(all).toContain(piece)
  expect(pair.slack.calls('views.open')).toHaveLength(1)
})

test('waiting ends with an Error that tells what was there instead', async () => {
  await expect(pair.slack.until(() => false, 10)).rejects.toThrow('did not happen (waited 10 ms)')
})
