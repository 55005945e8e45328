import type { Discovered } from '../../domain/discovery.ts'
import type { VaultCalls } from './calls.ts'
import type { VaultContext } from './context.ts'
import type { DynamicEngine } from './engines.ts'
import { unlessDenied } from './listing.ts'
import { certificatesOf } from './pki-roles.ts'
import { accountsOf } from './ssh-roles.ts'

/** A role at a mount. */
export type RoleAt = { readonly mount: string; readonly role: string }

/** What a role lets people have. Reads it, and whatever else it needs. */
export type RoleOffer = (context: VaultContext, calls: VaultCalls, at: RoleAt) => Promise<readonly Discovered[]>

const offers: { readonly [Each in DynamicEngine]: RoleOffer } = {
  database: async () => [],
  ssh: accountsOf,
  pki: certificatesOf,
}

/** What the roles of a mount offer. A role that the bot may not read offers nothing. */
export const rolesAt = async (
  context: VaultContext,
  calls: VaultCalls,
  engine: DynamicEngine,
  mount: string,
): Promise<readonly Discovered[]> => {
  const found: Discovered[] = []
  for (const role of await calls.listRoles(mount)) {
    if (!context.filter.mayCover(`${mount}/${role}/`) && !context.filter.covers(`${mount}/${role}`)) continue
    found.push(...((await unlessDenied(() => offers[engine](context, calls, { mount, role }))) ?? []))
  }
  return found.filter(({ path }) => context.filter.covers(path))
}
