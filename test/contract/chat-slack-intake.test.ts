import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { newArrivals } from '../../src/chat/intake/arrivals.ts'
import { type Intake, type IntakeLimits, newIntake } from '../../src/chat/intake/bodies.ts'
import { guarded } from '../../src/chat/slack/guard.ts'
import { slackPath } from '../../src/chat/slack/settings.ts'
import { secret } from '../../src/domain/secret.ts'
import { signatureOf } from '../../src/simulator/slack/signing.ts'
import { untilHolds } from '../support/until-holds.ts'

const signingSecret = 'signing secret of this test'
const limits: IntakeLimits = { body: 100_000, bodies: 20, bytes: 400_000, patience: 60_000 }
const command = new URLSearchParams({ command: '/vault', team_id: 'T1', user_id: 'U1', trigger_id: 't', text: '' })

let server: Server | undefined
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  server?.closeAllConnections()
  server?.close()
  server = undefined
})

/** The guard on a port, with what it let through and refused. */
const stand = async (given: Partial<IntakeLimits> = {}) => {
  const taken: unknown[] = []
  const refused: string[] = []
  const intake = newIntake({ ...limits, ...given })
  const errors: object[] = []
  const log = { info: () => {}, warn: () => {}, error: (fields: object) => void errors.push(fields) }
  const deps = {
    ...{ signingSecret: secret(signingSecret), arrivals: newArrivals(), intake, log, now: Date.now },
    ...{ isFirstSight: async () => true, isReady: () => true, refused: (why: string) => void refused.push(why) },
  }
  server = createServer(
    guarded(deps, async (delivery, response) => {
      taken.push(delivery)
      response.writeHead(200).end()
    }),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { intake, taken, refused, errors, port }
}

const plausible = () => ({
  'x-slack-signature': `v0=${'0'.repeat(64)}`,
  'x-slack-request-timestamp': String(Math.floor(Date.now() / 1000)),
})
/** Sends these headers and the beginning of a body, and holds the connection; says what came back. */
const hold = (port: number, headers: Record<string, string>, begin = '', length = 90_000) => {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  let answer = ''
  socket.on('data', (chunk) => (answer += chunk))
  socket.on('error', () => {})
  const lines = Object.entries({ host: 'latchkey', 'content-length': String(length), ...headers })
  socket.write(
    `POST ${slackPath} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${begin}`,
  )
  return { socket, status: () => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]), isClosed: () => socket.closed }
}
const signed = (body: string, time = Math.floor(Date.now() / 1000)) => ({
  'content-type': 'application/x-www-form-urlencoded',
  'x-slack-request-timestamp': String(time),
  'x-slack-signature': signatureOf(signingSecret, time, body),
})
const deliver = async (port: number, body = command.toString()) =>
  (await fetch(`http://127.0.0.1:${port}${slackPath}`, { method: 'POST', headers: signed(body), body })).status

describe('a body is not waited for', () => {
  test.each([
    ['without a signature', {}, 401],
    ['with a signature of another form', { ...plausible(), 'x-slack-signature': 'v0=abc' }, 401],
    ['with a time of long ago', { ...plausible(), 'x-slack-request-timestamp': '1000' }, 401],
    ['that says it is too long', { ...plausible(), 'content-length': '100001' }, 413],
  ])('%s: the answer comes after the headers, and the connection ends', async (_, headers, status) => {
    const { intake, port } = await stand()
    const held = hold(port, headers)
    await untilHolds(() => expect([held.status(), held.isClosed()]).toEqual([status, true]))
    expect(intake.held()).toEqual({ bodies: 0, bytes: 0 })
  })

  test('when it comes too slowly', async () => {
    const { intake, refused, port } = await stand({ patience: 50 })
    const held = hold(port, plausible(), 'payload=')
    await untilHolds(() => expect([held.status(), held.isClosed()]).toEqual([408, true]))
    expect(refused).toEqual(['too slow'])
    expect(intake.held()).toEqual({ bodies: 0, bytes: 0 })
  })

  test.each([
    ['reset', (socket: Socket) => socket.resetAndDestroy()],
    ['closed', (socket: Socket) => socket.end()],
  ])('when its connection is %s in the middle: it is counted as refused, and is no error', async (_, leave) => {
    const { intake, taken, refused, errors, port } = await stand()
    for (let n = 0; n < 5; n += 1) {
      const held = hold(port, plausible(), 'payload=')
      await untilHolds(() => expect(intake.held()).toMatchObject({ bodies: 1, bytes: expect.any(Number) }))
      leave(held.socket)
      await untilHolds(() => expect(refused).toHaveLength(n + 1))
    }
    expect([...new Set(refused), ...errors, ...taken]).toEqual(['aborted'])
    expect(intake.held()).toEqual({ bodies: 0, bytes: 0 })
    expect(await deliver(port)).toBe(200)
  })

  test('when it turns out too long, though it did not say so', async () => {
    const { intake, port } = await stand()
    const held = hold(port, { ...plausible(), 'content-length': '90000' }, '')
    held.socket.destroy()
    const body = async function* () {
      for (let part = 0; part < 20; part += 1) yield new TextEncoder().encode('x'.repeat(10_000))
    }
    const answer = await fetch(`http://127.0.0.1:${port}${slackPath}`, {
      method: 'POST',
      headers: plausible(),
      body: ReadableStream.from(body()),
      duplex: 'half',
    } as RequestInit).catch(() => ({ status: 413 }))
    expect(answer.status).toBe(413)
    await untilHolds(() => expect(intake.held()).toEqual({ bodies: 0, bytes: 0 }))
  })
})

describe('900 connections that are held in the middle of a body', () => {
  const most = (intake: Intake) => {
    const seen = { bodies: 0, bytes: 0 }
    const look = () => {
      const now = intake.held()
      seen.bodies = Math.max(seen.bodies, now.bodies)
      seen.bytes = Math.max(seen.bytes, now.bytes)
    }
    return { seen, look }
  }

  test('hold no more than a few bodies and bytes, and a delivery in between is taken each time', async () => {
    const { intake, taken, refused, port } = await stand()
    const { seen, look } = most(intake)
    for (let round = 0; round < 18; round += 1) {
      const held = Array.from({ length: 50 }, () => hold(port, plausible(), 'x'.repeat(80_000)))
      await Promise.all(held.map(({ socket }) => once(socket, 'connect')))
      look()
      expect(await deliver(port, `${command}&n=${round}`)).toBe(200)
      look()
    }
    expect(taken).toHaveLength(18)
    await untilHolds(() => expect(refused.length).toBeGreaterThanOrEqual(900 - limits.bodies))
    expect(new Set(refused)).toEqual(new Set(['too slow']))
    expect(seen.bodies).toBeLessThanOrEqual(limits.bodies)
    expect(seen.bytes).toBeLessThanOrEqual(limits.bytes)
  })

  test('count each part, so that many tiny ones are not free', async () => {
    const { intake, port } = await stand({ bytes: 10_000 })
    const held = hold(port, plausible())
    await untilHolds(() => expect(intake.held().bodies).toBe(1))
    const drip = setInterval(() => held.socket.write('x'), 1)
    await untilHolds(() => expect(held.status()).toBe(408))
    clearInterval(drip)
    expect(intake.held()).toEqual({ bodies: 0, bytes: 0 })
  })
})

test('what is signed and no delivery gets 400, and the next delivery is taken', async () => {
  const { taken, refused, port } = await stand()
  const wrong = ['text=hello', 'payload=7', 'payload=["a"]', 'payload={"type":"invented"}', 'command=vault&user_id=U1']
  for (const body of wrong) expect(await deliver(port, body)).toBe(400)
  expect(refused).toEqual(wrong.map(() => 'of no known shape'))
  expect(await deliver(port)).toBe(200)
  expect(taken).toEqual([Object.fromEntries(command)])
  expect(await deliver(port, 'ssl_check=1&token=x')).toBe(200)
  expect(taken).toHaveLength(1)
})

test('the text with which Slack tests the address is sent back to Slack alone', async () => {
  const { taken, port } = await stand()
  const url = `http://127.0.0.1:${port}${slackPath}`
  const body = JSON.stringify({ type: 'url_verification', token: 'x', challenge: 'say-this-again' })
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(url, { method: 'POST', headers: { ...signed(body), ...headers }, body })
  expect([answer.status, await answer.text()]).toEqual([200, 'say-this-again'])
  expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(401)
  expect(taken).toEqual([])
})
