import type { Handle } from '../../domain/connector.ts'
import { seconds } from '../../domain/time.ts'
import type { Workload } from '../../domain/workload.ts'
import type { VaultContext } from './context.ts'
import { isFailure } from './failure.ts'
import { readHandle } from './handle.ts'
import { loginMounts } from './workload-params.ts'
import { isAsMade, livesOf, mountOf, roleCalls, roleFor } from './workload-roles.ts'

/**
 * Whether the role of a grant is as made: one must exist, and each that exists must be bound exactly to the workload and
 * its policy.
 */
export const inspectRoles = async (
  { params, send }: VaultContext,
  handle: Handle,
  workload: Workload,
): Promise<'sound' | 'missing' | 'altered'> => {
  const roles = roleCalls(send)
  const mount = mountOf(params, workload)
  const found = await Promise.all(
    readHandle(handle).policies.map(async (name) => ({ name, role: await roles.read(mount, name) })),
  )
  const lives = livesOf(workload, seconds(1))
  const there = found.flatMap(({ name, role }) => (role ? [{ name, role }] : []))
  if (there.some(({ name, role }) => !isAsMade(role, roleFor(workload, name, lives), 'any'))) return 'altered'
  return there.length === 0 ? 'missing' : 'sound'
}

/** The mounts in which roles of this integration may be. */
const mountsOf = ({ params }: VaultContext): readonly string[] =>
  params.workloads ? loginMounts(params.workloads) : []

/** The names of roles of this instance, as far as the bot may list them. */
export const ownRoles = async (context: VaultContext): Promise<readonly string[]> => {
  const roles = roleCalls(context.send)
  const found = await Promise.all(
    mountsOf(context).map((mount) =>
      roles.list(mount).catch((error: unknown) => {
        if (isFailure(error, 'denied')) return []
        throw error
      }),
    ),
  )
  return [...new Set(found.flat().filter(context.names.ownsPolicy))]
}

/** Removes the roles with this name, and returns whether there was one. */
export const removeRoles = async (context: VaultContext, name: string): Promise<boolean> => {
  const roles = roleCalls(context.send)
  let wasThere = false
  for (const mount of mountsOf(context)) {
    try {
      if (!(await roles.read(mount, name))) continue
      wasThere = true
      await roles.remove(mount, name)
    } catch (error) {
      if (!isFailure(error, 'denied')) throw error // without the right, Latchkey made no role there
    }
  }
  return wasThere
}
