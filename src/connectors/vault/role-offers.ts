import type { Discovered } from '../../domain/discovery.ts'
import { resourceId } from '../../domain/ids.ts'
import type { VaultCalls } from './calls.ts'
import type { VaultContext } from './context.ts'
import { loginsOf } from './database-roles.ts'
import type { DynamicEngine } from './engines.ts'
import { unlessDenied } from './listing.ts'
import { certificatesOf } from './pki-roles.ts'
import { accountsOf } from './ssh-roles.ts'
import { needsTokenEnd } from './token-ends.ts'

/** A role at a mount. */
export type RoleAt = { readonly mount: string; readonly role: string }

/** What a role lets people have. Reads it, and whatever else it needs. */
export type RoleOffer = (context: VaultContext, calls: VaultCalls, at: RoleAt) => Promise<readonly Discovered[]>

const offers: { readonly [Each in DynamicEngine]: RoleOffer } = {
  database: loginsOf,
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
  const isEndless = !(await context.rights()).has('revoke-tokens')
  return found
    .filter(({ path }) => context.filter.covers(path))
    .map((one) => (isEndless && one.permissions.some((each) => endsByToken(context, one, each)) ? endless(one) : one))
}

const endsByToken = (context: VaultContext, { type, path }: Discovered, permission: string): boolean =>
  needsTokenEnd(context, [{ resource: resourceId(path), type, path, permission }])

/** Shown with the reason, so that people know whom to ask. */
const endless = (one: Discovered): Discovered => ({
  ...one,
  obstacle: 'Latchkey may not end the tokens of people at this vault (its right revoke-tokens)',
})
