import { createHash } from 'node:crypto'
import type { Plan } from '../../domain/connector.ts'
import { accept, type Outcome, refuse } from '../../domain/refusal.ts'
import type { Item } from '../../domain/resource.ts'
import { hashedText, type Workload } from '../../domain/workload.ts'
import { isNameable, obstacleText } from './obstacles.ts'
import { type Mounts, resourceTypeOf, splitPath, type VaultResourceType } from './resource-types.ts'
import { mergedParameters, type ParameterRules } from './rule-parameters.ts'

/**
 * What every person's token may do with itself. It has no `default` policy, and the vault's command line and web pages
 * look it up. Renewal is excluded on purpose.
 */
const selfService: Readonly<Record<string, readonly string[]>> = {
  'auth/token/lookup-self': ['read'],
  'auth/token/revoke-self': ['update'],
  'sys/capabilities-self': ['update'],
  'sys/internal/ui/resultant-acl': ['read'],
}

/** The rights of one item, path by path, and the paths beneath that it excepts. */
type Gift = {
  readonly rules: ReadonlyMap<string, readonly string[]>
  readonly parameters: ReadonlyMap<string, ParameterRules>
  readonly except: ReadonlySet<string>
}
type TypeOf = (name: string) => VaultResourceType | undefined

/**
 * The rights of the items, path by path, without the self-service rights. A vault obeys only the rule that names a path
 * most closely. So each rule holds what all items give on its path, and a path that every item leaves out is denied.
 */
export const rightsOf = (
  items: readonly Item[],
  mounts: Mounts,
  typeOf: TypeOf = resourceTypeOf,
): Outcome<ReadonlyMap<string, readonly string[]>> => {
  const gifts = giftsOf(items, mounts, typeOf)
  return gifts.ok ? accept(rightsIn(gifts.value)) : gifts
}

const giftsOf = (items: readonly Item[], mounts: Mounts, typeOf: TypeOf): Outcome<readonly Gift[]> => {
  const gifts: Gift[] = []
  for (const item of items) {
    const gift = giftOf(item, mounts, typeOf)
    if (!gift.ok) return gift
    gifts.push(gift.value)
  }
  return accept(gifts)
}

const rightsIn = (gifts: readonly Gift[]): ReadonlyMap<string, readonly string[]> => {
  const paths = new Set(gifts.flatMap(({ rules, except }) => [...rules.keys(), ...except]))
  const givenBy = (path: string) => [...new Set(gifts.flatMap((gift) => givenOn(path, gift)))].sort()
  // Listing "name/", a server may obey the rule for "name" before "name/*" (OpenBao an exact one, HashiCorp Vault any). So
  // where that rule lists, the folder gets an exact rule.
  for (const path of [...paths]) {
    const name = path.replace(/\/\*$/, '')
    if (name.includes('/metadata/') && isExact(name) && givenBy(name).includes('list')) paths.add(`${name}/`)
  }
  const rights = [...paths].map((path): [string, readonly string[]] => {
    const given = givenBy(path)
    return [path, given.length > 0 ? given : ['deny']]
  })
  return new Map(rights)
}

const isExact = (path: string): boolean => !path.endsWith('*') && !path.endsWith('/')

const giftOf = (item: Item, mounts: Mounts, typeOf: TypeOf): Outcome<Gift> => {
  const { except = [] } = item
  const type = typeOf(item.type)
  const isFolder = type?.covers === 'beneath'
  const name = isFolder ? item.path.replace(/\/$/, '') : item.path
  const unnamed = except.map(withoutStar).find((path) => !isNameable(path))
  const obstacle = obstacleText(name) ?? (unnamed !== undefined && obstacleText(unnamed))
  if (obstacle) return refuse({ code: 'cannot-be-granted', obstacle })
  const place = type && splitPath(item.path, mounts[type.engine], isFolder)
  if (!type || !place || type.pattern?.test(place.path) === false) return refuse({ code: 'no-such-resource' })
  if (isFolder !== item.path.endsWith('/')) return refuse({ code: 'no-such-resource' })
  const permission = type.permissions.get(item.permission)
  if (!permission) return refuse({ code: 'no-such-permission', permission: item.permission })
  const denied = except.flatMap((path) => deniedOn(path, mounts.kv))
  const parameters = new Map(Object.entries(permission.parameters?.(place, mounts) ?? {}))
  return accept({ rules: new Map(Object.entries(permission.rights(place))), parameters, except: new Set(denied) })
}

/** The part of a name before its final `*` or `/`. */
const withoutStar = (path: string): string => path.replace(/\/?\*?$/, '')

/** Every endpoint of a KV v2 mount that reads or changes one secret. */
const endpoints = ['data', 'metadata', 'subkeys', 'delete', 'undelete', 'destroy', 'detailed-metadata'] as const

/** The rules that deny a path everywhere: one secret and all beneath it, a folder, or all that begins like it. */
const deniedOn = (path: string, mounts: readonly string[]): readonly string[] => {
  const place = splitPath(path, mounts, true)
  if (!place) return []
  const names = path.endsWith('*') ? [''] : path.endsWith('/') ? ['*'] : ['', '/*']
  return endpoints.flatMap((endpoint) => names.map((end) => `${place.mount}/${endpoint}/${place.path}${end}`))
}

/** The rights of an item on a rule's path, by the closest of its own rules; empty where it excepts the path. */
const givenOn = (path: string, { rules, except }: Gift): readonly string[] => {
  if (except.has(path)) return [] // the usual reason, at once: there may be thousands
  const covering = closestFirst(path)
  if (covering.some((rule) => except.has(rule))) return []
  const closest = covering.find((rule) => rules.has(rule))
  return (closest === undefined ? [] : (rules.get(closest) ?? [])).filter((one) => one !== 'deny')
}

/** Every rule that covers all that a path matches, the closest first. */
export const closestFirst = (path: string): readonly string[] => {
  const base = path.replace(/\*$/, '')
  const beginnings = Array.from({ length: base.length + 1 }, (_, cut) => `${base.slice(0, base.length - cut)}*`)
  return path === base ? [path, ...beginnings] : beginnings
}

const tooWide = 'one rule for these things together would allow more than was asked for; ask for them one by one'

/**
 * What calls may contain, by path. `undefined` where one rule cannot say it for all items together. Only exact paths have
 * such rules, so no item gives the same path by a wildcard.
 */
const parametersIn = (gifts: readonly Gift[]): ReadonlyMap<string, ParameterRules> | undefined => {
  const found = new Map<string, ParameterRules>()
  for (const path of new Set(gifts.flatMap(({ parameters }) => [...parameters.keys()]))) {
    const merged = mergedParameters(
      gifts.flatMap(({ rules, parameters }) => (rules.has(path) ? [parameters.get(path)] : [])),
    )
    if (merged === 'too-wide') return undefined
    if (merged) found.set(path, merged)
  }
  return found
}

/** What one policy may hold: a request that needs more is refused. */
export const mostExceptions = 2_000
const mostBytes = 256 * 1024

/** Fewer bytes than these exceptions need, so that nobody can keep the process busy with a policy that is too large. */
const leastBytes = (excepted: ReadonlySet<string>): number =>
  [...excepted].reduce((sum, path) => sum + endpoints.length * (path.length + '"":{"capabilities":["deny"]}'.length), 0)

/** What a policy says about one path. */
export type Rule = { readonly capabilities: readonly string[] } & Partial<ParameterRules>

/** The rules of the items, path by path, without the self-service rights. */
export const rulesFor = (
  items: readonly Item[],
  mounts: Mounts,
  typeOf: TypeOf = resourceTypeOf,
): Outcome<ReadonlyMap<string, Rule>> => {
  const gifts = giftsOf(items, mounts, typeOf)
  if (!gifts.ok) return gifts
  const parameters = parametersIn(gifts.value)
  if (!parameters) return refuse({ code: 'cannot-be-granted', obstacle: tooWide })
  const rights = [...rightsIn(gifts.value)]
  return accept(new Map(rights.map(([path, capabilities]) => [path, { capabilities, ...parameters.get(path) }])))
}

/** Rules as a policy document has them, in the order of their paths. */
export const pathsOf = (rules: ReadonlyMap<string, Rule>, hasSelfService = true): Readonly<Record<string, Rule>> => {
  const own = hasSelfService ? Object.entries(selfService) : []
  const all = [...rules, ...own.map(([path, capabilities]) => [path, { capabilities }] as const)]
  return Object.fromEntries(all.sort(([one], [other]) => (one < other ? -1 : 1)))
}

/**
 * The policy document for the items, and its fingerprint. Equal items give equal bytes in any order. The document is
 * serialised from an object, because text concatenation would allow injection.
 */
export const planFor = (items: readonly Item[], mounts: Mounts, typeOf: TypeOf = resourceTypeOf): Outcome<Plan> => {
  const excepted = new Set(items.flatMap(({ except = [] }) => except))
  if (excepted.size > mostExceptions || leastBytes(excepted) > mostBytes) return refuse({ code: 'policy-too-large' })
  const rules = rulesFor(items, mounts, typeOf)
  if (!rules.ok) return rules
  const document = JSON.stringify({ path: pathsOf(rules.value) })
  if (Buffer.byteLength(document) > mostBytes) return refuse({ code: 'policy-too-large' })
  return accept({ document, hash: fingerprint(document) })
}

/** The plan whose hash also covers who uses it, so that nobody approves something else. */
export const usedBy = (plan: Outcome<Plan>, workload: Workload | undefined): Outcome<Plan> =>
  plan.ok && workload ? accept({ ...plan.value, hash: fingerprint(hashedText(plan.value.document, workload)) }) : plan

/** The SHA-256 of a policy document, in hex; a request freezes it. */
export const fingerprint = (document: string): string => createHash('sha256').update(document).digest('hex')
