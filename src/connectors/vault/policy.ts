import { createHash } from 'node:crypto'
import type { Plan } from '../../domain/connector.ts'
import { accept, type Outcome, refuse } from '../../domain/refusal.ts'
import type { Item } from '../../domain/resource.ts'
import { isNameable, obstacleText } from './obstacles.ts'
import { type Mounts, resourceTypeOf, splitPath, type VaultResourceType } from './resource-types.ts'

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
type Gift = { readonly rules: ReadonlyMap<string, readonly string[]>; readonly except: readonly string[] }
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
  const gifts: Gift[] = []
  for (const item of items) {
    const gift = giftOf(item, mounts, typeOf)
    if (!gift.ok) return gift
    gifts.push(gift.value)
  }
  const paths = new Set(gifts.flatMap(({ rules, except }) => [...rules.keys(), ...except]))
  const rights = [...paths].map((path): [string, readonly string[]] => {
    const given = [...new Set(gifts.flatMap((gift) => givenOn(path, gift)))].sort()
    return [path, given.length > 0 ? given : ['deny']]
  })
  return accept(new Map(rights))
}

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
  const deniedOn = (path: string): readonly string[] => {
    const beneath = splitPath(path.replace(/\*$/, ''), mounts[type.engine], true)
    const rules = beneath ? Object.keys(permission.rights(beneath)) : []
    return path.endsWith('*') ? rules : rules.map((rule) => rule.replace(/\*$/, ''))
  }
  return accept({ rules: new Map(Object.entries(permission.rights(place))), except: except.flatMap(deniedOn) })
}

/** The part of a name before its final `*`. */
const withoutStar = (path: string): string => path.replace(/\/?\*$/, '')

/** The rights of an item on a rule's path; empty where it excepts the path. */
const givenOn = (path: string, { rules, except }: Gift): readonly string[] =>
  except.some((excepted) => isWithin(path, excepted))
    ? []
    : [...rules].flatMap(([rule, capabilities]) => (isWithin(path, rule) ? capabilities : []))

/** Whether a rule covers everything that the path matches. */
const isWithin = (path: string, rule: string): boolean =>
  rule.endsWith('*') ? path.startsWith(rule.slice(0, -1)) : path === rule

/**
 * The policy document for the items, and its fingerprint. Equal items give equal bytes in any order. The document is
 * serialised from an object, because text concatenation would allow injection.
 */
export const planFor = (
  items: readonly Item[],
  mounts: Mounts,
  typeOf?: (name: string) => VaultResourceType | undefined,
): Outcome<Plan> => {
  const rights = rightsOf(items, mounts, typeOf)
  if (!rights.ok) return rights
  const all = [...rights.value, ...Object.entries(selfService)].sort(([one], [other]) => (one < other ? -1 : 1))
  const path = Object.fromEntries(all.map(([name, capabilities]) => [name, { capabilities }]))
  const document = JSON.stringify({ path })
  return accept({ document, hash: fingerprint(document) })
}

/** The SHA-256 of a policy document, in hex; a request freezes it. */
export const fingerprint = (document: string): string => createHash('sha256').update(document).digest('hex')
