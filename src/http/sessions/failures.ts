import type { Context } from 'hono'
import type { Refusal } from '../../domain/refusal.ts'
import { refusalSentence } from '../../views/copy.ts'
import { plainText } from '../../views/copy-time.ts'

/** The words of RFC 6749, RFC 8628 and RFC 9449 for a failed call. */
export type OauthError =
  | 'invalid_request'
  | 'invalid_grant'
  | 'invalid_dpop_proof'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'authorization_pending'
  | 'slow_down'

const errors: { readonly [Code in Refusal['code']]?: OauthError } = {
  'too-many-codes': 'slow_down',
  'sign-in-by-browser': 'unauthorized_client',
}

const errorOf = (refusal: Refusal): OauthError =>
  refusal.code === 'not-signed-in' && refusal.why === 'proof'
    ? 'invalid_dpop_proof'
    : (errors[refusal.code] ?? 'invalid_grant')

/** A failure as clients of OAuth expect it, with the code and sentence that every other way in says too. */
export const failed = (context: Context, error: OauthError, code: string, message: string): Response => {
  if (error === 'slow_down') context.header('retry-after', '60')
  return context.json({ error, error_description: ascii(message), code, message }, error === 'slow_down' ? 429 : 400)
}

export const refused = (context: Context, refusal: Refusal): Response =>
  failed(context, errorOf(refusal), refusal.code, plainText(refusalSentence(refusal)))

/** RFC 6749 allows few characters here: no quotes and nothing beyond ASCII. */
const ascii = (text: string): string => text.replaceAll('’', "'").replace(/[^\x20-\x21\x23-\x5B\x5D-\x7E]/g, '')

/** A refusal of the other calls, as the whole API answers it. */
export const apiRefusal = (context: Context, refusal: Refusal, status: 401 | 403 | 404 | 503): Response => {
  if (status === 401) context.header('www-authenticate', 'DPoP algs="ES256"')
  if (status === 503) context.header('retry-after', '10')
  return context.json({ error: { code: refusal.code, message: plainText(refusalSentence(refusal)) } }, status)
}
