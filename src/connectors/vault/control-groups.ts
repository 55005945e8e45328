import type { Party } from '../../domain/integration.ts'
import type { ControlGroups, Deciders } from '../../ports.ts'
import { vaultCalls } from './calls.ts'
import type { VaultContext } from './context.ts'
import { allMounts } from './engines.ts'
import { coveredBy } from './path-filter.ts'
import { quoted } from './shell-words.ts'
import { program } from './usage.ts'

type Configured = {
  readonly group: string
  readonly members: readonly Party[]
  /** Mount first, as people write paths; empty: every path of the integration. */
  readonly paths: readonly string[]
}

/** The second part of a path of KV version 2, which people never write. */
const kvVerbs: ReadonlySet<string> = new Set([
  ...['data', 'metadata', 'detailed-metadata', 'subkeys', 'delete', 'undelete', 'destroy'],
])

/** A path of the vault's API as people write it: without the verb of a KV mount. */
export const writtenPath = (path: string, kvMounts: readonly string[]): string => {
  const mount = kvMounts.find((one) => path.startsWith(`${one}/`))
  if (mount === undefined) return path
  const [verb = '', ...rest] = path.slice(mount.length + 1).split('/')
  return kvVerbs.has(verb) && rest.length > 0 ? `${mount}/${rest.join('/')}` : path
}

/** Who decides on a path; nobody outside the mounts of the integration. */
export const decidersAt = (
  configured: readonly Configured[],
  mounts: readonly string[],
  kvMounts: readonly string[],
): ((path: string) => readonly Deciders[]) => {
  const known = configured.map(({ paths, ...deciders }) => ({
    deciders,
    covers: paths.length === 0 ? () => true : coveredBy(paths),
  }))
  return (path) => {
    if (!mounts.some((mount) => path.startsWith(`${mount}/`))) return []
    const written = writtenPath(path, kvMounts)
    return known.filter(({ covers }) => covers(written) || covers(path)).map(({ deciders }) => deciders)
  }
}

/** The control groups of a vault, as far as the configuration names who decides; `undefined` where it names nobody. */
export const controlGroups = (context: VaultContext): ControlGroups | undefined => {
  const { params, mounts, send, names } = context
  const configured = params.controlGroups
  if (configured.length === 0) return undefined
  const calls = vaultCalls(send)
  return {
    every: configured.map(({ group, members }) => ({ group, members })),
    deciders: decidersAt(configured, allMounts(mounts), mounts.kv),
    look: (accessor) => calls.controlGroup(accessor),
    find: async (accessor) => {
      const found = await calls.controlGroup(accessor)
      const token = found && (await calls.lookupAccessor(accessor))
      if (!found || !token?.expiresAt) return undefined
      const { entity, approvals, ...rest } = found
      const ours = await calls.mountAccessor(params.userpassMount)
      // Only Latchkey draws names at its own login. Elsewhere, somebody could give an account the same name.
      const accounts = entity.aliases
        .filter(({ mount, type }) => (ours !== undefined && mount === ours) || type === 'token')
        .map(({ name }) => name)
        .filter((name) => names.ownsUser(name))
      return {
        ...rest,
        ...{ approvals, accounts, expiresAt: token.expiresAt },
        entity: { id: entity.id, name: token.displayName === '' ? entity.name : token.displayName },
      }
    },
    revoke: async (accessor) => void (await calls.revokeAccessor(accessor)),
    commands: (accessor, product) => {
      const { externalUrl, internalUrl, namespace } = params
      const prefix = product === 'openbao' ? 'BAO' : 'VAULT'
      return [
        `export ${prefix}_ADDR=${quoted(externalUrl ?? internalUrl)}`,
        ...(namespace === undefined ? [] : [`export ${prefix}_NAMESPACE=${quoted(namespace)}`]),
        `${program(product)} write sys/control-group/authorize accessor=${quoted(accessor)}`,
      ]
    },
  }
}
