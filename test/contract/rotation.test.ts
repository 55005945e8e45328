import { createHmac, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { contentOf, viewOf } from '../../src/app/card-content.ts'
import type { Deps } from '../../src/app/deps.ts'
import { rotateAfterUse } from '../../src/app/rotation.ts'
import type { VaultConnector } from '../../src/connectors/vault/connector.ts'
import type { Audience } from '../../src/domain/card.ts'
import { instanceId } from '../../src/domain/ids.ts'
import { type Timestamp, timestamp } from '../../src/domain/time.ts'
import { rotationHooks } from '../../src/observe/rotation-hooks.ts'
import type { Loaded, RotationCall, Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { plainText } from '../../src/views/copy-time.ts'
import { type Company, latchkeyOf, newCompany } from '../support/company.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { connectorTo } from '../support/openbao-connector.ts'
import * as sample from './store-samples.ts'

// Secrets of a real server, read with an access that has ended, and a real receiver that writes new values.

const key = 'a key of the receiver with at least 32 characters'
let vault: TestVault
let connector: VaultConnector
let mount = ''
let folder = ''
let keyFile = ''
/** How the receiver answers next; `hangs-up` has taken the call, and its answer is lost. */
let answers: ('hangs-up' | number)[] = []
const calls: (RotationCall & { readonly isSigned: boolean })[] = []
const receiver = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  const signed = `v1:${request.headers['x-latchkey-timestamp']}:${body}`
  const signature = `v1=${createHmac('sha256', key).update(signed).digest('hex')}`
  calls.push({ ...JSON.parse(body).rotation, isSigned: request.headers['x-latchkey-signature'] === signature })
  const answer = answers.shift() ?? 200
  if (answer === 'hangs-up') request.socket.destroy()
  else response.writeHead(answer).end()
})

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-rotation-'))
  keyFile = join(folder, 'key')
  writeFileSync(keyFile, `${key}\n`)
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  vault = await openBao()
  mount = vault.prepared.kvMounts[0] ?? ''
  connector = connectorTo(vault.prepared)
})
afterAll(async () => {
  await connector?.close()
  await vault?.stop()
  receiver.closeAllConnections()
  receiver.close()
  rmSync(folder, { recursive: true })
})

let store: Store
let deps: Deps
let company: Company
let passed = 0
const now = () => timestamp(Date.now() + passed)
const signal = new AbortController().signal
beforeEach(async () => {
  store = await openStore(':memory:', { newId: randomUUID })
  company = newCompany({ groups: { engineering: ['ada'], platform: ['grace'], shop: ['linus'] } })
  const allow = ['group:shop'] as const
  const integration = { ...sample.vault, resourceOwner: { key: 'owner', allow, pinned: [] } }
  const plain = latchkeyOf({ store, company, now, integrations: [integration] })
  deps = { ...plain, integrations: new Map([[sample.vault.id, { integration, connector }]]) }
  passed = 0
  answers = []
  calls.splice(0)
})
afterEach(() => store.close())

/** Rotates as a process that has just started. */
const turn = (isCalled = true) => {
  const { port } = receiver.address() as AddressInfo
  const rule = { path: `${mount}/shop/*`, webhook: `http://127.0.0.1:${port}/`, secretFile: keyFile }
  const hooks = rotationHooks([{ integration: sample.vault, params: {} }], () => (isCalled ? [rule] : []), {
    instance: instanceId('instance'),
    clock: { now },
  })
  return rotateAfterUse(deps, sample.vault.id, hooks)(signal)
}
const later = async (seconds: number) => {
  passed += seconds * 1000
  await turn()
}
const write = async (path: string, owner?: string) => {
  await vault.admin('POST', `${mount}/data/${path}`, { data: { password: randomUUID() } })
  if (owner) await vault.admin('POST', `${mount}/metadata/${path}`, { custom_metadata: { owner } })
}
let cursor = 0
const read = async ({ grant }: Loaded, path: string, at: Timestamp, operation = 'read') => {
  const use = { grant: sample.present(grant).id, path, operation, outcome: 'allowed', at } as const
  const noted = {
    integration: sample.vault.id,
    after: cursor,
    now: at,
    position: '{}',
    readTo: at,
    gaps: [],
    alarms: [],
  }
  expect(await store.noteUses({ ...noted, uses: [use] })).toEqual([])
  cursor += 1
}
beforeEach(() => {
  cursor = 0
})
const notices = async ({ request }: Loaded) =>
  (await store.cardsOf(request.id)).flatMap((card) =>
    card.audience === 'notice' && card.notice.about === 'secrets-read' && card.recipient.to === 'person'
      ? [{ to: String(card.recipient.person), card, notice: card.notice }]
      : [],
  )
const shownTo = async ({ request }: Loaded, audience: Audience): Promise<string> => {
  const [card] = (await store.cardsOf(request.id)).filter((one) => one.audience === audience)
  const { loaded, context } = await contentOf(deps, sample.present(card))
  return (viewOf(sample.present(card), loaded, context).lines ?? []).map(plainText).join(' ')
}
const kinds = async () => (await store.auditRows(0, 999)).map(({ kind }) => kind)

test('owners are told what was read, the ended card says unchanged, and then changed once a newer version is there', async () => {
  await write('shop/db', 'group:shop')
  await write('other')
  const request = await sample.ended(store, {}, sample.at(30))
  await store.addCards([sample.card({ request: request.request.id, audience: 'owner' })])
  const at = now()
  await read(request, `${mount}/data/shop/db`, at)
  await read(request, `${mount}/data/shop/db`, now())
  await read(request, `${mount}/data/other`, now())
  await read(request, `${mount}/metadata/shop/db`, now()) // no value
  await read(request, `${mount}/data/shop/db`, now(), 'list')
  await read(request, 'database/creds/app', now()) // its end has ended it

  await turn()
  const told = await notices(request)
  expect(told.map(({ to, notice }) => [to, notice.secrets.map(({ path, reads }) => [path, reads.count])])).toEqual(
    expect.arrayContaining([
      ['linus', [[`${mount}/shop/db`, 2]]],
      ['grace', [[`${mount}/other`, 1]]],
    ]),
  )
  expect(told).toHaveLength(2)
  expect(
    told.flatMap(({ to, notice }) => (to === 'linus' ? notice.secrets.map(({ command }) => command) : []))[0],
  ).toBe(`bao kv patch -mount=${mount} shop/db KEY=-`)
  await later(1)
  expect(await shownTo(request, 'owner')).toContain(`${mount}/other: value unchanged since it was read.`)
  expect(calls).toMatchObject([{ path: `${mount}/shop/db`, reads: { count: 2, first: at }, isSigned: true }])
  expect(Object.keys(calls[0] ?? {}).sort()).toEqual([
    'grant',
    'id',
    'integration',
    'isSigned',
    'path',
    'reads',
    'request',
  ])

  await write('shop/db')
  await later(3_600)
  await later(3_600)
  const text = await shownTo(request, 'owner')
  expect(text).toContain(`${mount}/shop/db: value changed`)
  expect(text).toContain(`${mount}/other: value unchanged since it was read.`)
  const [linus] = (await notices(request)).filter(({ to }) => to === 'linus')
  const { loaded, context } = await contentOf(deps, sample.present(linus).card)
  const view = viewOf(sample.present(linus).card, loaded, context)
  expect([view.title, view.code ?? []]).toEqual(['Secrets of an ended access have new values', []])
  expect((await kinds()).filter((kind) => /secret-read|rotation|value/.test(kind))).toEqual(
    expect.arrayContaining(['secret-read', 'secret-read', 'rotation-called', 'value-changed']),
  )
  for (let day = 0; day < 5; day += 1) await later(86_400)
  expect(calls).toHaveLength(1) // never twice for one access and secret
  expect(await notices(request)).toHaveLength(2)
})

test('a live access is told of only after its end, and what the log tells late is told too', async () => {
  await write('shop/db')
  await write('shop/late')
  const request = await sample.activated(store)
  await read(request, `${mount}/data/shop/db`, now())
  await turn()
  expect([calls, await notices(request)]).toEqual([[], []])
  await sample.mustCommit(
    store,
    sample.after(request, { kind: 'revoke-asked', because: 'given-back', by: sample.ada }, sample.at(31)),
  )
  const proof = { means: 'canary', at: sample.at(31), latency: 1 } as const
  await sample.mustCommit(
    store,
    sample.after(await sample.reload(store, request.request), { kind: 'revoked', proof }, sample.at(31)),
  )
  await turn()
  await read(request, `${mount}/data/shop/late`, now())
  await turn()
  await later(0.1)
  expect(calls.map(({ path }) => path)).toEqual([`${mount}/shop/db`, `${mount}/shop/late`])
  expect((await notices(request)).map(({ to }) => to)).toEqual(['linus', 'grace'])
})

test('a kill between row and call, and a lost answer, repeat the call with the same id; two processes call once', async () => {
  await write('shop/db')
  const request = await sample.ended(store)
  await read(request, `${mount}/data/shop/db`, now())
  const killed = () => () => Promise.reject(new Error('killed'))
  await expect(rotateAfterUse(deps, sample.vault.id, killed)(signal)).rejects.toThrow('killed')
  expect(calls).toEqual([])
  answers = ['hangs-up', 503, 200]
  await Promise.all([later(11), turn()])
  expect(calls).toHaveLength(1)
  await turn() // not before its time
  expect(calls).toHaveLength(1)
  for (const wait of [21, 41, 81, 86_400]) await later(wait)
  expect(calls).toHaveLength(3)
  expect(new Set(calls.map(({ id }) => id)).size).toBe(1)
  expect(await kinds()).toContain('rotation-called')
})

test('a receiver that refuses for days is given up, and the owner still has the command', async () => {
  await write('shop/db')
  const request = await sample.ended(store)
  await read(request, `${mount}/data/shop/db`, now())
  passed += 10 * 86_400_000 // the access ended long after
  answers = Array.from({ length: 99 }, () => 403)
  await turn()
  for (let hours = 0; hours < 80; hours += 1) await later(3_601)
  const count = calls.length
  expect(count).toBe(80)
  await later(86_400)
  expect(calls).toHaveLength(count)
  expect(await kinds()).toContain('rotation-failed')
  const [told] = await notices(request)
  const { loaded, context } = await contentOf(deps, sample.present(told).card)
  expect(viewOf(sample.present(told).card, loaded, context).code).toEqual([
    `bao kv patch -mount=${mount} shop/db KEY=-`,
  ])
})

test('without a receiver nobody is called; a removed secret is said to be removed, and a short key stops the start', async () => {
  await write('shop/gone')
  const request = await sample.ended(store)
  await store.addCards([sample.card({ request: request.request.id, audience: 'owner' })])
  await read(request, `${mount}/data/shop/gone`, now())
  await vault.admin('DELETE', `${mount}/metadata/shop/gone`)
  await turn(false)
  await turn(false)
  expect(calls).toEqual([])
  expect(await shownTo(request, 'owner')).toContain(`${mount}/shop/gone: removed since it was read.`)
  writeFileSync(join(folder, 'short'), 'short')
  const rule = { path: 'kv/*', webhook: 'http://127.0.0.1:1/', secretFile: join(folder, 'short') }
  const given = [{ integration: sample.vault, params: {} }]
  expect(() => rotationHooks(given, () => [rule], { instance: instanceId('i'), clock: { now } })).toThrow('32 random')
})
