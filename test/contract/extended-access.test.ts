import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decideRequest } from '../../src/app/decide-request.ts'
import type { Deps } from '../../src/app/deps.ts'
import { extendGrant } from '../../src/app/extend-grant.ts'
import { findDrift } from '../../src/app/find-drift.ts'
import { revokeGrant } from '../../src/app/revoke-grant.ts'
import { submitRequest } from '../../src/app/submit-request.ts'
import type { GrantId, PersonId } from '../../src/domain/ids.ts'
import { personId } from '../../src/domain/ids.ts'
import { seconds, timestamp } from '../../src/domain/time.ts'
import type { Loaded } from '../../src/ports.ts'
import { eventually } from '../support/eventually.ts'
import { type LinkWorld, linkWorld } from '../support/link-world.ts'
import * as sample from './store-samples.ts'

/** Access and its extensions on a real vault, in real time: they overlap, and none cuts another off. */
const short = seconds(8)
const long = seconds(600)
const longer = seconds(1200)
const names = ['reader', 'patient', 'hasty', 'careless', 'unlucky', 'thrifty'] as const
const at0 = timestamp(0)
let world: LinkWorld
let deps: Deps
beforeAll(async () => {
  world = await linkWorld()
  const { connector } = world
  const integration = { ...sample.vault, id: connector.integration, durations: [short, long, longer] as const }
  deps = { ...world.deps, integrations: new Map([[integration.id, { integration, connector }]]) }
  const pass = await world.store.openPass(integration.id, { now: at0, since: at0, ownerKey: '', roots: ['kv/'] })
  const found = names.map((name) => ({ type: 'secret', path: `kv/apps/${name}`, permissions: ['read'] }))
  await world.store.saveLooks(pass, [{ folder: 'kv/', found, folders: [] }], at0)
})
afterAll(() => world?.stop())

const given = async ({ request }: Loaded): Promise<GrantId> => {
  await decideRequest(deps)(request.id, { by: sample.grace, verdict: 'approve' })
  const { id } = sample.grantOf(await sample.reload(world.store, request))
  await world.settled(id)
  return id
}
const access = async (
  name: (typeof names)[number],
  length = long,
): Promise<{ readonly by: PersonId; readonly grant: GrantId }> => {
  await world.grantFor(name) // makes the person and the secret
  const found = await world.store.findResources([world.connector.integration], `kv/apps/${name}`, 1)
  const { id } = sample.present(found[0])
  const by = personId(name)
  const items = [{ resource: id, permission: 'read' }] as const
  const wish = { requester: by, draft: randomUUID(), items, duration: length, reason: 'The export runs.' }
  return { by, grant: await given(sample.granted(await submitRequest(deps)(wish))) }
}
const extension = async (by: PersonId, grant: GrantId, length = longer): Promise<GrantId> => {
  const wish = { duration: length, reason: 'The export still runs.', draft: randomUUID() }
  return given(sample.granted(await extendGrant(deps)(grant, by, wish)))
}
type Token = { readonly grant: GrantId; readonly wrapping: string }
const fetched = async (grant: GrantId): Promise<Token> => {
  const answer = await world.press(await world.open(grant), `browser of ${grant}`)
  if (answer.kind !== 'credential') throw new Error(`no credential: ${answer.kind}`)
  return { grant, wrapping: answer.credential.wrappingToken.reveal() }
}
const read = ({ grant, wrapping }: Token) => world.read(grant, wrapping)
const stateOf = async (grant: GrantId) => sample.grantOf(await world.store.requestOfGrant(grant))

test('a reader in a loop that changes its token when told never fails, over three extensions', async () => {
  const { by, grant: first } = await access('reader', short)
  const grants = [first]
  let token = await fetched(first)
  const tokens = [token]
  const answers: number[] = []
  const stop = new AbortController()
  const reading = (async () => {
    while (!stop.signal.aborted) {
      answers.push(await read(token))
      await delay(10)
    }
  })()
  for (const length of [short, short, long]) {
    const next = await extension(by, grants.at(-1) ?? first, length)
    grants.push(next)
    token = await fetched(next)
    tokens.push(token)
  }
  const last = grants.at(-1) ?? first
  for (const grant of grants.slice(0, -1)) {
    const ended = () => world.settled(grant).then(({ grant: now }) => now?.state === 'ended')
    await eventually(ended, { limit: 30_000 })
    expect(await stateOf(grant)).toMatchObject({ state: 'ended', because: 'expired' })
  }
  const heard = answers.length
  await eventually(() => answers.length > heard + 20)
  stop.abort()
  await reading
  expect(answers.filter((status) => status !== 200)).toEqual([])
  expect(await Promise.all(tokens.map(read))).toEqual([403, 403, 403, 200])
  await revokeGrant(deps)(last, by)
  await world.settled(last)
  expect(await read(token)).toBe(403)
})

test('an extension starts its own time: no token of the access lives a second longer', async () => {
  const { by, grant } = await access('patient')
  await fetched(grant)
  const before = await stateOf(grant)
  const next = await extension(by, grant)
  await fetched(next)
  const [now, newer] = [await stateOf(grant), await stateOf(next)]
  expect(now).toMatchObject({ state: 'active', plan: before.plan, handle: before.handle })
  if (before.state !== 'active' || now.state !== 'active' || newer.state !== 'active') throw new Error('not active')
  expect(now.expiresAt).toBe(before.expiresAt)
  expect(newer.expiresAt).toBeLessThanOrEqual(newer.since + longer * 1000)
  const ttlOf = async (accessor: string) => {
    const found = await world.admin('POST', 'auth/token/lookup-accessor', { accessor })
    return (found as { data: { ttl: number } }).data.ttl
  }
  for (const each of [now, newer]) {
    const [accessor = ''] = (each.handle?.accessors as readonly string[] | undefined) ?? []
    expect(await ttlOf(accessor)).toBeLessThanOrEqual((each.expiresAt - Date.now()) / 1000 + 1)
  }
})

test('both are fetched at the same instant, and each token is good for itself', async () => {
  const { by, grant } = await access('hasty')
  const next = await extension(by, grant)
  const both = await Promise.all([fetched(grant), fetched(next)])
  expect(await Promise.all(both.map(read))).toEqual([200, 200])
  await findDrift(deps)(world.connector.integration)
  expect(await Promise.all(both.map(read))).toEqual([200, 200])
  const again = await fetched(grant) // a new token of one ends only the earlier one of the same access
  expect(await Promise.all([...both, again].map(read))).toEqual([403, 200, 200])
})

test('a misused link of one takes nothing from the other, either way', async () => {
  for (const [name, isOlder] of [
    ['careless', true],
    ['unlucky', false],
  ] as const) {
    const { by, grant } = await access(name)
    const next = await extension(by, grant)
    const [misused, other] = isOlder ? [grant, next] : [next, grant]
    const kept = await fetched(other)
    const nonce = await world.open(misused)
    await world.press(nonce, 'own')
    await world.press(nonce, 'foreign')
    await world.settled(misused)
    const [lost = ''] = world.minted(misused)
    expect([await read({ grant: misused, wrapping: lost }), await read(kept)]).toEqual([403, 200])
  }
})

test('revoked or given back, one leaves the other as it was, and its end is proved', async () => {
  const { by, grant } = await access('thrifty')
  const next = await extension(by, grant)
  const [old, fresh] = [await fetched(grant), await fetched(next)]
  await revokeGrant(deps)(next, sample.grace, 'Not this week.')
  expect((await world.settled(next)).grant).toMatchObject({ state: 'ended', proof: { means: 'canary' } })
  expect([await read(old), await read(fresh)]).toEqual([200, 403])
  const third = await extension(by, grant)
  const newest = await fetched(third)
  await revokeGrant(deps)(grant, by)
  expect((await world.settled(grant)).grant).toMatchObject({ state: 'ended', proof: { means: 'canary' } })
  expect([await read(old), await read(newest)]).toEqual([403, 200])
})
