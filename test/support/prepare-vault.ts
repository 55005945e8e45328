import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { managementPolicy, type OptionalRight, type VaultLayout } from '../../src/connectors/vault/management-policy.ts'
import { type AdminCall, adminCall, untilMountAnswers } from '../../src/demo/admin-call.ts'
import type { PreparedVault } from '../../src/demo/prepare-vault.ts'

/** What an operator decides when setting a vault up; every part has the vendor's value as its default. */
export type Preparation = Partial<VaultLayout> & {
  readonly address: string
  readonly rootToken: string
  /** Folder that gets the files `role_id` and `secret_id`, readable by their owner only. Made if it is not there. */
  readonly credentialsFolder: string
  readonly appRoleMount?: string
  readonly roleName?: string
  readonly policyName?: string
  /** Life of the bot's token, and the longest it can be renewed to; both as the vault writes them, such as `60m`. */
  readonly tokenTtl?: string
  readonly tokenMaxTtl?: string
  readonly optionalRights?: readonly OptionalRight[]
}

/**
 * Prepares corners of a server beyond what `latchkey vault setup` offers, such as without a wanted right: mounts for
 * AppRole, userpass, KV v2 and Transit, the management policy with the vendor's rights, and the bot's role, whose
 * credentials are written to a folder. Safe to repeat.
 */
export async function prepareVault(preparation: Preparation): Promise<PreparedVault> {
  const { address, credentialsFolder } = preparation
  const { appRoleMount = 'approle', roleName = 'latchkey', prefix = 'apono-' } = preparation
  const { kvMounts = ['kv'], transitMounts = ['transit'], userpassMount = 'userpass' } = preparation
  const { policyName = `${prefix}management`, tokenTtl = '60m', tokenMaxTtl = '4h' } = preparation
  const {
    workloadMounts = [],
    hasControlGroups = false,
    databaseMounts = [],
    sshMounts = [],
    pkiMounts = [],
    lends,
  } = preparation
  const dynamic = { databaseMounts, sshMounts, pkiMounts, ...(lends && { lends }) }
  const layout = { kvMounts, transitMounts, userpassMount, prefix, workloadMounts, hasControlGroups, ...dynamic }
  const call = adminCall(preparation)

  await mountMissing(call, 'sys/auth', appRoleMount, { type: 'approle' })
  await mountMissing(call, 'sys/auth', userpassMount, { type: 'userpass' })
  for (const mount of kvMounts) await mountMissing(call, 'sys/mounts', mount, { type: 'kv', options: { version: '2' } })
  for (const mount of kvMounts) await untilMountAnswers(call, mount)
  for (const mount of transitMounts) await mountMissing(call, 'sys/mounts', mount, { type: 'transit' })

  for (const mount of databaseMounts) await mountMissing(call, 'sys/mounts', mount, { type: 'database' })
  for (const mount of sshMounts) await mountMissing(call, 'sys/mounts', mount, { type: 'ssh' })
  for (const mount of pkiMounts) await mountMissing(call, 'sys/mounts', mount, { type: 'pki' })

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

const field = (answer: unknown, name: string): string => {
  const data = typeof answer === 'object' && answer !== null && 'data' in answer ? answer.data : undefined
  const value = typeof data === 'object' && data !== null ? Object.entries(data).find(([key]) => key === name)?.[1] : ''
  if (typeof value !== 'string' || value === '') throw new Error(`The vault gave no ${name}.`)
  return value
}
