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
}
