import type { Credential, Item } from '../safe/content.ts'
import { covers, isOfSecrets, permits, type Verb, widthOf } from './rights.ts'

/** What a command is about: whose access, and which integration. */
export type Wanted = { readonly vaultId?: string; readonly grant?: string }

/** An access and the item of it that fits. A live access that is not on this machine yet fits as well. */
export type Holder = Omit<Credential, 'token'>
export type Choice<H extends Holder> = { readonly holder: H; readonly item: Item }

/** The accesses that the command line does not rule out. */
export const among = <H extends Holder>(holders: readonly H[], { vaultId, grant }: Wanted): readonly H[] =>
  holders
    .filter((holder) => grant === undefined || holder.grant === grant)
    .filter(({ vault }) => vaultId === undefined || !vault || vault.id === vaultId || vault.name === vaultId)

/** The complete paths that a name can mean: with its mount, or without. The first list that is not empty counts. */
export const pathsOf = (name: string, holders: readonly Holder[]): readonly string[] => {
  const isKnown = (path: string) => holders.some(({ items }) => items.some((item) => covers(item, path)))
  const mounts = [...new Set(holders.flatMap((holder) => holder.mounts))]
  if (isKnown(name) || mounts.some((mount) => name.startsWith(`${mount}/`))) return [name]
  return mounts.map((mount) => `${mount}/${name}`).filter(isKnown)
}

/** The accesses that permit the verb on the secret, the narrowest first. */
export const narrowestFirst = <H extends Holder>(
  holders: readonly H[],
  verb: Verb,
  path: string,
): readonly Choice<H>[] =>
  holders
    .flatMap((holder) => holder.items.map((item) => ({ holder, item })))
    .filter(({ item }) => isOfSecrets(item) && permits(item, verb) && covers(item, path))
    .sort((one, other) => byWidth(one.item, other.item) || other.holder.until - one.holder.until)

/** Sorts the narrower item first. */
export const byWidth = (narrow: Item, wide: Item): number => {
  const [one, other] = [widthOf(narrow), widthOf(wide)]
  const at = one.findIndex((value, index) => value !== other[index])
  return at === -1 ? 0 : (one[at] ?? 0) - (other[at] ?? 0)
}

/** The secret's mount (the longest that fits) and its path there. */
export const placeOf = (path: string, mounts: readonly string[]): { readonly mount: string; readonly rest: string } => {
  const [first = ''] = path.split('/')
  const [mount = first] = mounts
    .filter((one) => path.startsWith(`${one}/`))
    .toSorted((one, other) => other.length - one.length)
  return { mount, rest: path.slice(mount.length + 1) }
}
