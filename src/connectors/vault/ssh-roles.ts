import { z } from 'zod'
import type { Discovered } from '../../domain/discovery.ts'
import { obstacleText } from './obstacles.ts'
import { resourceTypeOf } from './resource-types.ts'
import type { RoleOffer } from './role-offers.ts'

const names = z
  .string()
  .nullish()
  .transform((text) => (text ?? '').split(',').map((one) => one.trim()))
  .transform((all) => [...new Set(all.filter((one) => one !== ''))])
const length = z
  .number()
  .nullish()
  .transform((given) => given ?? 0)

/** What a role of an SSH engine allows. */
export const sshRole = z.object({
  key_type: z.string(),
  allow_user_certificates: z.boolean().default(false),
  allowed_users: names,
  allowed_users_template: z.boolean().default(false),
  default_user: z.string().default(''),
  default_user_template: z.boolean().default(false),
  default_extensions: z.record(z.string(), z.string()).nullish(),
  max_ttl: length,
})
/** See `sshRole`. */
export type SshRole = z.output<typeof sshRole>

/** The accounts for which a role signs by name. */
export const principalsOf = (role: SshRole): readonly string[] => {
  const isAny = role.allowed_users.includes('*')
  const named = role.allowed_users_template ? [] : role.allowed_users.filter((one) => one !== '*')
  const { default_user: usual } = role
  // A default user that is not allowed is refused by the vault itself.
  const isUsable = usual !== '' && !role.default_user_template && (isAny || named.includes(usual))
  return [...new Set([...named, ...(isUsable ? [usual] : [])])].sort()
}

/** Why a role signs nothing that can be given. */
export const obstacleOfRole = (role: SshRole, life: number): string | undefined => {
  if (role.key_type !== 'ca') return 'its role gives one-time passwords and signs no keys'
  if (!role.allow_user_certificates) return 'its role signs no keys of users (allow_user_certificates)'
  if (principalsOf(role).length === 0) return withoutAccount(role)
  if (role.max_ttl > 0 && role.max_ttl < life)
    return 'its role allows only certificates that are shorter than certificateLife'
  return undefined
}

const withoutAccount = (role: SshRole): string => {
  if (role.allowed_users_template || role.default_user_template) return 'its role names accounts by a template only'
  return role.allowed_users.includes('*')
    ? 'its role allows every account; name them in allowed_users, or one in default_user'
    : 'its role names no account in allowed_users or default_user'
}

/** What of a role may surprise people, each with its remedy. */
export const faultsOfSsh = (role: SshRole, life: number): readonly (readonly [text: string, remedy: string])[] => {
  const obstacle = obstacleOfRole(role, life)
  return [
    ...(obstacle === undefined ? [] : [[`nobody can ask for it: ${obstacle}`, remedyOf(role)] as const]),
    ...(role.key_type === 'ca' && !hasTerminal(role)
      ? [['its certificates give no terminal', 'add permit-pty to its default_extensions'] as const]
      : []),
    ...(role.allowed_users.includes('*')
      ? [['it allows every account, root too', 'name the accounts in allowed_users'] as const]
      : []),
  ]
}

/** Whether its certificates let their holder open a terminal; others only run commands. */
export const hasTerminal = ({ default_extensions: extensions }: SshRole): boolean =>
  Object.keys(extensions ?? {}).includes('permit-pty')

const remedyOf = (role: SshRole): string => {
  if (role.key_type !== 'ca') return 'make a role with key_type=ca'
  if (!role.allow_user_certificates) return 'set allow_user_certificates=true'
  return principalsOf(role).length === 0
    ? 'name the accounts in allowed_users'
    : 'raise its max_ttl, or lower certificateLife'
}

/** One resource for each account of a role; the role itself, with the reason, where it has none. */
export const accountsOf: RoleOffer = async ({ mounts }, calls, { mount, role: name }) => {
  const role = await calls.readRole(mount, name, sshRole)
  if (!role) return []
  const obstacle = obstacleOfRole(role, mounts.certificateLife)
  const principals = principalsOf(role)
  if (principals.length === 0) return [account(`${mount}/${name}`, obstacle)]
  return principals.map((principal) => account(`${mount}/${name}/${principal}`, obstacle ?? unfit(name, principal)))
}

const account = (path: string, obstacle: string | undefined): Discovered => {
  const reason = obstacle ?? obstacleText(path)
  return { type: 'ssh', path, permissions: ['sign'], ...(reason !== undefined && { obstacle: reason }) }
}

const unfit = (role: string, principal: string): string | undefined =>
  resourceTypeOf('ssh')?.pattern?.test(`${role}/${principal}`)
    ? undefined
    : 'the account’s name has a character other than letters, digits, ".", "_", "@" and "-"'
