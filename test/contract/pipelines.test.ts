import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newBell } from '../../src/app/bell.ts'
import { contentOf, viewOf } from '../../src/app/card-content.ts'
import { checkHolders } from '../../src/app/check-holders.ts'
import type { Deps } from '../../src/app/deps.ts'
import { newHealth } from '../../src/app/health.ts'
import { useCases } from '../../src/app/use-cases.ts'
import { requestId } from '../../src/domain/ids.ts'
import { seconds } from '../../src/domain/time.ts'
import { calls } from '../../src/http/api/calls.ts'
import { ciSystem, pipelineWorld } from '../support/pipeline-world.ts'
import * as sample from './store-samples.ts'

// A CI job with a token of a real issuer, over a real store.

let ci: Awaited<ReturnType<typeof ciSystem>>
beforeAll(async () => {
  ci = await ciSystem()
})
afterAll(() => ci?.stop())

let there: Awaited<ReturnType<typeof pipelineWorld>>
beforeEach(async () => {
  there = await pipelineWorld(ci)
})
afterEach(() => there.close())

const token = (claims: object = {}, header?: object) => there.token(claims, header)
const now = () => there.now()
const wish = (path = 'kv/a') => ({
  ...{ vault: 'vault', items: [{ path, permission: 'read' }], duration: '15m', reason: 'deploy of release 17' },
})

test('a pipeline asks with the token of its run, any number of times; one key makes one request', async () => {
  const same = token()
  expect((await there.called.call(same, '/me')).body).toMatchObject({
    person: { id: there.id, name: 'pipeline deploy' },
    rights: 'own',
  })
  const first = await there.called.post(same, '/requests', wish(), { 'idempotency-key': 'run-17' })
  const again = await there.called.post(token({ jti: 'two' }), '/requests', wish(), { 'idempotency-key': 'run-17' })
  expect([first.status, again.status, again.body.id]).toEqual([201, 201, first.body.id])
  expect(first.body).toMatchObject({ requester: { id: there.id }, state: 'pending', run: { issuer: ci.issuer } })
  const detail = (await there.deps.store.auditOf(requestId(first.body.id)))[0]?.detail
  expect(detail?.run).toContain('repository acme/shop, ref refs/heads/main, run_id 17')
})

test('owners read on their card which run asks, by whose word; the pipeline itself gets no message', async () => {
  const { body } = await there.called.post(token({ ref: 'refs/heads/`x`\u202e' }), '/requests', wish())
  const cards = await there.deps.store.cardsOf(requestId(body.id))
  expect(cards.map(({ audience }) => audience)).toEqual(['owner'])
  const [card] = cards
  const { loaded, context } = await contentOf(there.deps, sample.present(card))
  const view = viewOf(sample.present(card), loaded, context)
  expect(view.summary).toContain('pipeline deploy asks')
  expect(view.fields[0]).toEqual({
    label: `Run, by the word of ${new URL(ci.issuer).host}`,
    value: expect.arrayContaining(['repository ', { code: 'acme/shop' }, { code: 'refs/heads/`x`' }]),
  })
  expect(JSON.stringify(view.notes)).toContain('A pipeline asks, no person.')
})

describe('a token counts for nothing', () => {
  const refusals: readonly (readonly [string, () => string, string])[] = [
    ['with another audience', () => token({ aud: 'other' }), 'not-signed-in'],
    [
      'with a second audience, whose service could use it here',
      () => token({ aud: ['latchkey', 'other'] }),
      'not-signed-in',
    ],
    ['of another issuer', () => token({ iss: 'https://ci.example' }), 'not-signed-in'],
    ['after its end', () => token({ iat: now() - 400, exp: now() - 60 }), 'not-signed-in'],
    ['before its beginning', () => token({ iat: now() + 200 }), 'not-signed-in'],
    ['without an end', () => token({ exp: undefined }), 'not-signed-in'],
    ['without a beginning', () => token({ iat: undefined }), 'not-signed-in'],
    ['that is valid for more than half a day', () => token({ exp: now() + 13 * 3600 }), 'not-signed-in'],
    ['with a signature of another key', () => `${token().slice(0, -6)}AAAAAA`, 'not-signed-in'],
    ['without a signature', () => token({}, { alg: 'none' }), 'not-signed-in'],
    ['that is bound to a key', () => token({ cnf: { jkt: 'x' } }), 'not-signed-in'],
    ['of another project', () => token({ repository: 'evil/shop' }), 'unknown-pipeline'],
    ['whose claim is no text', () => token({ repository: ['acme/shop'] }), 'unknown-pipeline'],
  ]
  test.each(refusals)('%s', async (_, made, code) => {
    const { status, body } = await there.called.call(made(), '/me')
    expect([status, body.error.code]).toEqual([401, code])
  })

  test('once its pipeline is no longer configured; its requests are closed, as those of a person who left', async () => {
    const { body } = await there.called.post(token(), '/requests', wish())
    there.configured.is = false
    expect((await there.called.call(token(), '/me')).body.error.code).toBe('unknown-pipeline')
    await checkHolders(there.deps)()
    expect((await there.deps.store.request(requestId(body.id)))?.request).toMatchObject({ because: 'person-removed' })
  })
})

test('a pipeline does nothing but ask and use its own: every other call is refused with a sentence, and audited', async () => {
  const others = calls.filter(({ isForPipelines }) => !isForPipelines)
  expect(others.map(({ name }) => name)).toEqual(expect.arrayContaining(['decideRequest', 'listAudit', 'listEvents']))
  for (const { method, path } of others) {
    const { status, body } = await there.called.call(token(), path.replace('{id}', 'x'), {
      method: method.toUpperCase(),
    })
    expect([path, status, body.error.code]).toEqual([path, 403, 'not-for-pipelines'])
    expect(body.error.message).toContain('It decides nothing')
  }
  const waiting = await there.called.call(token(), '/requests?which=waiting')
  expect([waiting.status, waiting.body.error.code]).toEqual([403, 'not-for-pipelines'])
  const refused = (await there.deps.store.auditRows(0, 1000)).filter(
    ({ detail }) => detail.code === 'not-for-pipelines',
  )
  expect(refused.map(({ actor }) => actor)).toEqual(
    [...others, 'waiting'].map(() => ({ kind: 'person', id: there.id })),
  )
})

test('even as a member of the owners it never decides, and what is not its own does not exist for it', async () => {
  const filed = await there.world.post('ada', '/requests', wish())
  const path = `/requests/${filed.body.id}`
  expect((await there.called.call(token(), path)).status).toBe(404)
  const asOwner: Deps = { ...there.deps, directory: { ...there.deps.directory, members: () => [there.id] } }
  const decide = useCases(asOwner, newHealth(asOwner), newBell()).decideRequest
  const verdict = { by: there.id, verdict: 'approve' } as const
  expect(await decide(requestId(filed.body.id), verdict)).toEqual({ ok: false, refusal: { code: 'not-for-pipelines' } })
})

test('its limits are its own: open requests, and calls in a minute', async () => {
  for (const path of ['kv/a', 'kv/b'])
    expect((await there.called.post(token(), '/requests', wish(path))).status).toBe(201)
  expect((await there.called.post(token(), '/requests', wish('kv/c'))).body.error.code).toBe('too-many-open')
  const many = await Promise.all(Array.from({ length: 60 }, () => there.called.call(token(), '/me')))
  expect(many.filter(({ status }) => status === 429).length).toBeGreaterThan(0)
  expect((await there.world.post('ada', '/requests', wish('kv/c'))).status).toBe(201)
  there.world.advance(seconds(61))
  expect((await there.called.call(token(), '/me')).status).toBe(200)
})
