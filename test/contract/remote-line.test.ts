import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { joinServer } from '../../src/connectors/remote/join.ts'
import { byOperator } from '../../src/domain/audit-event.ts'
import { grantId, personId, resourceId } from '../../src/domain/ids.ts'
import type { Item } from '../../src/domain/resource.ts'
import { after, type Seconds, seconds, timestamp } from '../../src/domain/time.ts'
import { NothingGiven, type Order } from '../../src/ports.ts'
import { eventually } from '../support/eventually.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { type RawCall, rawCall } from '../support/openbao-calls.ts'
import { integration, type RemoteLine, remoteLine } from '../support/remote-line.ts'

let vault: TestVault
let line: RemoteLine
beforeAll(async () => {
  vault = await openBao()
  for (const path of ['apps/db', 'other/db']) {
    await vault.admin('POST', `kv/data/${path}`, { data: { value: 'example' } })
  }
})
afterAll(() => vault.stop())
afterEach(() => line.stop())

const started = async (...given: Parameters<typeof remoteLine> extends [unknown, ...infer More] ? More : never) => {
  line = await remoteLine(vault.prepared, ...given)
  await line.join()
  return line.run()
}
let count = 0
const orderFor = (
  path = 'kv/apps/db',
  lasting: Seconds = seconds(600),
  type = 'secret',
  permission = 'read',
): Order => {
  const { connector } = line
  const item: Item = { resource: resourceId('r'), type, path, permission }
  const plan = connector.plan([item])
  if (!plan.ok) throw new Error(plan.refusal.code)
  count += 1
  const grant = grantId(`grant${count}`)
  return {
    ...{ grant, account: connector.drawAccount(personId('jane')), handle: connector.draw(grant, undefined) },
    ...{ items: [item], plan: plan.value, until: after(timestamp(Date.now()), lasting) },
  }
}
const policies = async (): Promise<readonly string[]> => {
  const { data } = (await vault.admin('GET', 'sys/policies/acl?list=true')) as { data: { keys: string[] } }
  return data.keys
}
const hasPolicy = async ({ handle }: Order) => {
  const all = await policies()
  return Array.isArray(handle.policies) && handle.policies.some((name) => all.includes(String(name)))
}
const root: RawCall = (...call) => rawCall(vault.server.address, vault.server.rootToken)(...call)
const notedUntil = ({ grant }: Order): unknown =>
  JSON.parse(readFileSync(join(line.folder, 'grants', `${grant}.json`), 'utf8')).order.until
const kinds = async () => (await line.store.auditRows(0, 99)).map(({ kind, detail }) => [kind, detail] as const)

describe('joining', () => {
  test('a token lets one of two raced callers in, and nobody after; each refusal has its remedy and its row', async () => {
    line = await remoteLine(vault.prepared)
    const token = await line.connectors.invite(integration, byOperator('root@test'))
    if (typeof token !== 'string') throw new Error(token.refused)
    const way = { server: line.server, clock: systemClock }
    const place = () => ({ folder: mkdtempSync(join(tmpdir(), 'latchkey-join-')) })
    const raced = await Promise.allSettled([joinServer(way, place(), token), joinServer(way, place(), token)])
    expect(raced.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    await expect(joinServer(way, place(), token)).rejects.toThrow('was used before')
    const strange = `${'x'.repeat(43)}.${token.split('.')[1]}`
    await expect(joinServer(way, place(), strange)).rejects.toThrow('not one of this server')
    await expect(joinServer(way, place(), `${'x'.repeat(43)}.${'y'.repeat(22)}`)).rejects.toThrow('another server')
    expect(await line.connectors.invite(integration, byOperator('root@test'))).toEqual({ refused: 'taken' })
    expect((await line.connectors.list()).map(({ revoked }) => revoked)).toEqual([undefined])
    const why = async () => (await kinds()).filter(([kind]) => kind === 'connector-refused').map(([, detail]) => detail)
    await eventually(async () => (await why()).length === 2)
    expect(await why()).toEqual([{ why: 'used' }, { why: 'unknown' }])
    expect((await kinds()).filter(([kind]) => kind === 'connector-joined')).toHaveLength(1)
    expect(JSON.stringify(await kinds())).not.toContain(token)
  })

  test('who is revoked loses the line at once and never gets another; its integration is unreachable', async () => {
    const connector = await started()
    await line.connector.checkRights()
    const [one] = await line.connectors.list()
    expect(one?.isConnected).toBe(true)
    await line.connectors.revoke(String(one?.id.slice(0, 6)), byOperator('root@test'))
    await eventually(() => !connector.isUp())
    await eventually(() => JSON.stringify(line.said).includes('this connector was revoked'))
    await expect(line.connector.checkRights()).rejects.toMatchObject({ code: 'unreachable', transient: true })
    const issuing = line.connector.issue(orderFor())
    await expect(issuing).rejects.toBeInstanceOf(NothingGiven)
  })
})

describe('the server’s end', () => {
  test('callers without a proof are cut: the silent, the long-winded, and the oldest of too many', async () => {
    line = await remoteLine(vault.prepared, { gate: { most: 3, patience: 700 } })
    const { port, hostname } = new URL(line.server)
    const call = async () => {
      const socket = connect(Number(port), hostname)
      await once(socket, 'connect')
      const headers = 'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n'
      socket.write(`GET /connector/v1 HTTP/1.1\r\nHost: x\r\n${headers}Sec-WebSocket-Key: ${'a'.repeat(22)}==\r\n\r\n`)
      socket.on('error', () => {})
      socket.resume()
      return socket
    }
    const began = Date.now()
    const first = await call()
    const others = [await call(), await call(), await call()]
    await once(first, 'close')
    expect(Date.now() - began).toBeLessThan(700)
    others[0]?.write(Buffer.alloc(20_000))
    await Promise.all(others.map(async (socket) => socket.closed || once(socket, 'close')))
    await line.join() // a genuine one gets in all the same
  })
})

describe('orders over a line that breaks', () => {
  test('fail as at an unreachable vault, in the middle of any verb, and succeed when they are repeated', async () => {
    await started()
    const { connector, lines } = line
    await connector.checkRights()
    const order = orderFor()
    let next = order
    const drawn = () => {
      next = { ...next, handle: connector.draw(order.grant, next.handle) }
      return next
    }
    const steps: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['roots', () => connector.roots()],
      ['provision', () => connector.provision(order)],
      ['inspect', () => connector.inspect(order.handle, order.plan)],
      ['issue', () => connector.issue(drawn())],
      ['withdraw', () => connector.withdraw(next)],
      ['revoke', () => connector.revoke(next, true)],
    ]
    for (const [name, step] of steps) {
      const running = step()
      await eventually(() => lines.of(integration))
      lines.of(integration)?.close('a test')
      await expect(running, name).rejects.toMatchObject({ code: 'unreachable', transient: true })
      await eventually(() => lines.of(integration), { limit: 30_000 })
      await step()
    }
    expect(await hasPolicy(next)).toBe(false)
  })
})

describe('the connector’s own limits', () => {
  test('hold whatever the server asks for, and nothing is written', async () => {
    await started({ limits: { paths: ['kv/apps/*', 'transit/*'], permissions: ['read'], longest: '1h' } })
    const { connector } = line
    for (const order of [
      orderFor('kv/other/db'),
      orderFor('kv/apps/db', seconds(7200)),
      orderFor('transit/signing', seconds(600), 'key', 'encrypt'),
    ]) {
      await expect(connector.provision(order)).rejects.toMatchObject({ code: 'beyond-limits', transient: false })
      expect(await hasPolicy(order)).toBe(false)
    }
    const item = orderFor('kv/other/db').items[0]
    if (!item) throw new Error('it has an item')
    await expect(connector.ownerTag(item, 'owner')).rejects.toMatchObject({ code: 'beyond-limits' })
    const order = orderFor()
    await connector.provision(order)
    await expect(connector.provision({ ...order, until: after(order.until, seconds(7200)) })).rejects.toMatchObject({
      code: 'beyond-limits',
    })
    // A narrowing is no way to a longer access.
    await connector.narrow({ ...order, until: after(order.until, seconds(7200)) })
    expect(notedUntil(order)).toBe(order.until)
    await expect(connector.narrow(orderFor('kv/other/db'))).rejects.toMatchObject({ code: 'beyond-limits' })
    await root('POST', 'sys/policies/acl/somebody-else', { policy: 'path "x" { capabilities = ["read"] }' })
    await expect(connector.cut({ policies: ['somebody-else'] })).rejects.toMatchObject({ code: 'not-ours' })
    expect((await root('GET', 'sys/policies/acl/somebody-else')).status).toBe(200)
    const log = readFileSync(join(line.folder, 'log.jsonl'), 'utf8')
    expect(log).toContain('"code":"beyond-limits"')
    // An end that names nothing must not make the connector forget what it knows.
    await connector.revoke({ ...order, handle: {} }, false)
    expect(await hasPolicy(order)).toBe(false)
  })
})

describe('while the server is dead', () => {
  test('a due access ends by the connector alone, even after its restart, and its proof is told later', async () => {
    const first = await started()
    const { connector } = line
    const order = orderFor('kv/apps/db', seconds(4))
    await connector.provision(order)
    const issued = await connector.issue({ ...order, handle: connector.draw(order.grant, order.handle) })
    const noted = readFileSync(join(line.folder, 'grants', `${order.grant}.json`), 'utf8')
    expect(noted).not.toContain(issued.credential.wrappingToken.reveal())
    line.cut()
    await first.stop()
    await line.run()
    await eventually(async () => !(await hasPolicy({ ...order, handle: issued.handle })))
    const endedBy = Date.now()
    line.restore()
    await eventually(() => line.lines.of(integration))
    const proof = await connector.revoke({ ...order, handle: issued.handle }, true)
    expect(proof.at).toBeLessThanOrEqual(endedBy + 1_000)
    expect(proof.means).toBe('canary')
    expect(readdirSync(join(line.folder, 'grants'))).toEqual([])
    expect(readFileSync(join(line.folder, 'log.jsonl'), 'utf8')).toContain('"what":"ended"')
  })
})

test('a wrapping token that was opened is noted by the connector and reported, once', async () => {
  await started({ vault: { wrapSeconds: 10 } })
  const { connector } = line
  const order = orderFor()
  await connector.provision(order)
  const { credential } = await connector.issue({ ...order, handle: connector.draw(order.grant, order.handle) })
  await rawCall(vault.server.address, credential.wrappingToken.reveal())('POST', 'sys/wrapping/unwrap')
  const rows = () => readFileSync(join(line.folder, 'log.jsonl'), 'utf8')
  await eventually(() => rows().includes('"what":"word"'))
  expect(rows().match(/"what":"opened"/g)).toHaveLength(1)
})
