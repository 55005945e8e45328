import { ExternalError } from '../../ports.ts'

/** One HTTP exchange as errors may name it: without token, header, body or query. */
export type Named = { readonly method: string; readonly path: string }

/** A short, stable code for a failure at a vault. */
export type FailureCode =
  | 'unreachable'
  | 'timeout'
  | 'not-a-vault'
  | 'too-large'
  | 'redirected'
  | 'rate-limited'
  | 'login-limited'
  | 'sealed'
  | 'failing'
  | 'denied'
  | 'refused'
  | 'absent'
  | 'strange-answer'
  | 'bad-credentials'
  | 'secret-unreadable'
  | 'login-denied'
  | 'login-needs-mfa'
  | 'account-locked'
  | 'plan-changed'
  | 'not-offered'
  | 'policy-differs'
  | 'user-differs'
  | 'role-differs'
  | 'role-changed'
  | 'token-differs'
  | 'missing-at-vault'
  | 'still-works'
  | 'not-proven'
  | 'not-drawn'
  | 'too-late'
  | 'spent-unseen'
  | 'wrong-creation-path'
  | 'not-ours'
  | 'rights-missing'
  | 'no-such-mount'
  | 'resource-gone'
  | 'not-rotatable'
  | 'beyond-limits'
  | 'not-understood'
  | 'not-revealed'

const passing = new Set<FailureCode>([
  'unreachable',
  'timeout',
  'not-a-vault',
  'redirected',
  'rate-limited',
  'login-limited',
  'sealed',
  'failing',
  'bad-credentials',
  'secret-unreadable',
  'login-denied',
  'account-locked',
  'still-works',
  'not-proven',
])

/** An `ExternalError` with one of the vault's codes; the code decides whether it is transient. */
export const failure = (code: FailureCode, message: string, retryAfter?: number): ExternalError =>
  new ExternalError(code, message, { transient: passing.has(code), ...(retryAfter !== undefined && { retryAfter }) })

/** The failure for an HTTP status that the caller does not handle. */
export const failureOf = (status: number, call: Named, retryAfter?: number): ExternalError => {
  const what = `${call.method} ${call.path}`
  if (status === 403) return failure('denied', `The vault does not allow ${what} (403).`)
  if (status === 404) return failure('absent', `The vault has nothing at ${what} (404).`)
  if (status === 429) return failure('rate-limited', `The vault's rate limit stopped ${what} (429).`, retryAfter)
  if (status === 501 || status === 503)
    return failure('sealed', `The vault is sealed or not ready: ${what} (${status}).`, retryAfter)
  if (status === 412 || status >= 472) return failure('failing', `The vault failed at ${what} (${status}).`)
  if (status >= 300 && status < 400)
    return failure('redirected', `The vault redirects ${what}; redirects are not followed.`)
  return failure('refused', `The vault refused ${what} (${status}).`)
}

/** Whether an error is an `ExternalError` with one of these codes. */
export const isFailure = (error: unknown, ...codes: readonly FailureCode[]): error is ExternalError =>
  error instanceof ExternalError && codes.some((code) => code === error.code)
