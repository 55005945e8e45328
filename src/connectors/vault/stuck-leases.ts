import { cleanLine, cutEnd } from '../../domain/clean.ts'
import type { StuckLease } from '../../domain/stuck-lease.ts'
import { vaultCalls } from './calls.ts'
import type { Flavour, VaultContext } from './context.ts'
import { isFailure } from './failure.ts'
import type { VaultParams } from './params.ts'
import { quoted } from './shell-words.ts'

type Where = Pick<VaultParams, 'databaseMounts' | 'pkiMounts' | 'namespace'>

/**
 * The leases of our mounts that the vault has given up, in the order of their ids. The vault lists those of all mounts; the
 * others are nobody's business here.
 */
export const stuckLeases = async (context: VaultContext): Promise<readonly StuckLease[] | undefined> => {
  if (!(await context.rights()).has('stuck-leases')) return undefined
  try {
    return stuckIn(context.params, await context.flavour(), await vaultCalls(context.send).irrevocableLeases())
  } catch (error) {
    if (isFailure(error, 'denied')) return undefined // the right was removed since we checked it
    throw error
  }
}

/** See `stuckLeases`. */
export const stuckIn = (
  where: Where,
  flavour: Flavour,
  leases: readonly { readonly lease_id: string; readonly error: string }[],
): readonly StuckLease[] =>
  leases
    .flatMap(({ lease_id: lease, error }) => {
      const path = pathOf(where, lease)
      return path === undefined
        ? []
        : [{ lease, path, reason: reasonOf(error), command: commandFor(where, flavour, lease) }]
    })
    .sort((one, other) => (one.lease < other.lease ? -1 : 1))

/** The resource in a lease's id: the mount, what it does, the role, and a random end. */
const pathOf = ({ databaseMounts, pkiMounts }: Where, lease: string): string | undefined => {
  for (const [mounts, endpoint] of [
    [databaseMounts, 'creds'],
    [pkiMounts, 'issue'],
  ] as const) {
    const mount = mounts.find((one) => lease.startsWith(`${one}/${endpoint}/`))
    if (mount === undefined) continue
    const [role] = lease.slice(`${mount}/${endpoint}/`.length).split('/')
    return `${mount}/${role}`
  }
  return undefined
}

const mostReason = 240

/** Without the vault's words about its own call. */
const reasonOf = (error: string): string => cutEnd(cleanLine(error.replace(/^.*? err: /s, '')), mostReason)

const commandFor = ({ namespace }: Where, flavour: Flavour, lease: string): string => {
  const inNamespace = namespace === undefined ? '' : ` ${quoted(`-namespace=${namespace}`)}`
  return `${flavour === 'openbao' ? 'bao' : 'vault'} lease revoke${inNamespace} -sync ${quoted(lease)}`
}
