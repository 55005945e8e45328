import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { instanceId } from '../../src/domain/ids.ts'
import { secret } from '../../src/domain/secret.ts'
import { seconds } from '../../src/domain/time.ts'
import { webhook } from '../../src/observe/webhook.ts'
import type { AuditSink, Store } from '../../src/ports.ts'
import { eventually } from '../support/eventually.ts'
import { type Answer, hurried, startReceiver, usePush } from './audit-pushing.ts'
import { useFolder } from './store-sqlite-raw.ts'

const key = secret('a key for the tests')

describe('the audit push', () => {
  const { store } = useFolder()
  const { endings, said, written, start, rows, upTo } = usePush()

  const receiver = async (answer?: Answer) => {
    const { deliveries, url, close } = await startReceiver(answer)
    endings.push(close)
    const sink = (limit = 5_000) => webhook({ url, secret: key, instance: instanceId('i'), clock: hurried, limit })
    const sequences = () =>
      deliveries.flatMap(({ body }) => JSON.parse(body).events.map(({ sequence }: { sequence: number }) => sequence))
    return { deliveries, sink, sequences }
  }

  test.each(['auditCursor', 'auditHead', 'auditRows', 'moveAuditCursor'] as const)(
    'goes on after %s failed at start, and says so meanwhile',
    async (verb) => {
      const opened = await store()
      await opened.audit(rows(3))
      const { sink, sequences } = await receiver()
      let isUnwell = true
      const broken = async () => Promise.reject(new Error('the disk does not answer'))
      const unwell = new Proxy(opened, {
        get: (of, name: keyof Store) => (name === verb && isUnwell ? broken : of[name]),
      })
      const push = start(unwell, [sink()])
      await eventually(() => said.some((line) => line.includes('the disk does not answer')))
      isUnwell = false
      await eventually(async () => (await opened.auditCursor(sink().name)) === 3)
      expect(sequences().slice(-3)).toEqual(upTo(3))
      await eventually(async () => (await push.lag())[0]?.trouble === undefined)
      expect(await push.lag()).toMatchObject([{ rows: 0 }])
    },
  )

  test('hands every row over, in order, signed, and what comes later at once', async () => {
    const opened = await store()
    await opened.audit(rows(250))
    const { deliveries, sink, sequences } = await receiver()
    const push = start(opened, [sink()])
    await eventually(() => sequences().length === 250)
    await opened.audit(rows(3))
    written.ring()
    await eventually(() => sequences().length === 253)
    expect(sequences()).toEqual(upTo(253))
    for (const { body, headers } of deliveries) {
      const signed = `v1:${headers['x-latchkey-timestamp']}:${body}`
      const expected = createHmac('sha256', key.reveal()).update(signed).digest('hex')
      expect(headers['x-latchkey-signature']).toBe(`v1=${expected}`)
      expect(Math.abs(Date.now() / 1000 - Number(headers['x-latchkey-timestamp']))).toBeLessThan(30)
    }
    expect(JSON.parse(deliveries[0]?.body ?? '')).toMatchObject({ source: 'latchkey', version: 1, instance: 'i' })
    expect(JSON.parse(deliveries[0]?.body ?? '').events[0]).toEqual((await opened.auditRows(0, 1))[0])
    expect(
      await eventually(async () => (await push.lag()).filter(({ rows: behind }) => behind === 0)[0]),
    ).toMatchObject({ sink: 'webhook', seconds: 0, failures: 0 })
  })

  test('sends the head of the log in the same signed way', async () => {
    const { deliveries, sink } = await receiver()
    await sink().sendHead({ sequence: 7, hash: 'f'.repeat(64) }, new AbortController().signal)
    const [{ body, headers } = { body: '', headers: {} }] = deliveries
    expect(JSON.parse(body)).toMatchObject({ instance: 'i', head: { sequence: 7, hash: 'f'.repeat(64) } })
    const signed = `v1:${headers['x-latchkey-timestamp']}:${body}`
    expect(headers['x-latchkey-signature']).toBe(
      `v1=${createHmac('sha256', key.reveal()).update(signed).digest('hex')}`,
    )
  })

  test('goes on after a restart where it stopped', async () => {
    const opened = await store()
    await opened.audit(rows(5))
    const { sink, sequences } = await receiver()
    const first = start(opened, [sink()])
    await eventually(async () => (await first.lag())[0]?.rows === 0)
    await first.stop(seconds(5))
    await opened.audit(rows(2))
    start(opened, [sink()])
    await eventually(() => sequences().length === 7)
    expect(sequences()).toEqual(upTo(7))
  })

  test('goes on from the head if the receiver has rows of another log, and says so once', async () => {
    const opened = await store()
    await opened.audit(rows(3))
    const { sink, sequences } = await receiver()
    await opened.moveAuditCursor(sink().name, 0, 500)
    const push = start(opened, [sink()])
    await eventually(() => said.some((line) => line.includes('rows of another log')))
    for (const last of [4, 5]) {
      await opened.audit(rows(1))
      written.ring()
      await eventually(async () => (await opened.auditCursor(sink().name)) === last)
    }
    expect(sequences()).toEqual([4, 5])
    expect(await push.lag()).toMatchObject([{ rows: 0 }])
    expect(said).toHaveLength(1)
  })

  test('sends what was not confirmed again, and never skips a row', async () => {
    const opened = await store()
    await opened.audit(rows(130))
    let deliveries = 0
    const { sink, sequences } = await receiver((_, response) => {
      deliveries += 1
      if (deliveries === 1) return response.destroy()
      if (deliveries === 2) return response.writeHead(500).end('no')
      if (deliveries === 3) return response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
      return response.end()
    })
    const push = start(opened, [sink()])
    await eventually(async () => (await push.lag())[0]?.rows === 0)
    expect(sequences()).toEqual([...upTo(100), ...upTo(100), ...upTo(100), ...upTo(100), ...upTo(130, 101)])
    expect((await push.lag())[0]).toMatchObject({ failures: 3 })
    expect(said.filter((line) => line.startsWith('audit rows wait'))).toHaveLength(3)
    expect(said.at(-1)).toContain('takes rows again')
  })

  test.each([
    [401, 'the receiver answered 401'],
    [404, 'the receiver answered 404'],
    [413, 'the receiver answered 413'],
    [301, 'the receiver answered 301'],
    [429, undefined],
    [503, undefined],
  ])('tells a receiver that refuses for good from one that asks for patience: %i', async (status, refusal) => {
    const opened = await store()
    await opened.audit(rows(3))
    let isHealed = false
    const { sink, sequences } = await receiver((_, response) => response.writeHead(isHealed ? 200 : status).end())
    const push = start(opened, [sink()])
    await eventually(async () => ((await push.lag())[0]?.failures ?? 0) > 1)
    expect((await push.lag())[0]?.refusal).toBe(refusal)
    isHealed = true
    await eventually(async () => (await push.lag())[0]?.rows === 0)
    expect((await push.lag())[0]?.refusal).toBeUndefined()
    expect(sequences().slice(-3)).toEqual(upTo(3))
  })

  test('waits for a receiver that is away without keeping anybody waiting, and tells how far it is behind', async () => {
    const opened = await store()
    await opened.audit(rows(3))
    const { sink, deliveries } = await receiver(() => {})
    const push = start(opened, [sink()])
    await eventually(() => deliveries.length > 0)
    await opened.audit(rows(2))
    expect((await opened.auditRows(0, 9)).length).toBe(5)
    const [lag] = await push.lag()
    expect(lag).toMatchObject({ sink: 'webhook', rows: 5 })
    expect(lag?.seconds).toBeGreaterThan(1_000)
  })

  test('gives up on an answer that does not come, and tries again', async () => {
    const opened = await store()
    await opened.audit(rows(1))
    let deliveries = 0
    const { sink } = await receiver((_, response) => {
      deliveries += 1
      if (deliveries > 1) response.end()
    })
    const push = start(opened, [sink(50)])
    await eventually(async () => (await push.lag())[0]?.rows === 0)
    expect(said.join('\n')).toContain('"code":"timeout"')
  })

  test('feeds each receiver by itself: one that is away holds up no other', async () => {
    const opened = await store()
    await opened.audit(rows(2))
    const broken: AuditSink = { name: 'broken', begins: 'first-row', send: () => Promise.reject(new Error('away')) }
    const { sink, sequences } = await receiver()
    const push = start(opened, [broken, sink()])
    await eventually(() => sequences().length === 2)
    expect((await push.lag()).map(({ sink: name, rows: behind }) => [name, behind])).toEqual([
      ['broken', 2],
      ['webhook', 0],
    ])
  })

  test('stops while a receiver hangs, and sends those rows after the next start', async () => {
    const opened = await store()
    await opened.audit(rows(1))
    const hanging = await receiver(() => {})
    const push = start(opened, [hanging.sink()])
    await eventually(() => hanging.deliveries.length > 0)
    await push.stop(seconds(1))
    const { sink, sequences } = await receiver()
    start(opened, [sink()])
    await eventually(() => sequences().length === 1)
  })
})
