import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client'
import { z } from 'zod'
import { ExternalError } from '../ports.ts'

/** The library's own words may quote a token or a code, so each failure has our own sentence. */
const sentences = {
  unreachable: 'The issuer does not answer as an OpenID Connect issuer does.',
  declined: 'The issuer did not sign the person in.',
  'client-refused': 'The issuer does not accept the client id with its secret.',
  'code-refused': 'The issuer does not accept the code that came back.',
  'other-issuer': 'The discovery document names another issuer than the configuration.',
  'claims-missing': 'The token lacks the claims that name a person.',
  'other-tenant': 'The token is of another tenant than the issuer.',
  'auth-time-missing': 'The issuer did not say when the person signed in, and this page needs a fresh sign-in.',
  'not-fresh': 'The issuer let somebody in who had signed in before, and this page needs a fresh sign-in.',
  'not-proved': 'What the issuer sent does not prove who signed in.',
} as const

export const failure = (code: keyof typeof sentences, detail?: string): ExternalError =>
  new ExternalError(code, detail === undefined ? sentences[code] : `${sentences[code]} (${detail})`, {
    transient: code === 'unreachable',
  })

/** Classifies a failure between us and the issuer; the code contains no secret. */
export const classified = (error: unknown): ExternalError => {
  if (error instanceof AuthorizationResponseError) return failure('declined')
  if (error instanceof WWWAuthenticateChallengeError) return failure('client-refused')
  if (error instanceof ResponseBodyError) {
    if (error.status >= 500) return failure('unreachable')
    return failure(error.error === 'invalid_client' ? 'client-refused' : 'code-refused')
  }
  if (error instanceof ClientError) {
    return failure(aboutTime(error) ?? byCode.get(error.code ?? '') ?? 'not-proved', detailOf(error))
  }
  // `fetch` reports a lost connection as a plain TypeError with a cause; errors of the library have a code.
  const isConnection = error instanceof TypeError && error.cause !== undefined && !('code' in error)
  return failure(isConnection ? 'unreachable' : 'not-proved', detailOf(error))
}

/** The status of the answer, or the system's code of a lost connection; the deepest one says most. */
const detailOf = (error: unknown): string | undefined => {
  if (error instanceof Response) return `HTTP ${error.status}`
  if (!(error instanceof Error)) return undefined
  const own = !(error instanceof ClientError) && 'code' in error && typeof error.code === 'string'
  return detailOf(error.cause) ?? (own ? String(error.code) : undefined)
}

/** The library asks for the time of the sign-in only where it must be fresh. */
const aboutTime = ({ cause }: ClientError): keyof typeof sentences | undefined => {
  if (!(cause instanceof Error)) return undefined
  if (Timeless.safeParse(cause.cause).success) return 'auth-time-missing'
  return TooOld.safeParse(cause.cause).success ? 'not-fresh' : undefined
}
const TooOld = z.object({ claim: z.literal('auth_time') })
/** Everything else that the library requires is there. */
const Timeless = z.object({
  claim: z.undefined().optional(),
  claims: z.object({
    ...{ iss: z.string(), sub: z.string(), nonce: z.string(), exp: z.number(), iat: z.number() },
    auth_time: z.undefined().optional(),
  }),
})

const byCode: ReadonlyMap<string, keyof typeof sentences> = new Map(
  Object.entries({
    OAUTH_TIMEOUT: 'unreachable',
    OAUTH_ABORT: 'unreachable',
    OAUTH_RESPONSE_IS_NOT_CONFORM: 'unreachable',
    OAUTH_RESPONSE_IS_NOT_JSON: 'unreachable',
    OAUTH_PARSE_ERROR: 'unreachable',
    OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED: 'other-issuer',
  } as const),
)
