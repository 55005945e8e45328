import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ColumnFragments } from '../../../src/simulator/slack/page/fragments.ts'
import { developer, lead, type Pair, startPair } from './bolt-app.ts'
import { scriptedApp } from './scripted-app.ts'

let pair: Pair
beforeEach(async () => {
  pair = await startPair({
    extraPanels: async () => [{ title: 'Vault', rows: [{ label: 'kv/<orders>', value: '2' }] }],
  })
  scriptedApp(pair.app)
})
afterEach(() => pair.stop())

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${pair.slack.url}${path}`, { headers })

/** Posts as the page's script does. */
const post = (path: string, body: object, headers: Record<string, string> = {}) =>
  fetch(`${pair.slack.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: pair.slack.url, ...headers },
    body: JSON.stringify(body),
  })

const column = async (id: string, place = ''): Promise<ColumnFragments> =>
  (await get(`/sim/people/${id}?place=${place}`)).json() as Promise<ColumnFragments>
const command = (text: string) => post(`/sim/people/${developer}`, { do: 'text', text, place: '' })

describe('the page', () => {
  test('shows a column for each person and runs no script but its own', async () => {
    const response = await get('/')
    const text = await response.text()
    expect(text).toContain('Developer on call')
    expect(text).toContain('Team lead')
    expect(response.headers.get('content-security-policy')).toContain("script-src 'self'")
    for (const [, path = ''] of text.matchAll(/(?:src|href)="(\/page\/[^"]+)"/g))
      expect((await get(path)).status).toBe(200)
  })

  test('is shown to this machine only and changed by its own script only', async () => {
    const { hostname, port } = new URL(pair.slack.url)
    expect(hostname).toBe('127.0.0.1')
    expect(await statusFor(Number(port), 'evil.example')).toBe(403)
    expect(await statusFor(Number(port), `localhost:${port}`)).toBe(200)
    const action = { do: 'text', text: '/vault help', place: '' }
    const path = `/sim/people/${developer}`
    expect((await post(path, action, { origin: 'https://evil.example' })).status).toBe(403)
    expect((await post(path, action, { 'content-type': 'text/plain' })).status).toBe(403)
    expect(pair.slack.person(developer).inbox()).toEqual([])
  })

  test('plays a request through the same drivers as tests', async () => {
    await command('/vault request')
    const view = await pair.slack.person(developer).waitForView('request')
    expect((await column(developer)).modal.markup).toContain('Request access')
    const act = (body: object) => post(`/sim/people/${developer}`, { place: 'modal', ...body })
    await act({ do: 'type', block: 'reason', element: 'text', text: 'deploy failed', isQuiet: true })
    await act({ do: 'choose', block: 'role', element: 'role', values: ['read'] })
    const found = await act({ do: 'search', block: 'secret', element: 'secret', query: 'orders' })
    expect(await found.json()).toMatchObject({ options: [{ value: 'database/orders' }] })
    await act({ do: 'choose', block: 'secret', element: 'secret', values: ['database/orders'] })
    expect(await (await act({ do: 'submit' })).json()).toMatchObject({ closed: true })
    expect(view.id).not.toBe('')

    const card = await pair.slack.person(lead).waitForMessage('asks for database/orders')
    expect((await column(lead)).messages).toContain('data-title="Approve?"')
    const place = { channel: card.channel, ts: card.ts }
    const block = card.blocks.find((candidate) => candidate.type === 'actions')?.block_id
    await post(`/sim/people/${lead}`, { do: 'press', place, block, element: 'approve' })
    await pair.slack.person(lead).waitForMessage('Approved by')
  })

  test('escapes whatever the app and people say', async () => {
    const { client } = pair.app
    await client.chat.postMessage({ channel: developer, text: '&lt;script&gt;alert(1)&lt;/script&gt; "quoted"' })
    const blocks = [{ type: 'section', text: { type: 'plain_text', text: '<img src=x onerror=alert(1)>' } }]
    await client.chat.postMessage({ channel: developer, text: 'x', blocks })
    const { messages } = await column(developer)
    expect(messages).not.toMatch(/<script|<img/)
    expect(messages).toContain('&lt;img src=x')
    expect(await (await get('/sim/panels')).text()).toContain('kv/&lt;orders&gt;')
  })

  test('opens no address but http and https', async () => {
    const button = (url: string) => ({
      type: 'button' as const,
      text: { type: 'plain_text' as const, text: 'Go' },
      url,
    })
    const blocks = [
      { type: 'actions' as const, elements: [button('javascript:alert(1)'), button('http://127.0.0.1/x')] },
    ]
    await pair.app.client.chat.postMessage({ channel: developer, text: '<javascript:alert(1)|here>', blocks })
    const { messages } = await column(developer)
    expect(messages).not.toContain('href="javascript')
    expect(messages).toContain('href="http://127.0.0.1/x"')
  })

  test('says what is wrong with a line that is no command', async () => {
    const answer = await command('hello')
    expect(answer.status).toBe(409)
    expect(await answer.json()).toMatchObject({ error: expect.stringContaining('begin with a slash') })
  })

  test('shows whispers to nobody else', async () => {
    await command('/vault help')
    expect((await column(developer)).messages).toContain('Only visible to you')
    expect((await column(lead, pair.slack.messages()[0]?.channel)).messages).not.toContain('Try: request')
  })

  test('switches faults on and off', async () => {
    await post('/sim/faults', { kind: 'lose-answer', method: 'chat.update', times: '2' })
    expect(pair.slack.faults.pending()).toMatchObject([{ kind: 'lose-answer', method: 'chat.update', times: 2 }])
    await post('/sim/faults', { kind: 'clear' })
    expect(pair.slack.faults.pending()).toEqual([])
  })

  test('hears of changes as they happen', async () => {
    const stop = new AbortController()
    const response = await fetch(`${pair.slack.url}/sim/changes`, { signal: stop.signal })
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader?.read())?.value).toContain('hello')
    await pair.app.client.chat.postMessage({ channel: developer, text: 'news' })
    expect((await reader?.read())?.value).toContain('change')
    stop.abort()
  })
})

/** The status of the page for a browser that believes the simulator has this name. */
async function statusFor(port: number, host: string): Promise<number | undefined> {
  const { get: request } = await import('node:http')
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path: '/', headers: { host } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).on('error', reject)
  })
}
