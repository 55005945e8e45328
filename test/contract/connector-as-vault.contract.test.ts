import { afterAll, beforeAll } from 'vitest'
import { hashicorpVaultProxy } from '../support/hashicorp-vault-proxy.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
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
