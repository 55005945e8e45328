/** Where the bot works at the vault, as the operator set it up. */
export type VaultLayout = {
  /** Mount paths without slashes at the ends. */
  readonly kvMounts: readonly string[]
  readonly transitMounts: readonly string[]
  readonly userpassMount: string
  /** Every policy of the bot begins with it. */
  readonly prefix: string
}

/** Capabilities by path, in the JSON form of a policy document. */
export type PolicyPaths = Readonly<Record<string, { readonly capabilities: readonly string[] }>>

/** A right beyond the vendor's policy, and what it is good for. Each is optional and found out at start. */
export type OptionalRight = 'list-policies' | 'revoke-tokens' | 'bulk-owner-tags'

/**
 * What the bot's AppRole may do: the rights that the vendor's documentation gives, on this layout, and the optional ones
 * that are asked for. Beware: who may write policies and users can reach every right of the namespace.
 */
export const managementPolicy = (layout: VaultLayout, optional: readonly OptionalRight[] = []): PolicyPaths => {
  const users = `auth/${layout.userpassMount}/users`
  const paths: Record<string, { capabilities: string[] }> = {
    'sys/health': { capabilities: ['read'] },
    'sys/mounts': { capabilities: ['read'] },
    'sys/capabilities-self': { capabilities: ['update'] },
    [users]: { capabilities: ['list'] },
    [`${users}/*`]: { capabilities: ['create', 'update', 'read', 'delete'] },
    [`sys/policies/acl/${layout.prefix}*`]: { capabilities: ['create', 'update', 'read', 'delete', 'list'] },
  }
  for (const mount of layout.kvMounts) paths[`${mount}/metadata/*`] = { capabilities: ['read', 'list'] }
  for (const mount of layout.transitMounts) paths[`${mount}/keys`] = { capabilities: ['list'] }
  if (optional.includes('list-policies')) paths['sys/policies/acl'] = { capabilities: ['list'] }
  if (optional.includes('revoke-tokens')) paths['auth/token/revoke-accessor'] = { capabilities: ['update'] }
  if (optional.includes('bulk-owner-tags')) {
    for (const mount of layout.kvMounts) paths[`${mount}/detailed-metadata/*`] = { capabilities: ['list'] }
  }
  return paths
}
