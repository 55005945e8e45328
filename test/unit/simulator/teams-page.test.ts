import { get } from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ColumnFragments } from '../../../src/simulator/teams/page/fragments.ts'
import { boss, card, channel, dev, message, newPair, type Pair, textBlock } from './teams-bot.ts'

const frame = 'http://127.0.0.1:4999'
let pair: Pair
beforeEach(async () => {
  pair = await newPair({ framedBy: frame, extraPanels: async () => [{ title: 'Vault', rows: [] }] })
})
afterEach(() => pair.close())

const look = (path: string) => fetch(`${pair.teams.url}${path}`)
const post = (path: string, body: object, headers: Record<string, string> = {}) =>
  fetch(`${pair.teams.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: pair.teams.url, ...headers },
    body: JSON.stringify(body),
  })
const column = async (oid: string, place = ''): Promise<ColumnFragments> =>
  (await look(`/sim/people/${oid}?place=${encodeURIComponent(place)}`)).json() as Promise<ColumnFragments>

test('the page has a column for each person, its own scripts, and the library that draws cards', async () => {
  const response = await look('/')
  const text = await response.text()
  expect(text).toContain('Developer on call')
  const policy = response.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("script-src 'self'")
  expect(policy).toContain(`frame-ancestors ${frame}`)
  const files = [...text.matchAll(/(?:src|href)="(\/page\/[^"]+)"/g)].map(([, path = '']) => path)
  expect(files).toContain('/page/adaptivecards.js')
  for (const path of files) expect((await look(path)).status).toBe(200)
})

test('the page is shown to this machine only, and changed by its own script only', async () => {
  const { port } = new URL(pair.teams.url)
  expect(await statusFor(port, 'evil.example')).toBe(403)
  expect(await statusFor(port, `localhost:${port}`)).toBe(200)
  const action = { do: 'text', text: 'mine', place: '' }
  expect((await post(`/sim/people/${dev}`, action, { origin: 'https://evil.example' })).status).toBe(403)
  expect((await post(`/sim/people/${dev}`, action, { 'content-type': 'text/plain' })).status).toBe(403)
  expect(pair.heard).toEqual([])
})

test('the guard of the page stands not in the way of the bot and its tokens', async () => {
  await pair.post(channel, message(card([textBlock('A card')])))
  expect((await column(boss, channel)).messages).toContain('A card')
  expect((await column(boss)).messages).toContain('Nothing here yet')
})

test('HTML in names, words and cards of the bot stays text', async () => {
  pair.teams.setPerson(dev, { name: '<img src=x>' })
  await pair.post(pair.teams.person(dev).chat, { type: 'message', text: '<script>x</script>' })
  await pair.post(pair.teams.person(dev).chat, message(card([textBlock('"><script>y</script>')])))
  expect(await (await look('/')).text()).not.toContain('<img')
  expect((await column(dev)).messages).not.toContain('<script')
})

test('what a page asks for that is gone is told, and unknown actions are refused', async () => {
  const press = { do: 'press', message: '1', conversation: channel, button: 0, values: {} }
  const gone = await post(`/sim/people/${dev}`, press)
  expect([gone.status, await gone.json()]).toEqual([409, { error: 'the button is gone' }])
  expect((await post(`/sim/people/${dev}`, { do: 'dance' })).status).toBe(400)
  expect((await look('/sim/people/nobody')).status).toBe(404)
})

/** The status for a request whose Host header names another site, as after DNS rebinding. */
const statusFor = (port: string, host: string): Promise<number | undefined> =>
  new Promise((resolve) => {
    get({ port, headers: { host } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
  })
