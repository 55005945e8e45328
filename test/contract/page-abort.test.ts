import { connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { instanceId } from '../../src/domain/ids.ts'
import { timestamp } from '../../src/domain/time.ts'
import type { FetchUseCases } from '../../src/http/fetch-page.ts'
import { type RunningServer, startServer } from '../../src/http/server.ts'
import { untilHolds } from '../support/until-holds.ts'

let server: RunningServer | undefined
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await server?.close()
})

const nonce = 'a'.repeat(43)
const unusable = async () => ({ kind: 'unusable' }) as const

/** Our pages on a port, with what they log as an error. */
const stand = async (over: Partial<FetchUseCases> = {}) => {
  const errors: object[] = []
  const fetch: FetchUseCases = {
    ...{ lookAtLink: unusable, redeemLink: unusable, reportLink: unusable, revealCredential: unusable },
    confirmLink: async () => ({ kind: 'unusable' }) as never,
    ...over,
  }
  server = await startServer({
    ...{
      host: '127.0.0.1',
      port: 0,
      fetch,
      publicUrl: 'http://localhost',
      readiness: {},
      instance: instanceId('i0pages'),
      entrances: () => [],
    },
    clock: { now: () => timestamp(Date.now()) },
    log: { warn: () => {}, error: (fields) => void errors.push(fields) },
  })
  return { errors, url: server.url }
}
/** Begins a request, and waits until the server has its headers. */
const begin = async (url: string, path: string, framing: string): Promise<Socket> => {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  sockets.push(socket)
  socket.on('error', () => {})
  let answer = ''
  socket.on('data', (part) => (answer += part))
  const type = 'content-type: application/x-www-form-urlencoded'
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: x\r\n${type}\r\n${framing}\r\nExpect: 100-continue\r\n\r\n${framing.startsWith('Transfer') ? '5\r\nform=\r\n' : 'form='}`,
  )
  await untilHolds(() => expect(answer).toContain('100 Continue'))
  return socket
}

const framings = ['Content-Length: 100', 'Transfer-Encoding: chunked']
const pages = [`/fetch/${nonce}`, `/fetch/${nonce}/reveal`, `/fetch/${nonce}/report`]
const ways = pages.flatMap((page) => framings.map((framing) => [page.replace(nonce, '…'), framing, page] as const))

test.each(ways)('a form at %s (%s) whose sender goes before its end is nobody’s error', async (_, framing, page) => {
  const { errors, url } = await stand()
  for (let n = 0; n < 5; n += 1) {
    const socket = await begin(url, page, framing)
    socket.resetAndDestroy()
  }
  // It takes no more requests, and waits for those under way.
  await server?.close()
  expect(errors).toEqual([])
})

test('what fails for a sender who is still there, or sent all of it, is logged', async () => {
  const { errors, url } = await stand({ lookAtLink: () => Promise.reject(new Error('broken')) })
  const answer = await fetch(`${url}/fetch/${nonce}`)
  expect(answer.status).toBe(500)
  expect(errors).toMatchObject([{ name: 'Error' }])
})
