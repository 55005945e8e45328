import { lendingPaths, type NamesLent } from './contained/layout.ts'

/** The paths where the bot works at the vault, as the operator set them up. */
export type VaultLayout = {
  /** Mount paths without slashes at the ends. */
  readonly kvMounts: readonly string[]
  readonly transitMounts: readonly string[]
  /** Absent: nothing of that engine is on offer. */
  readonly databaseMounts?: readonly string[]
  readonly sshMounts?: readonly string[]
  readonly pkiMounts?: readonly string[]
  readonly userpassMount: string
  /** The prefix of every policy of the bot. */
  readonly prefix: string
  /** Where workloads log in; absent: only people get access. */
  readonly workloadMounts?: readonly string[]
  /** Whether people of ours decide on the vault's control groups. */
  readonly hasControlGroups?: boolean
  /** What an administrator lends; present: the bot writes no policy and no user. */
  readonly lends?: NamesLent
  /** The bot's AppRole; present when the bot renews its own credentials. */
  readonly appRole?: { readonly mount: string; readonly role: string }
}

/** Capabilities by path, in the JSON form of a policy document. */
export type PolicyPaths = Readonly<Record<string, { readonly capabilities: readonly string[] }>>

/** Optional rights, each useful for one thing. The bot finds out at the start which ones it has. */
export const optionalRightNames = [
  'list-policies',
  'revoke-tokens',
  'bulk-owner-tags',
  'key-types',
  'rotate-credentials',
  'sweep-credentials',
  'workloads',
  'control-groups',
  'stuck-leases',
] as const
/** One optional right. */
export type OptionalRight = (typeof optionalRightNames)[number]

/** `vendor`: the rights in the vendor's documentation. `least`: only the needed ones, which are part of them. */
export type PolicyShape = 'vendor' | 'least'

/**
 * The rights of the bot's AppRole on this layout, with the chosen optional rights. Beware: with either shape, a writer
 * of policies and users can get every right of the namespace. One that only lends cannot.
 */
export const managementPolicy = (
  layout: VaultLayout,
  optional: readonly OptionalRight[] = [],
  shape: PolicyShape = 'vendor',
): PolicyPaths => {
  const { lends } = layout
  const paths: Record<string, { capabilities: readonly string[] }> = lends
    ? { ...lendingPaths(lends) }
    : shape === 'vendor'
      ? vendorPaths(layout)
      : leastPaths(layout)
  for (const mount of layout.kvMounts) paths[`${mount}/metadata/*`] = { capabilities: ['read', 'list'] }
  for (const mount of layout.transitMounts) paths[`${mount}/keys`] = { capabilities: ['list'] }
  for (const mount of roleMounts(layout)) {
    paths[`${mount}/roles`] = { capabilities: ['list'] }
    paths[`${mount}/roles/*`] = { capabilities: ['read'] }
  }
  if (!lends && optional.includes('list-policies')) paths['sys/policies/acl'] = { capabilities: ['list'] }
  if (optional.includes('revoke-tokens')) paths['auth/token/revoke-accessor'] = { capabilities: ['update'] }
  if (optional.includes('bulk-owner-tags')) {
    for (const mount of layout.kvMounts) paths[`${mount}/detailed-metadata/*`] = { capabilities: ['list'] }
  }
  if (optional.includes('key-types')) {
    for (const mount of layout.transitMounts) paths[`${mount}/keys/*`] = { capabilities: ['read'] }
  }
  if (!lends && optional.includes('workloads')) {
    const { workloadMounts = [], prefix } = layout
    for (const mount of workloadMounts) paths[`auth/${mount}/role/${prefix}*`] = { capabilities: [...wholeRole] }
    // Names of others' roles are listed only where leftovers are to be found.
    if (optional.includes('list-policies'))
      for (const mount of workloadMounts) paths[`auth/${mount}/role`] = { capabilities: ['list'] }
  }
  if (optional.includes('control-groups') && layout.hasControlGroups) {
    for (const path of controlGroupPaths) paths[path] = { capabilities: ['update'] }
  }
  if (optional.includes('stuck-leases') && leaseMounts(layout)) paths['sys/leases'] = { capabilities: ['read', 'sudo'] }
  if (layout.appRole) Object.assign(paths, secretIdPaths(layout.appRole, optional))
  return paths
}

/** The mounts whose roles are on offer. The bot only reads what they allow, and never uses them. */
const roleMounts = ({ databaseMounts = [], sshMounts = [], pkiMounts = [] }: VaultLayout): readonly string[] => [
  ...new Set([...databaseMounts, ...sshMounts, ...pkiMounts]),
]

/** Sees what waits, when it ends, and ends it when a member denies it. None of them authorises anything. */
const controlGroupPaths = [
  'sys/control-group/request',
  'auth/token/lookup-accessor',
  'auth/token/revoke-accessor',
] as const
/** Whether something on offer makes leases, which the vault may give up ending. */
const leaseMounts = ({ databaseMounts = [], pkiMounts = [] }: VaultLayout): boolean =>
  databaseMounts.length + pkiMounts.length > 0

/** A role under the prefix, and for an AppRole its role_id and secret_ids. */
const wholeRole = ['create', 'update', 'read', 'delete'] as const

const secretIdPaths = ({ mount, role }: NonNullable<VaultLayout['appRole']>, optional: readonly OptionalRight[]) => {
  const secretId = `auth/${mount}/role/${role}/secret-id`
  const write = { capabilities: ['create', 'update'] }
  return {
    ...(optional.includes('rotate-credentials') && { [secretId]: write, [`${secretId}/destroy`]: write }),
    // The final slash keeps this rule separate from the one above, and a list call uses that path.
    ...(optional.includes('sweep-credentials') && {
      [`${secretId}/`]: { capabilities: ['list'] },
      [`${secretId}-accessor/lookup`]: write,
      [`${secretId}-accessor/destroy`]: write,
    }),
  }
}

const vendorPaths = ({ userpassMount, prefix }: VaultLayout) => ({
  'sys/health': { capabilities: ['read'] },
  'sys/mounts': { capabilities: ['read'] },
  'sys/capabilities-self': { capabilities: ['update'] },
  [`auth/${userpassMount}/users`]: { capabilities: ['list'] },
  [`auth/${userpassMount}/users/*`]: { capabilities: ['create', 'update', 'read', 'delete'] },
  [`sys/policies/acl/${prefix}*`]: { capabilities: ['create', 'update', 'read', 'delete', 'list'] },
})

/** Only users under the prefix: no mistake can overwrite another account. */
const leastPaths = ({ userpassMount, prefix }: VaultLayout) => ({
  'sys/mounts': { capabilities: ['read'] },
  'sys/capabilities-self': { capabilities: ['update'] },
  [`auth/${userpassMount}/users`]: { capabilities: ['list'] },
  [`auth/${userpassMount}/users/${prefix}*`]: { capabilities: ['create', 'update', 'read', 'delete'] },
  [`sys/policies/acl/${prefix}*`]: { capabilities: ['create', 'update', 'read', 'delete'] },
})
