import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { developer, type Pair, startPair } from './bolt-app.ts'

let pair: Pair
let time = Date.now()

/** What the app remembers of the last command. */
let seen: { trigger_id: string; response_url: string }

beforeEach(async () => {
  pair = await startPair({ now: () => time })
  pair.app.command('/vault', async ({ command, ack }) => {
    seen = command
    await ack()
  })
  await pair.slack.person(developer).command('')
})
afterEach(() => pair.stop())

const modal = { type: 'modal' as const, title: { type: 'plain_text' as const, text: 'Form' }, blocks: [] }
const open = (trigger_id: string) => pair.app.client.views.open({ trigger_id, view: modal })
const refused = (error: string) => ({ data: { error } })
const respond = (body: object) =>
  fetch(seen.response_url, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })

describe('a trigger id', () => {
  test('opens one modal and then no more', async () => {
    expect(await open(seen.trigger_id)).toMatchObject({ ok: true })
    await expect(open(seen.trigger_id)).rejects.toMatchObject(refused('exchanged_trigger_id'))
    await expect(open('1.2.invented')).rejects.toMatchObject(refused('invalid_trigger_id'))
  })

  test('lives three seconds', async () => {
    time += 3000
    expect(await open(seen.trigger_id)).toMatchObject({ ok: true })
    await pair.slack.person(developer).command('')
    time += 3001
    await expect(open(seen.trigger_id)).rejects.toMatchObject(refused('expired_trigger_id'))
  })

  test('can be made to come too late', async () => {
    pair.slack.faults.expireTriggers()
    await pair.slack.person(developer).command('')
    await expect(open(seen.trigger_id)).rejects.toMatchObject(refused('expired_trigger_id'))
  })

  test('pushes at most two modals on top of the first', async () => {
    await open(seen.trigger_id)
    for (const outcome of ['ok', 'ok', 'push_limit_reached']) {
      await pair.slack.person(developer).command('')
      const push = pair.app.client.views.push({ trigger_id: seen.trigger_id, view: modal })
      if (outcome === 'ok') expect(await push).toMatchObject({ ok: true })
      else await expect(push).rejects.toMatchObject(refused(outcome))
    }
  })
})

describe('a response URL', () => {
  test('takes five posts and no sixth', async () => {
    for (let use = 0; use < 5; use += 1) expect((await respond({ text: `number ${use}` })).status).toBe(200)
    expect((await respond({ text: 'too many' })).status).toBe(404)
    expect(pair.slack.person(developer).inbox()).toHaveLength(5)
  })

  test('is good for thirty minutes', async () => {
    time += 30 * 60 * 1000
    expect((await respond({ text: 'just in time' })).status).toBe(200)
    time += 1
    expect((await respond({ text: 'too late' })).status).toBe(404)
  })

  test('shows its answer to one person or to all', async () => {
    await respond({ text: 'for you' })
    await respond({ text: 'for all', response_type: 'in_channel' })
    const shown = pair.slack.person(developer).inbox()
    expect(shown.map((message) => message.ephemeralFor)).toEqual([developer, undefined])
  })

  test('replaces or deletes the message that was clicked, even a whispered one', async () => {
    const person = pair.slack.person(developer)
    const elements = [{ type: 'button', action_id: 'go', text: { type: 'plain_text', text: 'Go' } }]
    await respond({ text: 'choose', blocks: [{ type: 'actions', elements }] })
    pair.app.action('go', async ({ ack, body }) => {
      if ('response_url' in body) seen.response_url = body.response_url
      await ack()
    })
    const [whisper] = person.inbox()
    if (whisper === undefined) throw new Error('nothing was whispered')
    await person.click(whisper, 'Go')
    await respond({ text: 'chosen', replace_original: true })
    expect(person.inbox()).toMatchObject([{ text: 'chosen', ts: whisper.ts, blocks: [] }])
    await respond({ delete_original: true })
    expect(person.inbox()).toEqual([])
  })

  test('refuses what a message would be refused for', async () => {
    expect((await respond({})).status).toBe(400)
    expect((await respond({ blocks: [{ type: 'nonsense' }] })).status).toBe(400)
  })
})
