import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'
import { newBell } from '../../src/app/bell.ts'
import { type AuditPush, startAuditPush } from '../../src/app/push-audit.ts'
import { systemClock } from '../../src/clock.ts'
import { seconds, timestamp } from '../../src/domain/time.ts'
import type { AuditSink, Clock, Store } from '../../src/ports.ts'
import * as sample from './store-samples.ts'

/** Waits for a hundredth of the time: back-off is felt, and tests are not slow. */
export const hurried: Clock = {
  now: systemClock.now,
  sleep: (until, signal) => systemClock.sleep(timestamp(Date.now() + (until - Date.now()) / 100), signal),
}

type Delivery = { readonly body: string; readonly headers: IncomingMessage['headers'] }
export type Answer = (delivery: Delivery, response: ServerResponse) => unknown

/** A receiver over HTTP that keeps what it gets; it answers 200 unless told otherwise. */
export const startReceiver = async (answer: Answer = (_, response) => response.end()) => {
  const deliveries: Delivery[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const delivery = { body, headers: request.headers }
    deliveries.push(delivery)
    answer(delivery, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { deliveries, close, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` }
}

/** A push that ends with its test, before whatever was opened earlier, and what it logs. */
export const usePush = () => {
  const endings: (() => unknown)[] = []
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end()
  })
  const said: string[] = []
  const written = newBell()
  const note = (fields: object, message: string) => void said.push(`${message} ${JSON.stringify(fields)}`)
  return {
    endings,
    said,
    written,
    start: (from: Store, sinks: readonly AuditSink[]): AuditPush => {
      said.splice(0)
      const log = { info: note, warn: note, error: note }
      const push = startAuditPush({ store: from, clock: hurried, log }, sinks, written)
      endings.push(() => push.stop(seconds(0)))
      return push
    },
    rows: (count: number) => Array.from({ length: count }, (_, index) => sample.event({ detail: { index } })),
    upTo: (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => first + index),
  }
}
