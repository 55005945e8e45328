import type { PersonId, SessionId } from './ids.ts'
import type { SessionRights } from './session.ts'
import { after, seconds, type Timestamp } from './time.ts'

/** How long a code that people type is good. */
const typedCodeLife = seconds(300)
/** How long the code in a browser's way back is good: it is used at once. */
const returnCodeLife = seconds(60)

/** Who let the terminal in, with what rights. */
export type Permit = {
  readonly person: PersonId
  readonly rights: SessionRights
  readonly at: Timestamp
  /** When the person proved who they are at the issuer. */
  readonly signedInAt?: Timestamp
}

/** A sign-in of a terminal that is under way. It holds hashes only. */
export type TerminalSignIn = {
  /** The hash of what the terminal exchanges for its tokens: the code from the browser, or its own secret. */
  readonly hash: string
  /** The hash of the code that a person types; absent where the browser brings the code back. */
  readonly typed?: string
  /** The PKCE challenge (S256) of a code from the browser. */
  readonly challenge?: string
  /** The thumbprint of the terminal's key. */
  readonly key: string
  readonly label: string
  readonly address: string
  readonly openedAt: Timestamp
  readonly expiresAt: Timestamp
  readonly permit?: Permit
  /** The session that it became; whoever exchanges it again ends that session. */
  readonly session?: SessionId
}

type Machine = Pick<TerminalSignIn, 'hash' | 'key' | 'label' | 'address'>

/** A sign-in that waits until somebody types its code. */
export const awaitTyping = (machine: Machine & { readonly typed: string }, now: Timestamp): TerminalSignIn => ({
  ...{ ...machine, openedAt: now, expiresAt: after(now, typedCodeLife) },
})

/** A sign-in that a person permitted in the browser, whose code is on its way to the terminal. */
export const permitInBrowser = (machine: Machine & { readonly challenge: string }, permit: Permit): TerminalSignIn => ({
  ...{ ...machine, openedAt: permit.at, expiresAt: after(permit.at, returnCodeLife), permit },
})

/** Whether somebody may still permit it: once, and in time. */
export const isOpen = ({ permit, expiresAt }: TerminalSignIn, now: Timestamp): boolean =>
  permit === undefined && now < expiresAt

/** What a terminal gets that asks for its tokens. */
export type Exchange =
  | { readonly is: 'permitted'; readonly permit: Permit }
  | { readonly is: 'waiting' | 'too-late' | 'wrong-proof' }
  /** It was exchanged before: the session must end (RFC 6749, 4.1.2). */
  | { readonly is: 'again'; readonly session: SessionId }

/**
 * Decides whether the terminal may have tokens. `key` is the key that signed the call, `challenge` what its verifier
 * proves. A wrong proof changes nothing, so that nobody can end a session of others with a code that they saw.
 */
export const exchange = (
  { key, challenge, permit, expiresAt, session }: TerminalSignIn,
  given: { readonly key: string; readonly challenge?: string | undefined },
  now: Timestamp,
): Exchange => {
  if (given.key !== key || given.challenge !== challenge) return { is: 'wrong-proof' }
  if (session) return { is: 'again', session }
  if (now >= expiresAt) return { is: 'too-late' }
  return permit ? { is: 'permitted', permit } : { is: 'waiting' }
}

/** Letters and digits without look-alikes and without vowels, so that no code is a word (RFC 8628, 6.1). */
const codeLetters = 'BCDFGHJKLMNPQRSTVWXZ'
const codeLength = 8

/** The code in which a person recognises what a terminal shows, from random numbers below one. */
export const drawCode = (random: () => number): string => {
  const letters = Array.from({ length: codeLength }, () => codeLetters[Math.floor(random() * codeLetters.length)])
  return `${letters.slice(0, 4).join('')}-${letters.slice(4).join('')}`
}

/** A typed code as it was drawn, however it was written; `undefined` for what no code can be. */
export const readCode = (text: string): string | undefined => {
  const letters = text.toUpperCase().replace(/[\s‐-―-]/g, '')
  const isCode = letters.length === codeLength && [...letters].every((letter) => codeLetters.includes(letter))
  return isCode ? `${letters.slice(0, 4)}-${letters.slice(4)}` : undefined
}
