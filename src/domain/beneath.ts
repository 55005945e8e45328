import type { Beneath } from './connector.ts'
import type { Integration, Party } from './integration.ts'
import type { AskedBeneath, Item } from './resource.ts'
import { isNamedBy, ownerBeneath, ownersOfFolder } from './routing.ts'

/** What becomes of other owners' secrets beneath a folder: the requester chooses. */
export type OtherSecrets = 'leave-out' | 'ask'

/**
 * A newly requested folder with its exceptions. `ask`: the secrets whose tag names another owner stay, and that owner is
 * asked. Everything that nobody can approve is excepted, and so are pinned paths of other owners.
 */
export const exceptionsFor = (
  integration: Integration,
  item: Item,
  beneath: Beneath,
  choice: OtherSecrets = 'leave-out',
): Item => {
  const without = excepting(
    item,
    beneath.except.map(({ path }) => nameOf(path)),
  )
  const foreign = foreignIn(integration, without, beneath)
  const asked = choice === 'ask' ? foreign.filter(({ isPinned }) => !isPinned) : []
  const left = excepting(
    without,
    foreign.filter((one) => !asked.includes(one)).map(({ path }) => path),
  )
  return asked.length === 0 ? left : { ...left, asked: asked.map(({ path, owner }) => ({ path, owner })) }
}

/** The folder with further exceptions: whatever is new since it was requested, or has another owner since. */
export const stillExcepting = (integration: Integration, item: Item, beneath: Beneath): Item => {
  const without = excepting(
    item,
    beneath.except.map(({ path }) => nameOf(path)),
  )
  const isAsked = ({ path, owner }: AskedBeneath) =>
    item.asked?.some((one) => one.path === path && one.owner === owner) === true
  const foreign = foreignIn(integration, without, beneath).filter((one) => one.isPinned || !isAsked(one))
  return excepting(
    without,
    foreign.map(({ path }) => path),
  )
}

/** The exceptions that the later item has and the earlier one lacks. */
export const newExceptions = (before: Pick<Item, 'except'>, now: Pick<Item, 'except'>): readonly string[] =>
  (now.except ?? []).filter((name) => !before.except?.includes(name))

/** Whether the later items are the earlier ones, except for more exceptions. */
export const isNarrowing = (before: readonly Item[], now: readonly Item[]): boolean =>
  before.length === now.length &&
  before.every((item, index) => {
    const other = now[index]
    return (
      other !== undefined &&
      other.resource === item.resource &&
      other.type === item.type &&
      other.path === item.path &&
      other.permission === item.permission &&
      (item.except ?? []).every((name) => other.except?.includes(name))
    )
  })

/** The owners of what an item newly excepts, by the tags and pins beneath. */
export const ownersOfExcepted = (
  integration: Integration,
  names: readonly string[],
  { secrets }: Beneath,
): readonly Party[] => {
  const excepted = new Set(names)
  const owners = secrets.flatMap((secret) =>
    excepted.has(secret.path) ? (ownerBeneath(integration, secret)?.owner ?? []) : [],
  )
  return [...new Set(owners)]
}

/** A folder in the vault's answer is an exception for all beneath it. */
const nameOf = (path: string): string => (path.endsWith('/') ? `${path}*` : path)

/** Adds names that the item does not except yet; earlier ones stay, because what is given only shrinks. */
const excepting = (item: Item, names: readonly string[]): Item => {
  const before = item.except ?? []
  // Broader names first, so that none is added beneath another one.
  const broader = (one: string, other: string) =>
    Number(other.endsWith('*')) - Number(one.endsWith('*')) || one.length - other.length
  const sorted = [...new Set(names)].sort(broader)
  const known = newCover(before)
  const added = sorted.filter((name) => {
    if (known.covers(name)) return false
    known.add(name)
    return true
  })
  return added.length === 0 ? item : { ...item, except: [...before, ...added].sort() }
}

/** Names and beginnings; a search in them is by the parts of a path, because there may be thousands. */
const newCover = (names: readonly string[]) => {
  const exact = new Set(names)
  const beginnings = names.filter((name) => name.endsWith('*'))
  return {
    covers: (name: string) => exact.has(name) || beginnings.some((one) => isNamedBy(one, name)),
    add: (name: string) => {
      exact.add(name)
      if (name.endsWith('*')) beginnings.push(name)
    },
  }
}

type Foreign = AskedBeneath & { readonly isPinned: boolean }

/** Secrets beneath that have another owner than the folder, and that it does not except. */
const foreignIn = (integration: Integration, item: Item, { secrets }: Beneath): readonly Foreign[] => {
  const own = ownersOfFolder(integration, item)
  const known = newCover(item.except ?? [])
  return secrets.flatMap((secret) => {
    const found = ownerBeneath(integration, secret)
    const isOwn = found === undefined || (own.length === 1 && own[0] === found.owner)
    return isOwn || known.covers(secret.path) ? [] : [{ path: secret.path, ...found }]
  })
}
