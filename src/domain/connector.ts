import type { GrantId } from './ids.ts'

/** What exactly will be written to the vault, and the fingerprint that is frozen in the request. */
export type Plan = { readonly document: string; readonly hash: string }

/** What a connector needs to find its work again. Opaque to everyone else; nobody can log in with it. */
export type Handle = Readonly<Record<string, string | number | readonly string[]>>

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
