import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TeamsSimulatorOptions } from '../../../src/simulator/teams/options.ts'
import { startTeamsSimulator, type TeamsSimulator } from '../../../src/simulator/teams/simulator.ts'

/** An activity as the bot of these tests reads it. */
export type Heard = {
  readonly type: string
  readonly id: string
  readonly name?: string
  readonly text?: string
  readonly value?: Record<string, unknown>
  readonly replyToId?: string
  readonly from: { readonly id: string; readonly aadObjectId?: string }
  readonly conversation: { readonly id: string; readonly tenantId?: string }
  readonly [field: string]: unknown
}
type Received = { readonly activity: Heard; readonly headers: IncomingHttpHeaders }

export const app = '11111111-aaaa-4aaa-8aaa-111111111111'
export const tenant = '22222222-bbbb-4bbb-8bbb-222222222222'
export const dev = '33333333-cccc-4ccc-8ccc-000000000001'
export const boss = '33333333-cccc-4ccc-8ccc-000000000002'
export const guest = '33333333-cccc-4ccc-8ccc-000000000003'
export const channel = '19:access@thread.tacv2'
export const group = '19:oncall@thread.v2'
export const secret = 'secret of these tests'

export const cardType = 'application/vnd.microsoft.card.adaptive'
export const card = (body: readonly object[], more: object = {}) => ({
  type: 'AdaptiveCard',
  version: '1.5',
  body,
  ...more,
})
export const textBlock = (text: string) => ({ type: 'TextBlock', text, wrap: true })
export const message = (content: object) => ({
  type: 'message',
  attachments: [{ contentType: cardType, content }],
})
export const dialog = (title: string, content: object) => ({
  task: { type: 'continue', value: { title, card: { contentType: cardType, content } } },
})

/** What the bot answers: a body with status 200, or nothing for an empty answer. */
export type Answering = (activity: Heard) => unknown

export type Pair = {
  readonly teams: TeamsSimulator
  readonly heard: Received[]
  /** What the bot answers from now on. A promise is waited for; a number is a status. */
  answer(how: Answering): void
  /** The bot's own call of the connector, with a fresh token. */
  call(
    method: string,
    path: string,
    body?: object,
  ): Promise<{ status: number; json: Record<string, unknown>; headers: Headers }>
  /** Posts a message, and returns its id. */
  post(conversation: string, body: object): Promise<string>
  close(): Promise<void>
}

/** A simulated tenant with a small bot that does what each test says. */
export const newPair = async (options: Partial<TeamsSimulatorOptions> = {}): Promise<Pair> => {
  const heard: Received[] = []
  const state: { how: Answering } = { how: () => undefined }
  const bot = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const activity = JSON.parse(Buffer.concat(chunks).toString()) as Heard
      heard.push({ activity, headers: request.headers })
      const answer = await state.how(activity)
      if (typeof answer === 'number') return void response.writeHead(answer).end()
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(answer === undefined ? '' : JSON.stringify(answer))
    })
  })
  await new Promise<void>((resolve) => bot.listen(0, '127.0.0.1', resolve))
  const teams = await startTeamsSimulator({
    app: { id: app },
    tenant,
    appSecret: secret,
    people: [
      { oid: dev, name: 'Developer on call', email: 'dev@example.com' },
      { oid: boss, name: 'Platform lead', email: 'lead@example.com' },
      { oid: guest, name: 'Guest of a partner', email: 'guest@partner.example', role: 'guest' },
    ],
    chats: [
      { id: channel, kind: 'channel', name: 'access', members: [dev, boss] },
      { id: group, kind: 'group', name: 'on call', members: [dev, boss, guest] },
    ],
    endpoint: `http://127.0.0.1:${(bot.address() as AddressInfo).port}/api/messages`,
    ...options,
  })
  const token = async (): Promise<string> => {
    const form = {
      grant_type: 'client_credentials',
      client_id: app,
      client_secret: secret,
      scope: 'https://api.botframework.com/.default',
    }
    const response = await fetch(`${teams.url}/${tenant}/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    })
    return ((await response.json()) as { access_token: string }).access_token
  }
  const call: Pair['call'] = async (method, path, body) => {
    const headers = { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' }
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await fetch(`${teams.serviceUrl}v3/${path}`, { method, headers, ...sent })
    return {
      status: response.status,
      json: (await response.json()) as Record<string, unknown>,
      headers: response.headers,
    }
  }
  return {
    teams,
    heard,
    call,
    answer: (how) => {
      state.how = how
    },
    async post(conversation, body) {
      const { status, json } = await call('POST', `conversations/${encodeURIComponent(conversation)}/activities`, body)
      if (status !== 201) throw new Error(`not posted: ${JSON.stringify(json)}`)
      return String(json.id)
    },
    async close() {
      await teams.close()
      await new Promise((resolve) => {
        bot.close(resolve)
        bot.closeAllConnections()
      })
    },
  }
}
