import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { fetchForAnswers } from '../../src/chat/slack/clients.ts'
import { evolve } from '../../src/domain/grant.ts'
import { refuse } from '../../src/domain/refusal.ts'
import { timestamp } from '../../src/domain/time.ts'
import type { Loaded } from '../../src/ports.ts'
import type { Faults } from '../../src/simulator/slack/faults.ts'
import { signatureOf } from '../../src/simulator/slack/signing.ts'
import { untilHolds } from '../support/until-holds.ts'
import { active, fakeUseCases, type Stage, stage } from './chat-fakes.ts'
import { grantOf } from './store-samples.ts'

let running: Stage | undefined
afterEach(async () => {
  await running?.stop()
  running = undefined
  for (const server of servers.splice(0)) server.close()
})

const at = (apiUrl?: string) => ({ settings: { apiUrl }, outbound: { fetch } })
const servers: Server[] = []
/** A server on a port, and what was asked of it. */
const listening = async (listener: RequestListener = (_, response) => response.end('ok')) => {
  const asked: unknown[] = []
  const server = createServer((request, response) => {
    asked.push(request.url)
    listener(request, response)
  })
  servers.push(server.listen(0, '127.0.0.1'))
  await once(server, 'listening')
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const play = async (overrides: Parameters<typeof fakeUseCases>[0] = {}) => {
  const useCases = fakeUseCases(overrides)
  running = await stage(useCases)
  const { slack, logs } = running
  return { useCases, slack, logs, dev: slack.person('U0DEV') }
}
/** The same server under a name that is not the configured host. */
const elsewhere = (url: string) => url.replace('127.0.0.1', 'localhost')
const notTaken = (code: string) => expect.objectContaining({ message: 'Slack did not take an answer', code })

describe('an answer that Slack does not take', () => {
  test.each<[string, string, (faults: Faults) => void]>([
    ['because it is away', 'chat-unreachable', (faults) => faults.drop('response_url')],
    ['because it says nothing', 'chat-unreachable', (faults) => faults.hang('response_url')],
    ['because it fails', 'chat-unavailable', (faults) => faults.serverError('response_url')],
    ['because it is asked too often', 'chat-unavailable', (faults) => faults.rateLimit('response_url')],
  ])('%s is noted as its trouble, and no bug of ours', async (_, code, fail) => {
    const { useCases, slack, logs, dev } = await play()
    fail(slack.faults)
    await dev.command('status')
    await untilHolds(() => expect(logs).toContainEqual(notTaken(code)))
    expect(logs.filter((line) => 'reference' in line)).toEqual([])
    expect(useCases.refusals).toEqual([])
    await dev.command('status')
    await dev.waitForMessage('Status')
  })

  test('does not call what was done a failure', async () => {
    const { useCases, slack, logs, dev } = await play()
    await dev.command('mine')
    const list = await dev.waitForMessage('Your access')
    slack.faults.serverError('chat.postEphemeral')
    await dev.press(list, 'Give back now')
    await untilHolds(() => expect(logs).toContainEqual(notTaken('chat-unavailable')))
    expect(useCases.calls).toMatchObject([{ verb: 'revokeGrant' }])
    expect(useCases.refusals).toEqual([])
    expect(dev.inbox()).toHaveLength(1)
  })

  test('to a refusal leaves the refusal in the audit', async () => {
    const { useCases, slack, logs } = await play()
    slack.faults.drop('response_url')
    await slack.person('U0NEW').command('status')
    await untilHolds(() => expect(logs).toContainEqual(notTaken('chat-unreachable')))
    expect(useCases.refusals).toMatchObject([{ refusal: { code: 'unknown-person' } }])
    expect(logs.filter((line) => 'reference' in line)).toEqual([])
  })
})

describe('an answer that cannot be kept up to date', () => {
  test('says as of when it is true: lists, what was done, and refusals about a state', async () => {
    const { dev } = await play({
      mayCancel: async () => refuse({ code: 'not-pending', state: 'approved' }),
    })
    await dev.command('mine')
    const list = await dev.waitForMessage('Your access')
    expect(dev.textOf(list)).toContain('As of')
    await dev.press(list, 'Give back now')
    expect(dev.textOf(await dev.waitForMessage('Thank you'))).toContain('As of')
    await dev.press(list, 'Cancel request')
    expect(dev.textOf(await dev.waitForMessage('has already been approved'))).toContain('As of')
  })

  test('is followed by the proof of the end that it announced, for the same person alone', async () => {
    const proof = { means: 'canary', at: timestamp(0), latency: 51 } as const
    const proved = Promise.withResolvers<Loaded>()
    const { dev } = await play({ provedEnd: () => proved.promise })
    await dev.command('mine')
    await dev.press(await dev.waitForMessage('Your access'), 'Give back now')
    await dev.waitForMessage('The access is being ended now')
    expect(dev.inbox().some((message) => dev.textOf(message).includes('Ended'))).toBe(false)
    const asked = evolve(grantOf(active), { kind: 'revoke-asked', because: 'given-back' }, timestamp(0))
    proved.resolve({ ...active, grant: evolve(asked, { kind: 'revoked', proof }, timestamp(0)) })
    const told = await dev.waitForMessage('given back')
    expect([dev.textOf(told), told.ephemeralFor]).toEqual([expect.stringMatching(/kv\/apps\/db.*51 ms/s), 'U0DEV'])
  })
})

describe('the address that a delivery names for its answer', () => {
  const post = { method: 'POST', body: '{}' }

  test('is called at Slack’s own host or at that of the configured API, and nowhere else', async () => {
    const ours = await listening()
    const other = await listening()
    const send = fetchForAnswers(at(`${ours.url}/api/`))
    expect((await send(`${ours.url}/commands/T1/x`, post)).status).toBe(200)
    const port = new URL(ours.url).port
    for (const url of [
      `${elsewhere(other.url)}/commands/T1/x`,
      `http://localhost:${port}/`,
      `https://127.0.0.1:${port}/`,
      `http://somebody:secret@127.0.0.1:${port}/`,
      'http://hooks.slack.com/commands/T1/x',
      'https://hooks.slack.com:444/commands/T1/x',
      'https://hooks.slack.com.example.com/commands/T1/x',
      'https://somebody@hooks.slack.com/commands/T1/x',
      'https://example.com/?https://hooks.slack.com/',
      'file:///etc/hostname',
      'not an address',
      '',
    ]) {
      await expect(send(url, post), url).rejects.toMatchObject({ code: 'foreign-address', transient: false })
    }
    await expect(fetchForAnswers(at())(`${ours.url}/commands/T1/x`, post)).rejects.toMatchObject({
      code: 'foreign-address',
    })
    expect([ours.asked.length, other.asked.length]).toEqual([1, 0])
  })

  test('leads nowhere else by a redirect', async () => {
    const other = await listening()
    const ours = await listening((_, response) => response.writeHead(307, { location: `${other.url}/` }).end())
    const send = fetchForAnswers(at(`${ours.url}/api/`))
    await expect(send(`${ours.url}/commands/T1/x`, post)).rejects.toMatchObject({ code: 'chat-unreachable' })
    expect(other.asked).toEqual([])
  })

  test('is not called when a signed delivery names another one, and that is no bug of ours', async () => {
    const other = await listening()
    const { slack, logs, dev } = await play()
    await dev.command('status')
    await dev.waitForMessage('Status')
    const delivery = slack.deliveries().at(-1)
    if (!delivery) throw new Error('a command was delivered')
    const body = new URLSearchParams(delivery.body)
    body.set('response_url', `${elsewhere(other.url)}/commands/T1/x`)
    const time = Math.floor(Date.now() / 1000)
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': String(time),
      'x-slack-signature': signatureOf('signing secret of this test', time, body.toString()),
    }
    expect((await fetch(delivery.url, { method: 'POST', headers, body: body.toString() })).status).toBe(200)
    await untilHolds(() => expect(logs).toContainEqual(notTaken('foreign-address')))
    expect(other.asked).toEqual([])
    expect(logs.filter((line) => 'reference' in line)).toEqual([])
  })
})
