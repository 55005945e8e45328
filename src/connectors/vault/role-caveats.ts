import type { Caveat } from '../../domain/caveat.ts'
import type { VaultCalls } from './calls.ts'
import type { VaultContext } from './context.ts'
import { leavesMore, readDatabaseRole } from './database-roles.ts'
import type { DynamicEngine } from './engines.ts'
import { obstacleOfPki, permissionOfRole, pkiRole } from './pki-roles.ts'
import type { MountPath } from './resource-types.ts'
import { hasTerminal, obstacleOfRole, principalsOf, sshRole } from './ssh-roles.ts'
import { partsOf } from './ssh-type.ts'

type Context = Pick<VaultContext, 'mounts' | 'databaseRoles'>

/** What has become of a role since discovery saw it, or since somebody asked. */
export const caveatsOfRole = async (
  { mounts, databaseRoles }: Context,
  calls: Pick<VaultCalls, 'readRole'>,
  engine: DynamicEngine,
  { mount, path }: MountPath,
  permission: string | undefined,
): Promise<readonly Caveat[]> => {
  const life = mounts.certificateLife
  if (engine === 'ssh') {
    const { role: name, principal } = partsOf(path)
    const role = await calls.readRole(mount, name, sshRole)
    if (!role) return ['role-gone']
    const isOffered = obstacleOfRole(role, life) === undefined && principalsOf(role).includes(principal)
    if (!isOffered) return ['role-changed']
    return hasTerminal(role) ? [] : ['no-terminal']
  }
  if (engine === 'database') {
    const role = await readDatabaseRole(calls, mount, path)
    if (!role) return ['role-gone']
    const seen = databaseRoles.get(`${mount}/${path}`)
    return seen && leavesMore(role, seen) ? ['role-changed'] : []
  }
  const role = await calls.readRole(mount, path, pkiRole)
  if (!role) return ['role-gone']
  const isOther = permission !== undefined && permissionOfRole(role) !== permission
  return isOther || obstacleOfPki(role, life) !== undefined ? ['role-changed'] : []
}
