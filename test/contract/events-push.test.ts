import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { newBell } from '../../src/app/bell.ts'
import { newHealth } from '../../src/app/health.ts'
import { useCases } from '../../src/app/use-cases.ts'
import type { Event } from '../../src/domain/events.ts'
import { instanceId } from '../../src/domain/ids.ts'
import { secret } from '../../src/domain/secret.ts'
import { seconds } from '../../src/domain/time.ts'
import { eventWebhook } from '../../src/observe/webhook.ts'
import type { Store } from '../../src/ports.ts'
import { apiOver } from '../support/api-world.ts'
import { latchkeyOf, newCompany } from '../support/company.ts'
import { eventually } from '../support/eventually.ts'
import { type Answer, hurried, startReceiver, usePush } from './audit-pushing.ts'
import * as sample from './store-samples.ts'
import { useFolder } from './store-sqlite-raw.ts'

const key = 'a key for the tests'

describe('the events push', () => {
  const { store, at } = useFolder()
  const { endings, said, written, start, upTo } = usePush()

  const receiver = async (answer?: Answer) => {
    const { deliveries, url, close } = await startReceiver(answer)
    endings.push(close)
    const sink = (limit = 5_000) =>
      eventWebhook({ url, secret: secret(key), instance: instanceId('i'), clock: hurried, limit })
    const events = () => deliveries.flatMap(({ body }): Event[] => JSON.parse(body).events)
    return { deliveries, sink, events, sequences: () => events().map(({ sequence }) => sequence) }
  }
  /** Rows that alternate between events and what is none. */
  const rows = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      sample.event(index % 2 === 0 ? { kind: 'request-expired', detail: {} } : { kind: 'link-opened' }),
    )
  const odd = (numbers: readonly number[]) => numbers.filter((number) => number % 2 === 1)
  /** A push that has begun: what is written from now on is for its receiver. */
  const begun = async (opened: Store, sink: ReturnType<typeof eventWebhook>) => {
    const push = start(opened, [sink])
    await eventually(async () => (await push.lag())[0]?.rows === 0)
    return push
  }
  const add = async (opened: Store, count: number) => {
    await opened.audit(rows(count))
    written.ring()
  }
  const caughtUp = (opened: Store, last: number) =>
    eventually(async () => (await opened.auditCursor('events')) === last)

  test('hands over what happens from now on, in order, and no delivery without an event', async () => {
    const opened = await store()
    await opened.audit(rows(4))
    const { deliveries, sink, sequences } = await receiver()
    await begun(opened, sink())
    await opened.audit([sample.event({ kind: 'link-opened' })])
    written.ring()
    await caughtUp(opened, 5)
    expect(deliveries).toEqual([])
    await opened.audit(Array.from({ length: 130 }, () => sample.event({ kind: 'request-expired', detail: {} })))
    written.ring()
    await caughtUp(opened, 135)
    expect(sequences()).toEqual(upTo(135, 6))
  })

  test('is checked by a receiver as the page about it says', async () => {
    const opened = await store()
    const { deliveries, sink } = await receiver()
    await begun(opened, sink())
    await add(opened, 1)
    await eventually(() => deliveries.length === 1)
    const page = readFileSync(join(import.meta.dirname, '../../src/observe/README.md'), 'utf8')
    const [, code = ''] = /```js\n([\s\S]*?)```/.exec(page) ?? []
    const file = at('receiver.mjs')
    writeFileSync(file, code)
    const { isGenuine } = await import(file)
    const [{ headers, body } = { headers: {}, body: '' }] = deliveries
    expect(isGenuine(headers, body, key)).toBe(true)
    expect(isGenuine(headers, `${body} `, key)).toBe(false)
    expect(isGenuine(headers, body, 'another key')).toBe(false)
    expect(isGenuine({ ...headers, 'x-latchkey-timestamp': '1' }, body, key)).toBe(false)
    expect(isGenuine({}, body, key)).toBe(false)
  })

  test('waits for a receiver that is down, slow or refuses, says why, and skips nothing', async () => {
    const opened = await store()
    const answers: Answer[] = [
      (_, response) => response.destroy(),
      () => {},
      (_, response) => response.writeHead(503).end(),
      (_, response) => response.writeHead(410).end(),
    ]
    const { sink, deliveries, sequences } = await receiver((delivery, response) =>
      (answers[deliveries.length - 1] ?? (() => response.end()))(delivery, response),
    )
    const push = await begun(opened, sink(1_000))
    await add(opened, 5)
    await caughtUp(opened, 5)
    expect(sequences()).toEqual([1, 1, 1, 1, 1].flatMap(() => [1, 3, 5]))
    for (const code of ['unreachable', 'timeout', 'rejected', 'refused']) expect(said.join()).toContain(`"${code}"`)
    expect(await push.lag()).toMatchObject([{ sink: 'events', rows: 0, failures: 4 }])
  })

  test('goes on after a restart where it stopped, also if nothing was ever taken', async () => {
    const opened = await store()
    let isAway = true
    const { sink, sequences, deliveries } = await receiver((_, response) =>
      response.writeHead(isAway ? 503 : 200).end(),
    )
    const first = await begun(opened, sink())
    await add(opened, 3)
    await eventually(() => deliveries.length > 0)
    await first.stop(seconds(0))
    const tries = deliveries.length
    isAway = false
    await opened.audit(rows(2))
    start(opened, [sink()])
    await caughtUp(opened, 5)
    expect(sequences().slice(2 * tries)).toEqual([1, 3, 4])
  })

  test('sends events again from where an operator says, and then goes on', async () => {
    const opened = await store()
    await opened.audit(rows(6))
    const { sink, sequences } = await receiver()
    const push = await begun(opened, sink())
    expect(await push.replay('events', 2)).toEqual({ rows: 4, upTo: 6 })
    await caughtUp(opened, 6)
    expect(await push.replay('events', 0)).toEqual({ rows: 6, upTo: 6 })
    await add(opened, 1)
    await caughtUp(opened, 7)
    expect(sequences()).toEqual([3, 5, 1, 3, 5, 7])
    expect(await push.replay('events', 99)).toEqual({ rows: 0, upTo: 7 })
    expect(await push.replay('nobody', 0)).toBeUndefined()
  })

  test('sends again also what is replayed while its delivery is under way', async () => {
    const opened = await store()
    const held: (() => void)[] = []
    const { sink, sequences, deliveries } = await receiver((_, response) => {
      if (deliveries.length === 2) held.push(() => response.end())
      else response.end()
    })
    const push = await begun(opened, sink())
    await add(opened, 1)
    await caughtUp(opened, 1)
    await add(opened, 1)
    await eventually(() => held.length === 1)
    expect(await push.replay('events', 0)).toEqual({ rows: 1, upTo: 1 })
    held[0]?.()
    await caughtUp(opened, 2)
    expect(sequences()).toEqual([1, 2, 1, 2])
  })

  test('is the same for who reads the events page by page', async () => {
    const opened = await store()
    await opened.audit(rows(1_203))
    const plain = latchkeyOf({ store: opened, company: newCompany(), now: () => sample.at(0), integrations: [] })
    const deps = { ...plain, settings: { ...plain.settings, auditors: ['group:platform'] as const } }
    const bell = newBell()
    const { call } = apiOver(deps, useCases(deps, newHealth(deps), bell), bell)
    const seen: number[] = []
    const read = async (after: number): Promise<number> => {
      const { items, next } = (await call('grace', `/events?after=${after}&limit=100`)).body
      seen.push(...items.map(({ sequence }: Event) => sequence))
      return next === after ? next : read(next)
    }
    expect(await read(0)).toBe(1_203)
    expect(seen).toEqual(odd(upTo(1_203)))
  })
})
