import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { managementPolicy, type OptionalRight, type VaultLayout } from '../connectors/vault/management-policy.ts'

/** The decisions of an operator who sets up a vault; each has the vendor's value as default. */
export type Preparation = Partial<VaultLayout> & {
  readonly address: string
  readonly rootToken: string
  /** The folder for the files `role_id` and `secret_id`, readable by their owner only. It is created if missing. */
  readonly credentialsFolder: string
  readonly appRoleMount?: string
  readonly roleName?: string
  readonly policyName?: string
  /** The life of the bot's token, and its longest life after renewals, as the vault writes them, such as `60m`. */
  readonly tokenTtl?: string
  readonly tokenMaxTtl?: string
  readonly optionalRights?: readonly OptionalRight[]
}

/** The result of the set-up: enough to configure the connector, and to log in as the bot. */
export type PreparedVault = VaultLayout & {
  readonly address: string
  readonly appRoleMount: string
  readonly roleName: string
  readonly credentialsFolder: string
}

/** Makes one call with the root token. Throws an Error with the vault's own words unless it succeeds. */
export type AdminCall = (method: string, path: string, body?: unknown) => Promise<unknown>

/** Calls a vault as its administrator. `path` follows `/v1/` and is sent unchanged. */
export const adminCall =
  ({ address, rootToken }: { readonly address: string; readonly rootToken: string }): AdminCall =>
  async (method, path, body) => {
    const init = body === undefined ? {} : { body: JSON.stringify(body) }
    const answer = await fetch(`${address}/v1/${path}`, { method, headers: { 'X-Vault-Token': rootToken }, ...init })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path} was answered with ${answer.status}: ${text.slice(0, 300)}`)
    return text === '' ? undefined : JSON.parse(text)
  }

/**
 * Does what an operator does once. It creates mounts for AppRole, userpass, KV v2 and Transit, and the management
 * policy with the vendor's rights. It creates the bot's role and writes its credentials to a folder. Safe to repeat.
 */
export async function prepareVault(preparation: Preparation): Promise<PreparedVault> {
  const { address, credentialsFolder } = preparation
  const { appRoleMount = 'approle', roleName = 'latchkey', prefix = 'apono-' } = preparation
  const { kvMounts = ['kv'], transitMounts = ['transit'], userpassMount = 'userpass' } = preparation
  const { policyName = `${prefix}management`, tokenTtl = '60m', tokenMaxTtl = '4h' } = preparation
  const layout = { kvMounts, transitMounts, userpassMount, prefix }
  const call = adminCall(preparation)

  await mountMissing(call, 'sys/auth', appRoleMount, { type: 'approle' })
  await mountMissing(call, 'sys/auth', userpassMount, { type: 'userpass' })
  for (const mount of kvMounts) await mountMissing(call, 'sys/mounts', mount, { type: 'kv', options: { version: '2' } })
  for (const mount of kvMounts) await untilAnswers(call, `${mount}/config`)
  for (const mount of transitMounts) await mountMissing(call, 'sys/mounts', mount, { type: 'transit' })

  const policy = JSON.stringify({ path: managementPolicy(layout, preparation.optionalRights) })
  await call('PUT', `sys/policies/acl/${policyName}`, { policy })
  const role = `auth/${appRoleMount}/role/${roleName}`
  await call('POST', role, { token_policies: [policyName], token_ttl: tokenTtl, token_max_ttl: tokenMaxTtl })

  const credentials = {
    role_id: field(await call('GET', `${role}/role-id`), 'role_id'),
    secret_id: field(await call('POST', `${role}/secret-id`), 'secret_id'),
  }
  await mkdir(credentialsFolder, { recursive: true, mode: 0o700 })
  for (const [name, value] of Object.entries(credentials)) {
    await writeFile(join(credentialsFolder, name), `${value}\n`, { mode: 0o600 })
  }
  return { ...layout, address, appRoleMount, roleName, credentialsFolder }
}

async function mountMissing(call: AdminCall, kind: 'sys/auth' | 'sys/mounts', path: string, body: object) {
  const mounted = await call('GET', kind)
  if (typeof mounted === 'object' && mounted !== null && `${path}/` in mounted) return
  await call('POST', `${kind}/${path}`, body)
}

/** A new KV v2 mount refuses every call for a moment, until it is ready. */
async function untilAnswers(call: AdminCall, path: string): Promise<void> {
  const deadline = Date.now() + 10_000
  for (;;) {
    try {
      await call('GET', path)
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
      await delay(20)
    }
  }
}

const field = (answer: unknown, name: string): string => {
  const data = typeof answer === 'object' && answer !== null && 'data' in answer ? answer.data : undefined
  const value = typeof data === 'object' && data !== null ? Object.entries(data).find(([key]) => key === name)?.[1] : ''
  if (typeof value !== 'string' || value === '') throw new Error(`The vault gave no ${name}.`)
  return value
}
