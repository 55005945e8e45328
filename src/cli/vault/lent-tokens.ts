import { z } from 'zod'
import { creationPath, type LookedUp, tokenCalls } from '../../connectors/vault/contained/token-calls.ts'
import { CliError } from '../trouble.ts'
import type { Admin } from './admin.ts'
import type { Target } from './kill-all.ts'

/** A live token that was lent, found by its name or by the role that made it. An accessor cannot be used to log in. */
export type LentToken = { readonly kind: 'token'; readonly name: string; readonly accessor: string }

/** Roles that lend; those that a policy of the bot names are found at the vault. */
export type Lenders = { readonly roles: readonly string[]; readonly policy?: string }

const width = 16

/** What an administrator without these rights is told. */
export const tokensUnseen =
  'TOKENS THAT WERE ONLY LENT (--attach-only) ARE NOT LOOKED FOR: that needs list on auth/token/roles, and list and sudo on auth/token/accessors and sys/leases/lookup/auth/token/create/*.'

const policyAnswer = z.object({ policy: z.string() }).optional()

/**
 * The token roles by which a bot may lend, for its thief may give tokens any name. Its own policy names these roles, as
 * long as it is there.
 */
export const lendersAt = async (admin: Admin, { roles, policy }: Lenders): Promise<Lenders> => {
  if (policy === undefined) return { roles }
  // A policy that cannot be read hides its roles; the drawn names and the usual role are left.
  const there = await admin.read('sys/policies/acl', policy).catch((error: unknown) => {
    if (!(error instanceof CliError)) throw error
    return undefined
  })
  const text = policyAnswer.parse(there)?.policy ?? ''
  const named = [...text.matchAll(/"auth\/token\/create\/(\w[\w.-]*)"/g)].flatMap(([, role]) => role ?? [])
  return { roles: [...new Set([...roles, ...named])] }
}

/**
 * The live tokens that a bot lent, by their drawn names and by the roles that lend; no database is needed. A vault tells
 * them only one by one, so they are looked for where something may be lent. Where they cannot be listed, a note says that
 * they may live on.
 */
export const lentTokens = async (
  admin: Admin,
  target: Pick<Target, 'policies' | 'users' | 'lenders'>,
  note: (text: string) => void,
): Promise<readonly LentToken[]> => {
  const waiting = [...(await accessorsOf(admin, target.lenders, note))]
  const found: LentToken[] = []
  const worker = async () => {
    for (let accessor = waiting.shift(); accessor !== undefined; accessor = waiting.shift()) {
      const token = await tokenCalls(admin.asAdmin).lookUp(accessor)
      const name = token && nameOfLent(token, target)
      if (name !== undefined) found.push({ kind: 'token', name, accessor })
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
  return found
}

const leasesOf = (role: string) => ['sys/leases/lookup', ...creationPath(role).split('/')]

const accessorsOf = async (
  admin: Admin,
  { roles }: Lenders,
  note: (text: string) => void,
): Promise<readonly string[]> => {
  try {
    // The tokens of a role outlive it, so without any role leases are looked at.
    for (const path of [['auth', 'token', 'roles'], ...roles.map(leasesOf)]) {
      if ((await admin.list(...path)).length > 0) return await admin.list('auth', 'token', 'accessors')
    }
    return []
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    note(tokensUnseen)
    return []
  }
}

/**
 * A lent token has a drawn name, a trial or canary that of an account. Tokens of logins have a mount before it. What has
 * another name was made by a thief, or is a wrapping; the role tells.
 */
const nameOfLent = (
  { display_name: shown, path }: LookedUp,
  { policies, users, lenders }: Pick<Target, 'policies' | 'users' | 'lenders'>,
): string | undefined => {
  const name = (shown ?? '').replace(/^token-/, '')
  if (policies.test(name) || users.test(name)) return name
  if (!lenders.roles.some((role) => path === creationPath(role))) return undefined
  return name === '' ? path : `${path} (${name})`
}

/** Ends a token and its leases. */
export const endToken = async (admin: Admin, { accessor }: Pick<LentToken, 'accessor'>): Promise<string> => {
  await tokenCalls(admin.asAdmin).revoke(accessor)
  return 'revoked'
}

/** Ends everything that these roles made, also what was made since a look. Without the right, each token is ended alone. */
export const endByRoles = async (admin: Admin, { roles }: Lenders): Promise<void> => {
  for (const role of roles) {
    await admin
      .write(['sys/leases/revoke-prefix', ...creationPath(role).split('/')], { sync: true })
      .catch((error: unknown) => {
        if (!(error instanceof CliError)) throw error
      })
  }
}

/** Whether the vault still knows it. */
export const isTokenThere = async (admin: Admin, { accessor }: Pick<LentToken, 'accessor'>): Promise<boolean> =>
  (await tokenCalls(admin.asAdmin).lookUp(accessor)) !== undefined
