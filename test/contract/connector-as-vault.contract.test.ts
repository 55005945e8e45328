import { afterAll, beforeAll, expect, test } from 'vitest'
import { hashicorpVaultProxy } from '../support/hashicorp-vault-proxy.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { rawCall } from '../support/openbao-calls.ts'
import { connectorTo } from '../support/openbao-connector.ts'
import type { LoopbackProxy } from '../support/openbao-proxy.ts'
import { kvSubject, transitSubject } from './connector-subjects.ts'
import { connectorContract } from './connector-suite.ts'

let vault: TestVault
const proxies: LoopbackProxy[] = []
const through = async (options: Parameters<typeof hashicorpVaultProxy>[1] = {}) => {
  const proxy = await hashicorpVaultProxy(vault.server.address, options)
  proxies.push(proxy)
  return connectorTo(vault.prepared, { internalUrl: proxy.address })
}
beforeAll(async () => {
  vault = await openBao()
})
afterAll(async () => {
  await Promise.all(proxies.map((proxy) => proxy.stop()))
  await vault.stop()
})

connectorContract('secrets, on what answers like HashiCorp Vault', async () => kvSubject(vault, await through()))
connectorContract('keys, on what answers like HashiCorp Vault', async () =>
  transitSubject(vault, await through(), 'encrypt'),
)
connectorContract('secrets, on an older server that ignores password hashes', async () =>
  kvSubject(vault, await through({ knowsPasswordHash: false })),
)

// With BAO_BIN naming a HashiCorp Vault the real one is asked, so that the imitation is held to the same table.
const answers: readonly (readonly [string, string, object | undefined, number, object | undefined])[] = [
  ['POST', 'sys/policies/acl/imitated', { policy: '{"path":{}}', ttl: '90s', cas: -1 }, 204, undefined],
  ['POST', 'sys/policies/acl/imitated', { policy: '{"path":{}}', ttl: '90s', cas: -1 }, 204, undefined],
  ['GET', 'sys/policies/acl/imitated', undefined, 200, { data: { name: 'imitated', policy: '{"path":{}}' } }],
  ['GET', 'sys/policies/acl/imitated-x/?list=true', undefined, 405, { errors: [/unsupported operation/] }],
  [
    'GET',
    'kv/detailed-metadata/imitated/?list=true&limit=2',
    undefined,
    404,
    { data: null, warnings: [/Invalid path/] },
  ],
  ['GET', 'kv/metadata/imitated/?list=true&after=b&limit=1', undefined, 200, { data: { keys: ['a', 'b', 'c'] } }],
  ['GET', 'kv/metadata/nothing/?list=true', undefined, 404, { errors: [] }],
  ['GET', 'nothing/metadata/nothing/?list=true', undefined, 404, { errors: [/no handler for route/] }],
  ['GET', 'nothing/keys?list=true', undefined, 404, { errors: [/no handler for route/] }],
  ['GET', 'sys/health', undefined, 200, { enterprise: false, performance_standby: false, sealed: false }],
]
test('what imitates HashiCorp Vault answers as the real one does', async () => {
  const { address, rootToken, flavour } = vault.server
  const proxy = await hashicorpVaultProxy(address)
  proxies.push(proxy)
  const ask = rawCall(flavour === 'openbao' ? proxy.address : address, rootToken)
  for (const name of ['a', 'b', 'c']) await ask('POST', `kv/metadata/imitated/${name}`, { custom_metadata: { name } })
  for (const [method, path, body, status, wanted] of answers) {
    const answer = await ask(method, path, body)
    expect([answer.status, path]).toEqual([status, path])
    if (wanted) expect(answer.body).toMatchObject(matching(wanted))
    else expect(answer.body).toBeUndefined()
  }
  expect(Object.keys((await ask('GET', 'sys/policies/acl/imitated')).body.data).toSorted()).toEqual(['name', 'policy'])
})

/** The same with each pattern as a matcher. */
const matching = (wanted: object): object =>
  Object.fromEntries(
    Object.entries(wanted).map(([key, value]) => [
      key,
      Array.isArray(value) ? value.map((one) => (one instanceof RegExp ? expect.stringMatching(one) : one)) : value,
    ]),
  )
