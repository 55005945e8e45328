import type { GrantId } from './ids.ts'

/** What exactly will be written to the vault, and the fingerprint that is frozen in the request. */
export type Plan = { readonly document: string; readonly hash: string }

/**
 * What a connector needs to find its work again; nobody can log in with it. Opaque to everyone else, but for the names in
 * it that may exist outside, which every connector keeps under `policies`.
 */
export type Handle = Readonly<Record<string, string | number | readonly string[]>>

/** The names in a handle. No connector is asked, as its integration may not be configured any more (decision 40). */
export const namesIn = (handle: Handle | undefined): readonly string[] => {
  const names = handle?.policies
  return Array.isArray(names) ? names : []
}

/** Something at the vault that carries our name pattern. */
export type Leftover = { readonly name: string; readonly kind: 'policy' | 'account'; readonly grant?: GrantId }

/** Handles as sets of policy names. */
export type HandleNames = {
  /** The handle of the newest name alone. */
  newest(handle: Handle): Handle
  /** The stored handle with the names of `others` that it lacks, as older ones. */
  join(stored: Handle | undefined, others: Handle): Handle
  /** The stored handle without the names of `others`. */
  drop(stored: Handle | undefined, others: Handle): Handle
}
