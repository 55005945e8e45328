import { afterAll, beforeAll } from 'vitest'
import { openBao, type TestVault } from '../support/openbao.ts'
import { connectorTo } from '../support/openbao-connector.ts'
import { kvSubject, transitSubject } from './connector-subjects.ts'
import { connectorContract } from './connector-suite.ts'

let vault: TestVault
beforeAll(async () => {
  vault = await openBao()
})
afterAll(() => vault.stop())

connectorContract('secrets, with exactly the rights of the vendor policy', async () =>
  kvSubject(vault, connectorTo(vault.prepared)),
)
connectorContract('keys to encrypt with', async () => transitSubject(vault, connectorTo(vault.prepared), 'encrypt'))
connectorContract('keys to sign with', async () => transitSubject(vault, connectorTo(vault.prepared), 'sign'))
connectorContract('secrets, with every optional right, on mounts of its own', async () => {
  const prepared = await vault.prepare({
    prefix: 'latchkey-',
    roleName: 'second',
    kvMounts: ['team/kv'],
    transitMounts: [],
    userpassMount: 'userpass-jit',
    appRoleMount: 'approle-jit',
    optionalRights: ['list-policies', 'revoke-tokens', 'bulk-owner-tags'],
  })
  return kvSubject(vault, connectorTo(prepared), 'team/kv')
})
