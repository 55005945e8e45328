import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { documentOf, lendingOf } from '../../src/connectors/vault/contained/lending.ts'
import { roleFor } from '../../src/connectors/vault/contained/role.ts'
import { containedSettings } from '../../src/connectors/vault/contained/settings.ts'
import { noMounts } from '../../src/connectors/vault/engines.ts'
import type { AdminCall } from '../../src/demo/admin-call.ts'
import type { PreparedVault } from '../../src/demo/prepare-vault.ts'

/** The two modes in which attacks are tried, so that one test body serves both. */
export const modes = ['root-equivalent', 'contained'] as const
export type Mode = (typeof modes)[number]

const data = <Shape extends z.ZodRawShape>(shape: Shape) => z.object({ data: z.object(shape) })

/**
 * Makes what an administrator makes for a bot that only lends: the policies, the token roles, and an AppRole with nothing
 * but the rights to lend. Returns the corner with that AppRole's credentials.
 */
export const lendFrom = async (
  admin: AdminCall,
  prepared: PreparedVault,
  contained: unknown,
): Promise<PreparedVault> => {
  const { prefix, kvMounts, transitMounts, appRoleMount } = prepared
  const settings = containedSettings.parse(contained)
  const lending = lendingOf(settings, { ...noMounts, kv: kvMounts, transit: transitMounts })
  const rights: Record<string, readonly string[]> = {
    'sys/mounts': ['read'],
    'sys/capabilities-self': ['update'],
    'auth/token/revoke-accessor': ['update'],
    'auth/token/lookup-accessor': ['update'],
  }
  for (const mount of kvMounts) rights[`${mount}/metadata/*`] = ['read', 'list']
  for (const mount of transitMounts) rights[`${mount}/keys`] = ['list']
  for (const policy of lending.policies) {
    await admin('POST', `sys/policies/acl/${policy.name}`, { policy: documentOf(policy) })
    rights[`sys/policies/acl/${policy.name}`] = ['read']
  }
  for (const role of settings.roles) {
    await admin('POST', `auth/token/roles/${role.name}`, roleFor(role, prefix))
    rights[`auth/token/create/${role.name}`] = ['update']
    rights[`auth/token/roles/${role.name}`] = ['read']
  }
  const path = Object.fromEntries(Object.entries(rights).map(([at, capabilities]) => [at, { capabilities }]))
  await admin('POST', 'sys/policies/acl/lending-bot', { policy: JSON.stringify({ path }) })
  const own = `auth/${appRoleMount}/role/lending-bot`
  await admin('POST', own, { token_policies: ['lending-bot'], token_no_default_policy: true, token_ttl: '60m' })
  const roleId = data({ role_id: z.string() }).parse(await admin('GET', `${own}/role-id`)).data.role_id
  const secretId = data({ secret_id: z.string() }).parse(await admin('POST', `${own}/secret-id`)).data.secret_id
  const credentialsFolder = join(prepared.credentialsFolder, `lending-${randomUUID()}`)
  await mkdir(credentialsFolder, { recursive: true, mode: 0o700 })
  await writeFile(join(credentialsFolder, 'role_id'), roleId, { mode: 0o600 })
  await writeFile(join(credentialsFolder, 'secret_id'), secretId, { mode: 0o600 })
  return { ...prepared, roleName: 'lending-bot', credentialsFolder }
}

/** Everything beneath `apps/`, which the worlds of tests ask for. */
export const lendsApps = {
  policies: [{ name: 'lend-apps', gives: [{ type: 'secret', path: 'kv/apps/*', permissions: ['read'] }] }],
  roles: [{ name: 'lend', policies: ['lend-apps'], longest: '8h', aliases: true }],
}

const keys = data({ keys: z.array(z.string()) })
const named = data({ display_name: z.string(), policies: z.array(z.string()).nullable() })

/** The drawn names of tokens that live at the vault, wrapped or not. */
export const liveNames = async (admin: AdminCall, part: string): Promise<readonly string[]> => {
  const accessors = keys.parse(await admin('GET', 'auth/token/accessors?list=true')).data.keys
  const found = await Promise.all(
    accessors.map(async (accessor) => {
      const answer = await admin('POST', 'auth/token/lookup-accessor', { accessor }).catch(() => undefined)
      const { display_name: name, policies } = named.safeParse(answer).data?.data ?? {}
      return name?.includes(part) && !policies?.includes('response-wrapping') ? [name.replace(/^token-/, '')] : []
    }),
  )
  return found.flat().sort()
}
