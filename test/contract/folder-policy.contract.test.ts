import { afterAll, beforeAll, expect, test } from 'vitest'
import { noMounts } from '../../src/connectors/vault/engines.ts'
import { planFor } from '../../src/connectors/vault/policy.ts'
import { resourceTypeOf, type VaultResourceType } from '../../src/connectors/vault/resource-types.ts'
import { resourceId } from '../../src/domain/ids.ts'
import type { Item } from '../../src/domain/resource.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { type RawCall, rawCall } from '../support/openbao-calls.ts'

let vault: TestVault
let root: RawCall
let count = 0
beforeAll(async () => {
  vault = await openBao()
  root = rawCall(vault.server.address, vault.server.rootToken)
  for (const path of ['db', 'root', 'rootless', 'keys/one', 'keys/two']) {
    await root('POST', `kv/data/areas/${path}`, { data: { value: path } })
  }
})
afterAll(() => vault.stop())

/** A type that stands for a folder, as one that could be added to the table. */
const folder: VaultResourceType = {
  engine: 'kv',
  covers: 'beneath',
  permissions: new Map([
    [
      'write',
      {
        rights: ({ mount, path }) => ({ [`${mount}/data/${path}*`]: ['create', 'read', 'update'] }),
        commands: () => [],
      },
    ],
  ]),
}
const at = (path: string, except?: readonly string[]): Item => ({
  ...{ resource: resourceId(path), path, permission: path.endsWith('/') ? 'write' : 'read' },
  ...{ type: path.endsWith('/') ? 'folder' : 'secret', ...(except && { except }) },
})

/** What a token under the items' policy is answered: the status of reading and of writing each path. */
const fatesUnder = async (...items: Item[]) => {
  const plan = planFor(items, { ...noMounts, kv: ['kv'], transit: [] }, (name) =>
    name === 'folder' ? folder : resourceTypeOf(name),
  )
  if (!plan.ok) throw new Error(plan.refusal.code)
  const name = `areas-${++count}`
  await root('PUT', `sys/policies/acl/${name}`, { policy: plan.value.document })
  const token = await root('POST', 'auth/token/create', { policies: [name], no_default_policy: true })
  const person = rawCall(vault.server.address, token.body.auth.client_token)
  return async (path: string) => [
    (await person('GET', `kv/data/areas/${path}`)).status,
    (await person('POST', `kv/data/areas/${path}`, { data: { value: 'changed' } })).status,
  ]
}
const [given, readOnly, refused] = [
  [200, 200],
  [200, 403],
  [403, 403],
]

test('the server denies what a folder leaves out, and gives all else in it', async () => {
  const fate = await fatesUnder(at('kv/areas/', ['kv/areas/root', 'kv/areas/keys/*']))
  expect(await Promise.all(['db', 'root', 'rootless', 'keys/one', 'keys/two'].map(fate))).toEqual([
    given,
    refused,
    given,
    refused,
    refused,
  ])
})

test('what was asked for by itself lifts the exception for that path, with what was asked of it', async () => {
  const fate = await fatesUnder(
    at('kv/areas/', ['kv/areas/root', 'kv/areas/keys/*']),
    at('kv/areas/root'),
    at('kv/areas/keys/one'),
  )
  expect(await Promise.all(['db', 'root', 'keys/one', 'keys/two'].map(fate))).toEqual([
    given,
    readOnly,
    readOnly,
    refused,
  ])
})

test('a secret of the folder that is asked for as well takes nothing away from the folder', async () => {
  const fate = await fatesUnder(at('kv/areas/', ['kv/areas/root']), at('kv/areas/db'))
  expect(await Promise.all(['db', 'root'].map(fate))).toEqual([given, refused])
})
