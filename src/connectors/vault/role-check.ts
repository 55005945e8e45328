import type { Item } from '../../domain/resource.ts'
import type { VaultCalls } from './calls.ts'
import type { VaultContext } from './context.ts'
import { failure } from './failure.ts'
import { permissionOfRole, pkiRole } from './pki-roles.ts'
import { splitPath } from './resource-types.ts'

/**
 * Throws `role-changed` where the end of an access would not do what its approvers read. A vault lets an administrator
 * change a role at any time, so the roles are read before each step that gives something.
 */
export const throwIfRoleChanged = async (
  { mounts }: Pick<VaultContext, 'mounts'>,
  calls: Pick<VaultCalls, 'readRole'>,
  items: readonly Item[],
): Promise<void> => {
  for (const { type, path, permission } of items) {
    const place = type === 'pki' && permission === 'issue' ? splitPath(path, mounts.pki) : undefined
    const role = place && (await calls.readRole(place.mount, place.path, pkiRole))
    if (role && permissionOfRole(role) !== permission) {
      throw failure('role-changed', `The role ${path} makes certificates that the end would not revoke any more.`)
    }
  }
}
