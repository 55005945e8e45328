import { z } from 'zod'
import {
  managementPolicy,
  type OptionalRight,
  optionalRightNames,
  type PolicyPaths,
  type PolicyShape,
} from '../../connectors/vault/management-policy.ts'
import { namePatterns } from '../../connectors/vault/names.ts'
import { CliError } from '../trouble.ts'
import type { Admin } from './admin.ts'
import type { PresentLogin } from './login-options.ts'
import { presentLogin } from './login-steps.ts'
import { layoutOf, ours, type SetupSettings } from './settings.ts'

/** The present set-up of the vault, which stays where no option names it. Absent without a set-up. */
export type Present = {
  readonly role?: PresentRole
  readonly policy?: PresentPolicy
  /** The longest token life of the people's mount, in seconds; absent without its own limit. */
  readonly longest?: number
  /** Others use the AppRole or the userpass mount, so neither is tuned. */
  readonly isShared?: boolean
}

type PresentRole = {
  /** The policies of the bot's token, including ours. */
  readonly policies: readonly string[]
  readonly tokenTtl: number
  readonly tokenMaxTtl: number
  readonly secretIdTtl: number
  readonly secretIdUses: number
  readonly cidrs: readonly string[]
  readonly secretIdCidrs: readonly string[]
  /** Whom the role lets in, where tokens log in. */
  readonly login?: PresentLogin
}

export type PresentPolicy = {
  readonly kvMounts: readonly string[]
  readonly transitMounts: readonly string[]
  readonly databaseMounts: readonly string[]
  readonly sshMounts: readonly string[]
  readonly pkiMounts: readonly string[]
  readonly workloadMounts: readonly string[]
  readonly extras: readonly OptionalRight[]
  readonly shape: PolicyShape
  /** Rules that an administrator added. */
  readonly others: PolicyPaths
}

const networks = z
  .array(z.string())
  .nullish()
  .transform((given) => given ?? [])
const roleAnswer = z.object({
  token_policies: networks,
  token_ttl: z.number(),
  token_max_ttl: z.number(),
  // Only an AppRole has secret_ids.
  secret_id_ttl: z.number().default(0),
  secret_id_num_uses: z.number().default(0),
  token_bound_cidrs: networks,
  secret_id_bound_cidrs: networks,
})
const policyAnswer = z.object({ policy: z.string() })
const mountsAnswer = z.record(z.string(), z.object({ config: z.object({ max_lease_ttl: z.number().default(0) }) }))

/** Reads the role, policy and mount that the settings name. */
export const readPresent = async (admin: Admin, names: SetupSettings): Promise<Present> => {
  const { userpassMount } = names
  const there = await readRole(admin, names.appRole)
  const policy = policyAnswer.safeParse(await admin.read('sys/policies/acl', names.policy)).data?.policy
  const auth = mountsAnswer.parse(await admin.read('sys/auth'))
  const longest = auth[`${userpassMount}/`]?.config.max_lease_ttl ?? 0
  return {
    isShared: await isShared(admin, names, (mount) => `${mount}/` in auth),
    ...(there !== undefined && { role: { ...roleOf(roleAnswer.parse(there)), login: presentLogin(there) } }),
    ...(policy !== undefined && { policy: policyOf(policy, names, enginesAt(await admin.read('sys/mounts'))) }),
    ...(longest > 0 && { longest }),
  }
}

/** The role as the vault has it; `undefined` while there is none. A role that cannot be read is an error, not a missing one. */
export const readRole = async (admin: Admin, { mount, role }: SetupSettings['appRole']): Promise<unknown> => {
  const auth = mountsAnswer.parse(await admin.read('sys/auth'))
  return `${mount}/` in auth ? admin.read('auth', mount, 'role', role) : undefined
}

/** Whether others use one of the two mounts. Mounts that cannot be listed count as shared. */
const isShared = async (
  admin: Admin,
  { appRole, login, userpassMount, prefix }: SetupSettings,
  isThere: (mount: string) => boolean,
): Promise<boolean> => {
  try {
    // Others' roles at a Kubernetes or JWT method are usual; that mount is never tuned.
    const roles =
      login.way === 'approle' && isThere(appRole.mount) ? await admin.list('auth', appRole.mount, 'role') : []
    const users = isThere(userpassMount) ? await admin.list('auth', userpassMount, 'users') : []
    return roles.some((role) => role !== appRole.role) || users.some((user) => !namePatterns(prefix).user.test(user))
  } catch (error) {
    if (error instanceof CliError) return true
    throw error
  }
}

const roleOf = (found: z.infer<typeof roleAnswer>): PresentRole => ({
  policies: found.token_policies,
  tokenTtl: found.token_ttl,
  tokenMaxTtl: found.token_max_ttl,
  secretIdTtl: found.secret_id_ttl,
  secretIdUses: found.secret_id_num_uses,
  cidrs: found.token_bound_cidrs,
  secretIdCidrs: found.secret_id_bound_cidrs,
})

const enginesAnswer = z.record(z.string(), z.object({ type: z.string() }))

/** The engine of a mount; `undefined` for one that is not there any more. */
const enginesAt = (answer: unknown) => {
  const mounts = enginesAnswer.parse(answer)
  return (mount: string): string | undefined => mounts[`${mount}/`]?.type
}

const rule = /path\s+"([^"]+)"\s*\{\s*capabilities\s*=\s*\[([^\]]*)\]\s*\}/g

/** The rules of a management policy. Throws when it contains more than paths with capabilities, which we cannot keep. */
export const policyOf = (
  text: string,
  names: SetupSettings,
  engineOf: (mount: string) => string | undefined,
): PresentPolicy => {
  const plain = text.replace(/^\s*#.*$/gm, '')
  const strange = plain.replace(rule, '').trim()
  if (strange !== '') {
    throw new CliError(
      `the policy ${names.policy} has something that cannot be kept: ${strange.slice(0, 80)} ` +
        'Take it out, or put it into another policy of the role.',
    )
  }
  const paths: PolicyPaths = Object.fromEntries(
    [...plain.matchAll(rule)].map(([, path = '', list = '']) => [
      path,
      {
        capabilities: list
          .split(',')
          .map((one) => one.trim().replace(/^"|"$/g, ''))
          .filter((one) => one !== ''),
      },
    ]),
  )
  const mountsWith = (end: string) =>
    Object.keys(paths).flatMap((path) => (path.endsWith(end) ? [path.slice(0, -end.length)] : []))
  const workloadMounts = Object.keys(paths).flatMap(
    (path) => /^auth\/(.+)\/role\/[^/]+\*$/.exec(path)?.slice(1, 2) ?? [],
  )
  const named = [...new Set([...(names.workloadMounts ?? []), ...workloadMounts])]
  const withRoles = mountsWith('/roles').filter((mount) => `${mount}/roles/*` in paths)
  const roleMounts = (engine: string) => withRoles.filter((mount) => engineOf(mount) === engine)
  const dynamic = {
    ...{ databaseMounts: roleMounts('database'), sshMounts: roleMounts('ssh'), pkiMounts: roleMounts('pki') },
  }
  const layout = {
    ...{ ...layoutOf(names), kvMounts: mountsWith('/metadata/*'), transitMounts: mountsWith('/keys') },
    workloadMounts: named,
    ...dynamic,
  }
  const shape = `auth/${names.userpassMount}/users/*` in paths ? 'vendor' : 'least'
  const base = managementPolicy(layout, [], shape)
  const rulesOf = (right: OptionalRight) =>
    Object.keys(managementPolicy(layout, [right], shape)).filter((path) => !(path in base))
  // A rule that several rights need proves none of them, unless it is all that a right needs.
  const isOwn = (right: OptionalRight, path: string) =>
    optionalRightNames.every((other) => other === right || !rulesOf(other).includes(path))
  const marksOf = (right: OptionalRight) => {
    const own = rulesOf(right).filter((path) => isOwn(right, path))
    return own.length > 0 ? own : rulesOf(right)
  }
  const has = (right: OptionalRight) => marksOf(right).some((path) => path in paths)
  const extras = optionalRightNames.filter(has)
  // Rights to a secret_id of before are worth nothing to a bot with a token, so they are not kept.
  const appRole = names.login.way === 'approle' ? names.appRole : { ...names.appRole, mount: ours.approle }
  const known = managementPolicy({ ...layout, appRole }, optionalRightNames, shape)
  const others = Object.fromEntries(Object.entries(paths).filter(([path]) => !(path in known)))
  const { kvMounts, transitMounts } = layout
  return { kvMounts, transitMounts, ...dynamic, workloadMounts, extras, shape, others }
}
