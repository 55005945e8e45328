import { failure } from '../failure.ts'
import type { Lent } from './notes.ts'
import { creationPath, type TokenCalls } from './token-calls.ts'

const wrapping = 'response-wrapping'

/** Ends a wrapping and the token in it, in this order: so nobody opens the one while the other ends. */
export const endLent = async (tokens: TokenCalls, lent: Lent): Promise<boolean> => {
  const hadWrapping = await endWrapping(tokens, lent)
  return (await endToken(tokens, lent)) || hadWrapping
}

/** The same for what was made a moment ago, whose accessors come from the vault's own answer, and which nobody was shown. */
export const endUnseen = async (tokens: TokenCalls, { wrapping: wrapped, token }: Lent): Promise<void> => {
  await Promise.all([tokens.revoke(wrapped), tokens.revoke(token)])
}

/**
 * Ends a wrapping. An accessor ends anybody's token, so a row with another one must not: it is looked up first. Returns
 * whether there was one.
 */
const endWrapping = async (tokens: TokenCalls, lent: Lent): Promise<boolean> => {
  if (!(await ownWrapping(tokens, lent))) return false
  await tokens.revoke(lent.wrapping)
  return true
}

/** Whether the wrapping is still there. Throws for a token that is no wrapping of a lent one. */
export const ownWrapping = async (tokens: TokenCalls, lent: Lent): Promise<boolean> => {
  const found = await tokens.lookUp(lent.wrapping)
  if (!found) return false
  if (found.policies?.join() !== wrapping || !found.path.startsWith(creationPath(''))) throw foreign(lent)
  return (found.num_uses ?? 0) > 0 // one that was just opened is shown for a moment, without uses
}

/** Ends a token; the same care. */
export const endToken = async (tokens: TokenCalls, lent: Lent): Promise<boolean> => {
  const found = await tokens.lookUp(lent.token)
  if (!found) return false
  if (found.display_name !== `token-${lent.name}`) throw foreign(lent)
  await tokens.revoke(lent.token)
  return true
}

const foreign = ({ name }: Lent) => failure('not-ours', `An accessor noted for ${name} is of something else.`)

/** Throws unless the vault says that both are gone. */
export const proveEnded = async (tokens: TokenCalls, lent: Lent): Promise<void> => {
  const found = await Promise.all([lent.wrapping, lent.token].map((accessor) => tokens.lookUp(accessor)))
  if (found.some((one) => one !== undefined))
    throw failure('still-works', `The vault still knows a token of ${lent.name}.`)
}
