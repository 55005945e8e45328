import { decodeProtectedHeader, errors, jwtVerify } from 'jose'
import { z } from 'zod'
import type { Keys } from './keys.ts'

/** What a valid token of the channel says. */
export type Token = {
  /** The service URL that the activity must have. */
  readonly serviceUrl: string
  /** The last moment at which the token is accepted, in milliseconds. */
  readonly until: number
}

/** Checks a token of the channel: its content, or why it is refused. The reason is for our log alone. */
export type TokenCheck = (token: string) => Promise<Token | { readonly why: string }>

type CheckDeps = {
  /** The id of our app, for which the token must be meant. */
  readonly app: string
  /** Only the channel: tokens of Entra, which the SDK also takes, could be had with our own secret. */
  readonly issuer: string
  readonly keys: Pick<Keys, 'of'>
  /** In milliseconds. */
  readonly now: () => number
}

/** The one channel that we serve, as keys and activities name it. */
export const channel = 'msteams'
/** Seconds by which the clocks may differ, either way. */
const tolerance = 300

const longest = 16_384
const bearer = /^Bearer ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i

/** The token of an `Authorization` header; undefined for anything else. */
export const tokenIn = (header: string | undefined): string | undefined =>
  header !== undefined && header.length <= longest ? bearer.exec(header)?.[1] : undefined

/** The library checks that there is an `exp`, and that all times are numbers. */
const Claims = z.object({ aud: z.string(), exp: z.number(), serviceurl: z.url() })

/** The rules of the Bot Connector for tokens of the channel, each as strict as they allow. */
export const newTokenCheck =
  ({ app, issuer, keys, now }: CheckDeps): TokenCheck =>
  async (token) => {
    const id = keyIdIn(token)
    if (id === undefined) return { why: 'no token of the channel' }
    const signing = await keys.of(id).catch(() => 'unreachable' as const)
    if (signing === 'unreachable') return { why: 'no keys to check by' }
    if (!signing) return { why: 'signed by an unknown key' }
    if (!signing.endorsements.includes(channel)) return { why: 'signed by a key of another channel' }
    try {
      const { payload } = await jwtVerify(token, signing.key, {
        algorithms: ['RS256'],
        issuer,
        audience: app,
        requiredClaims: ['exp'],
        clockTolerance: tolerance,
        currentDate: new Date(now()),
      })
      const claims = Claims.safeParse(payload)
      if (!claims.success) return { why: 'its token has other claims' }
      return { serviceUrl: claims.data.serviceurl, until: (claims.data.exp + tolerance) * 1000 }
    } catch (error) {
      return { why: whyOf(error) }
    }
  }

const Header = z.object({ alg: z.literal('RS256'), kid: z.string().min(1).max(200) })

const keyIdIn = (token: string): string | undefined => {
  try {
    return Header.safeParse(decodeProtectedHeader(token)).data?.kid
  } catch {
    return undefined
  }
}

const whyOf = (error: unknown): string => {
  if (error instanceof errors.JWTExpired) return 'its token has expired'
  if (error instanceof errors.JWTClaimValidationFailed) return `its token is not for us, by ${error.claim}`
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'not signed by the channel'
  if (error instanceof errors.JOSEError) return 'no token of the channel'
  throw error
}

/** Whether two service URLs are the same; a slash at the end makes no difference. */
export const isSameAddress = (one: string, other: string): boolean => withoutSlash(one) === withoutSlash(other)

const withoutSlash = (address: string): string => address.replace(/\/+$/, '')
