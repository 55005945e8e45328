import type { VaultConnector } from '../../src/connectors/vault/connector.ts'
import { resourceId } from '../../src/domain/ids.ts'
import type { Item } from '../../src/domain/resource.ts'
import type { TestVault } from '../support/openbao.ts'
import { encoded, rawCall } from '../support/openbao-calls.ts'
import type { Subject } from './connector-suite.ts'

let count = 0

const itemAt = (type: string, path: string, permission: string): Item => ({
  resource: resourceId(path),
  type,
  path,
  permission,
})

const subject = (vault: TestVault, connector: VaultConnector, more: Pick<Subject, 'makeItem' | 'canUse'>): Subject => ({
  connector,
  deletePolicies: async ({ policies }) => {
    for (const name of Array.isArray(policies) ? policies : []) await vault.admin('DELETE', `sys/policies/acl/${name}`)
  },
  stop: connector.close,
  ...more,
})

/** Secrets of a KV mount; their names hold a space and a quote, as real ones may. */
export const kvSubject = (vault: TestVault, connector: VaultConnector, mount = 'kv'): Subject =>
  subject(vault, connector, {
    makeItem: async () => {
      const name = `apps/it's number ${++count}`
      for (const path of [name, `${name}x`]) {
        await vault.admin('POST', `${mount}/data/${encoded(path)}`, { data: { value: 'example' } })
      }
      return {
        item: itemAt('secret', `${mount}/${name}`, 'read'),
        sibling: itemAt('secret', `${mount}/${name}x`, 'read'),
      }
    },
    canUse: async ({ path }, token) => {
      const below = path.slice(mount.length + 1)
      const read = await rawCall(vault.server.address, token.reveal())('GET', `${mount}/data/${encoded(below)}`)
      return read.status === 200 && read.body.data.data.value === 'example'
    },
  })

const inputs: Record<string, object> = {
  encrypt: { plaintext: 'AAAA' },
  sign: { input: 'AAAA' },
}

/** One permission on keys of a Transit mount. */
export const transitSubject = (vault: TestVault, connector: VaultConnector, permission: 'encrypt' | 'sign'): Subject =>
  subject(vault, connector, {
    makeItem: async () => {
      const name = `key-${++count}`
      const type = permission === 'sign' ? 'ed25519' : 'aes256-gcm96'
      for (const key of [name, `${name}x`]) await vault.admin('POST', `transit/keys/${key}`, { type })
      return {
        item: itemAt('key', `transit/${name}`, permission),
        sibling: itemAt('key', `transit/${name}x`, permission),
      }
    },
    canUse: async ({ path }, token) => {
      const [mount, key] = path.split('/')
      const call = rawCall(vault.server.address, token.reveal())
      return (await call('POST', `${mount}/${permission}/${key}`, inputs[permission])).status === 200
    },
  })
