import type { GrantId } from './ids.ts'

/** The exact document for the vault, and its fingerprint, which is frozen in the request. */
export type Plan = { readonly document: string; readonly hash: string }

/**
 * What a connector needs to find its work again; nobody can log in with it. It is opaque to all others, except for the
 * names that may exist at the vault. Every connector keeps these under `policies`.
 */
export type Handle = Readonly<Record<string, string | number | readonly string[]>>

/** The names in a handle. It needs no connector, because the integration may no longer be configured (decision 40). */
export const namesIn = (handle: Handle | undefined): readonly string[] => {
  const names = handle?.policies
  return Array.isArray(names) ? names : []
}

/**
 * What a bot that only lends would lend for some items: an administrator's policies through one token role. `beyond`
 * are the paths, in the vault's words, that these policies open besides the items.
 */
export type Reach = {
  readonly policies: readonly string[]
  readonly role: string
  readonly beyond: readonly string[]
}

/** Why a path beneath a folder must be excepted. `tag-unread`: nobody knows who owns the secret. */
export type ExceptedBecause = 'unlisted' | 'unnameable' | 'excluded' | 'tag-unread'

/** What lies beneath a folder, as the vault has it now. Paths are complete, mount first. */
export type Beneath = {
  readonly secrets: readonly { readonly path: string; readonly ownerTag?: string }[]
  /** A folder ends in `/`. What the configuration excludes may also be a beginning that ends in `*`. */
  readonly except: readonly { readonly path: string; readonly why: ExceptedBecause }[]
}

/** An object at the vault with a name of our pattern. */
export type Leftover = { readonly name: string; readonly kind: 'policy' | 'account'; readonly grant?: GrantId }

/** Handles as sets of policy names. */
export type HandleNames = {
  /** The handle with the newest name only. */
  newest(handle: Handle): Handle
  /** The stored handle plus the missing names of `others`, as older ones. */
  join(stored: Handle | undefined, others: Handle): Handle
  /** The stored handle without the names of `others`. */
  drop(stored: Handle | undefined, others: Handle): Handle
  /** The handle, when the vault made nothing under its newest name. */
  gaveNothing(handle: Handle): Handle
}
