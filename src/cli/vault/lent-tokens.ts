import { tokenCalls } from '../../connectors/vault/contained/token-calls.ts'
import { CliError } from '../trouble.ts'
import type { Admin } from './admin.ts'

/** A live token that was lent, found by its name. An accessor cannot be used to log in. */
export type LentToken = { readonly kind: 'token'; readonly name: string; readonly accessor: string }

type Patterns = { readonly policies: RegExp; readonly users: RegExp }

const width = 16

/** What an administrator without these rights is told. */
export const tokensUnseen =
  'TOKENS THAT WERE ONLY LENT (--attach-only) ARE NOT LOOKED FOR: that needs list on auth/token/roles, and list and sudo on auth/token/accessors.'

/**
 * The live tokens that a bot lent, by their drawn names; no database is needed. A vault tells them only one by one, so they
 * are looked for where a token role exists. Where they cannot be listed, a note says that they may live on.
 */
export const lentTokens = async (
  admin: Admin,
  patterns: Patterns,
  note: (text: string) => void,
): Promise<readonly LentToken[]> => {
  const waiting = [...(await accessorsOf(admin, note))]
  const found: LentToken[] = []
  const worker = async () => {
    for (let accessor = waiting.shift(); accessor !== undefined; accessor = waiting.shift()) {
      const name = await nameOf(admin, accessor)
      if (name !== undefined && isLent(name, patterns)) found.push({ kind: 'token', name, accessor })
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
  return found
}

const accessorsOf = async (admin: Admin, note: (text: string) => void): Promise<readonly string[]> => {
  try {
    const roles = await admin.list('auth', 'token', 'roles')
    return roles.length === 0 ? [] : await admin.list('auth', 'token', 'accessors')
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    note(tokensUnseen)
    return []
  }
}

/** The drawn name of a token; `undefined` for one that ended meanwhile. */
const nameOf = async (admin: Admin, accessor: string): Promise<string | undefined> =>
  (await tokenCalls(admin.asAdmin).lookUp(accessor))?.display_name?.replace(/^token-/, '')

/** A lent token has a drawn name, a trial or canary that of an account. Tokens of logins have a mount before it. */
const isLent = (name: string, { policies, users }: Patterns): boolean => policies.test(name) || users.test(name)

/** Ends a token and its leases. */
export const endToken = async (admin: Admin, { accessor }: Pick<LentToken, 'accessor'>): Promise<string> => {
  await tokenCalls(admin.asAdmin).revoke(accessor)
  return 'revoked'
}

/** Whether the vault still knows it. */
export const isTokenThere = async (admin: Admin, { accessor }: Pick<LentToken, 'accessor'>): Promise<boolean> =>
  (await nameOf(admin, accessor)) !== undefined
