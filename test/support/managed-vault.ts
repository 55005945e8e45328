import { request } from 'node:http'
import { type Mounts, noMounts } from '../../src/connectors/vault/engines.ts'
import { planFor } from '../../src/connectors/vault/policy.ts'
import { resourceId } from '../../src/domain/ids.ts'
import type { Item } from '../../src/domain/resource.ts'
import type { TestVault } from './openbao.ts'
import { type RawCall, rawCall } from './openbao-calls.ts'

export type Level = 'Admin' | 'ReadWrite' | 'ReadOnly'
export const levels: readonly Level[] = ['Admin', 'ReadWrite', 'ReadOnly']

export const managed = (path: string, permission: Level, except?: readonly string[]): Item => ({
  ...{ resource: resourceId(path), type: 'management', path, permission },
  ...(except && { except }),
})

let count = 0

/** A holder of these items: a token under their policy, without the slow ceremony of a grant. */
export const holderOf = async (
  vault: TestVault,
  given: readonly string[] | Partial<Mounts>,
  items: readonly Item[],
) => {
  const plan = planFor(items, { ...noMounts, ...('length' in given ? { kv: given } : given) })
  if (!plan.ok) throw new Error(plan.refusal.code)
  const root = rawCall(vault.server.address, vault.server.rootToken)
  const name = `managed-${++count}`
  await root('PUT', `sys/policies/acl/${name}`, { policy: plan.value.document })
  const token: string = (await root('POST', 'auth/token/create', { policies: [name], no_default_policy: true })).body
    .auth.client_token
  return { call: rawCall(vault.server.address, token), token, document: plan.value.document }
}

/** The PATCH of a KV v2 mount wants its own content type. */
export const merge = { 'Content-Type': 'application/merge-patch+json' }

/** What root reads of a secret: its value, versions and owner tag; the same text as long as nobody changed it. */
export const stateOf = async (root: RawCall, mount: string, path: string): Promise<string> => {
  const [data, metadata] = [await root('GET', `${mount}/data/${path}`), await root('GET', `${mount}/metadata/${path}`)]
  const { versions, custom_metadata: tags, current_version: current } = metadata.body?.data ?? {}
  return JSON.stringify([data.body?.data?.data, versions, tags, current])
}

/** Sends a path byte for byte: `fetch` would resolve its dots first. */
export const sendRaw = (address: string, token: string, method: string, path: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(address)
    const headers = { 'X-Vault-Token': token }
    const sent = request({ hostname, port, method, path: `/v1/${path}`, headers }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(answer.statusCode ?? 0))
    })
    sent.on('error', reject)
    sent.end()
  })
