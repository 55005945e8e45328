import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { systemClock } from '../../src/clock.ts'
import { connectorLine } from '../../src/connectors/remote/connector-line.ts'
import { drawKey } from '../../src/connectors/remote/keys.ts'
import { BadMessage, sealer } from '../../src/connectors/remote/sealed.ts'

const [server, other, own] = [drawKey().key, drawKey().key, drawKey().key]
const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

/** A connector's end of a real line, the server's bare socket, and the orders that ran. */
const lineOf = async (connection = 'c-1') => {
  const sockets = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(sockets, 'listening')
  const socket = new WebSocket(`ws://127.0.0.1:${(sockets.address() as AddressInfo).port}`)
  const [[far]] = await Promise.all([once(sockets, 'connection'), once(socket, 'open')])
  const ran: string[] = []
  const line = connectorLine({
    dialled: {
      ...{ socket, connection, serverKey: server.publicKey },
      welcome: { say: 'welcome', connector: 'x', integration: 'far', instance: 'i', signature: 's' },
    },
    ...{ key: own, clock: systemClock, heard: () => {}, failed: () => {} },
    hands: async (verb) => {
      ran.push(verb)
      return null
    },
  })
  stops.push(line.close, () => sockets.close())
  return { far: far as WebSocket, line, ran }
}
const order = (verb: string, expires = Date.now() + 60_000) => ({
  ...{ kind: 'order', id: `id-${verb}`, expires, verb, input: {} },
})

test('orders that are signed for this connection, in order and in time, run once each', async () => {
  const { far, ran } = await lineOf()
  const seal = sealer('to-connector', 'c-1', server)
  for (const verb of ['roots', 'leftovers']) {
    const answered = once(far, 'message')
    far.send(seal(order(verb)))
    await answered
  }
  expect(ran).toEqual(['roots', 'leftovers'])
})

test.each([
  ['repeated', () => ((one: string) => [one, one])(sealer('to-connector', 'c-1', server)(order('roots'))), 1],
  [
    'out of order',
    () =>
      ((seal: (message: object) => string) => [seal(order('roots')), seal(order('cut'))].reverse())(
        sealer('to-connector', 'c-1', server),
      ),
    0,
  ],
  ['too late', () => [sealer('to-connector', 'c-1', server)(order('roots', Date.now() - 1))], 0],
  ['of another connection', () => [sealer('to-connector', 'c-2', server)(order('roots'))], 0],
  ['of the other direction', () => [sealer('to-server', 'c-1', server)(order('roots'))], 0],
  ['signed by another key', () => [sealer('to-connector', 'c-1', other)(order('roots'))], 0],
  ['altered', () => [sealer('to-connector', 'c-1', server)(order('roots')).replace('roots', 'cutxx')], 0],
  ['no message at all', () => ['{"kind":"order"}'], 0],
])('an order that is %s closes the line and does not run', async (_, make, runs) => {
  const { far, line, ran } = await lineOf()
  for (const text of make()) far.send(text)
  expect(await line.ended).toBeInstanceOf(BadMessage)
  expect(ran).toHaveLength(runs)
})
