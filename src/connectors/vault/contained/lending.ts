import { resourceId } from '../../../domain/ids.ts'
import type { Outcome } from '../../../domain/refusal.ts'
import type { Item } from '../../../domain/resource.ts'
import { pathsOf, rulesFor } from '../policy.ts'
import { type Mounts, resourceTypeOf, type VaultPermission, type VaultResourceType } from '../resource-types.ts'
import type { Rules } from './rules.ts'
import type { ContainedSettings, LentGift } from './settings.ts'

/** A policy that may be lent, without what every token may do with itself. */
export type LentPolicy = {
  readonly name: string
  readonly rules: Rules
  /** Whether its tokens may look at themselves, as those of `gives` may. */
  readonly hasSelfService: boolean
}

/** A token role, as it must be at the vault. */
export type LentRole = ContainedSettings['roles'][number]

/** Everything that an administrator lends, as rules. */
export type Lending = { readonly policies: readonly LentPolicy[]; readonly roles: readonly LentRole[] }

const wild = '/*'

/** Engines of which a whole folder or mount may be lent; of the others only exact paths. */
const mayBeWild: ReadonlySet<string> = new Set(['kv', 'transit'])

/** Why a gift cannot be made to rules; `undefined` when it can. */
export const giftFault = (
  { type, path, permissions }: LentGift,
  mounts: Mounts,
): { readonly at: readonly PropertyKey[]; readonly message: string } | undefined => {
  const kind = resourceTypeOf(type)
  if (!kind) return { at: ['type'], message: 'name a type of resource such as secret or key' }
  if (kind.covers === 'beneath')
    return { at: ['type'], message: 'folders are not managed by a bot that only lends; name secret with a path in /*' }
  if (path.endsWith(wild) && !mayBeWild.has(kind.engine)) return { at: ['path'], message: 'write an exact path' }
  const unknown = permissions.findIndex((one) => !kind.permissions.has(one))
  if (unknown >= 0)
    return { at: ['permissions', unknown], message: `write one of: ${[...kind.permissions.keys()].join(', ')}` }
  return rulesOf([{ type, path, permissions }], mounts).ok
    ? undefined
    : { at: ['path'], message: 'begin with one of the mounts on offer, and name something in it' }
}

/** The rules of everything that a policy gives. They are made as those of a request for the same things. */
export const rulesOf = (gives: readonly LentGift[], mounts: Mounts): Outcome<Rules> =>
  rulesFor(gives.flatMap(itemsOf), mounts, typeOf)

const itemsOf = ({ type, path, permissions }: LentGift): readonly Item[] =>
  permissions.map((permission) => ({
    ...(path.endsWith(wild) ? { type: `${type}${wild}`, path: path.slice(0, -1) } : { type, path }),
    ...{ permission, resource: resourceId('lent') },
  }))

/** For a path that ends in `/*`, the type whose rights end in `*`. */
const typeOf = (name: string): VaultResourceType | undefined => {
  const kind = resourceTypeOf(name.replace(/\/\*$/, ''))
  if (!kind || !name.endsWith(wild)) return kind
  const { pattern: _, ...rest } = kind
  const permissions = [...kind.permissions].map(([key, one]) => [key, onEverything(one)] as const)
  return { ...rest, covers: 'beneath', permissions: new Map(permissions) }
}

/** A rule can have a `*` only at its end. */
const onEverything = (permission: VaultPermission): VaultPermission => ({
  ...permission,
  rights: ({ mount, path }) => {
    const rules: Record<string, readonly string[]> = {}
    for (const [rule, given] of Object.entries(permission.rights({ mount, path: `${path}*` }))) {
      const cut = rule.slice(0, rule.indexOf('*') + 1)
      rules[cut] = [...new Set([...(rules[cut] ?? []), ...given])]
    }
    return rules
  },
})

/** Everything that the settings lend. Throws for a gift that `giftFault` refuses. */
export const lendingOf = ({ policies, roles }: ContainedSettings, mounts: Mounts): Lending => ({
  roles,
  policies: policies.map(({ name, gives, rules }) => {
    if (rules) return { name, rules: rulesIn(rules), hasSelfService: false }
    const made = rulesOf(gives ?? [], mounts)
    if (!made.ok) throw new Error(`The policy ${name} cannot be made (${made.refusal.code}).`)
    return { name, rules: made.value, hasSelfService: true }
  }),
})

const rulesIn = (capabilities: Readonly<Record<string, readonly string[]>>): Rules =>
  new Map(Object.entries(capabilities).map(([path, given]) => [path, { capabilities: [...given].sort() }]))

/** The document of a lent policy, as it must be at the vault. Equal rules give equal bytes. */
export const documentOf = ({ rules, hasSelfService }: LentPolicy): string =>
  JSON.stringify({ path: pathsOf(rules, hasSelfService) })
