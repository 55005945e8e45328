/** Where the bot works at the vault, as the operator set it up. */
export type VaultLayout = {
  /** Mount paths without slashes at the ends. */
  readonly kvMounts: readonly string[]
  readonly transitMounts: readonly string[]
  readonly userpassMount: string
  /** Every policy of the bot begins with it. */
  readonly prefix: string
  /** Where the bot logs in, when it is to renew its own credentials there. */
  readonly appRole?: { readonly mount: string; readonly role: string }
}

/** Capabilities by path, in the JSON form of a policy document. */
export type PolicyPaths = Readonly<Record<string, { readonly capabilities: readonly string[] }>>

/** Rights beyond what is needed, each good for something. They are optional and found out at start. */
export const optionalRightNames = [
  'list-policies',
  'revoke-tokens',
  'bulk-owner-tags',
  'key-types',
  'rotate-credentials',
  'sweep-credentials',
] as const
/** One of them. */
export type OptionalRight = (typeof optionalRightNames)[number]

/** `vendor`: what the vendor's documentation gives. `least`: only what is needed, a part of it. */
export type PolicyShape = 'vendor' | 'least'

/**
 * What the bot's AppRole may do on this layout, with the optional rights that are asked for. Beware: who may write
 * policies and users can reach every right of the namespace, whatever the shape.
 */
export const managementPolicy = (
  layout: VaultLayout,
  optional: readonly OptionalRight[] = [],
  shape: PolicyShape = 'vendor',
): PolicyPaths => {
  const paths: Record<string, { capabilities: string[] }> =
    shape === 'vendor' ? vendorPaths(layout) : leastPaths(layout)
  for (const mount of layout.kvMounts) paths[`${mount}/metadata/*`] = { capabilities: ['read', 'list'] }
  for (const mount of layout.transitMounts) paths[`${mount}/keys`] = { capabilities: ['list'] }
  if (optional.includes('list-policies')) paths['sys/policies/acl'] = { capabilities: ['list'] }
  if (optional.includes('revoke-tokens')) paths['auth/token/revoke-accessor'] = { capabilities: ['update'] }
  if (optional.includes('bulk-owner-tags')) {
    for (const mount of layout.kvMounts) paths[`${mount}/detailed-metadata/*`] = { capabilities: ['list'] }
  }
  if (optional.includes('key-types')) {
    for (const mount of layout.transitMounts) paths[`${mount}/keys/*`] = { capabilities: ['read'] }
  }
  if (layout.appRole) Object.assign(paths, secretIdPaths(layout.appRole, optional))
  return paths
}

const secretIdPaths = ({ mount, role }: NonNullable<VaultLayout['appRole']>, optional: readonly OptionalRight[]) => {
  const secretId = `auth/${mount}/role/${role}/secret-id`
  const write = { capabilities: ['create', 'update'] }
  return {
    ...(optional.includes('rotate-credentials') && { [secretId]: write, [`${secretId}/destroy`]: write }),
    // With a slash at its end the rule stands beside the one above, and a listing is asked for by that name.
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

/** Users under the prefix only: nobody else's account can be overwritten by mistake. */
const leastPaths = ({ userpassMount, prefix }: VaultLayout) => ({
  'sys/mounts': { capabilities: ['read'] },
  'sys/capabilities-self': { capabilities: ['update'] },
  [`auth/${userpassMount}/users`]: { capabilities: ['list'] },
  [`auth/${userpassMount}/users/${prefix}*`]: { capabilities: ['create', 'update', 'read', 'delete'] },
  [`sys/policies/acl/${prefix}*`]: { capabilities: ['create', 'update', 'read', 'delete'] },
})
