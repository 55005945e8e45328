import { type JWTPayload, jwtVerify } from 'jose'
import { z } from 'zod'
import { timestamp } from '../domain/time.ts'
import type { AccessTokens, TokenHolder } from '../ports.ts'
import { type IssuerKind, identitiesOf, isOfOtherTenant } from './claims.ts'
import { algorithms, type KeySource, keysOf, tolerance, unlessAway } from './issuer-keys.ts'

export type AccessTokenOptions = Omit<KeySource, 'jwksUrl'> & {
  readonly kind: IssuerKind
  /** What the issuer calls our API. */
  readonly audience: string
  /** The clients whose tokens count. */
  readonly clients: readonly string[]
}

/** Tokens with many groups are long; more is not worth a signature check. */
const longest = 8_192

const Claims = z.object({
  exp: z.number(),
  sub: z.string().min(1),
  auth_time: z.number().optional(),
  cnf: z.object({ jkt: z.string() }).optional(),
})

/** Reads the issuer's access tokens (RFC 9068). It makes no call before the first token that may be one. */
export const accessTokenReader = (options: AccessTokenOptions): AccessTokens => {
  const { issuer, kind, audience, clients, clock } = options
  const keys = keysOf(options)
  return {
    async read(token) {
      if (token.length > longest || token.split('.').length !== 3) return undefined
      const checked = await jwtVerify(token, await keys(), {
        ...{ issuer, audience, algorithms, clockTolerance: tolerance, currentDate: new Date(clock.now()) },
        requiredClaims: ['exp', 'sub'],
      }).catch(unlessAway)
      if (!checked) return undefined
      const { payload, protectedHeader } = checked
      const { data } = Claims.safeParse(payload)
      if (!data || !isAccessToken(protectedHeader.typ, payload)) return undefined
      if (!clients.includes(clientOf(payload) ?? '') || isOfOtherTenant(kind, issuer, payload)) return undefined
      return holder(identitiesOf(kind, issuer, payload), data)
    },
  }
}

const holder = (
  [first, ...others]: ReturnType<typeof identitiesOf>,
  { auth_time: signedIn, cnf }: z.infer<typeof Claims>,
): TokenHolder | undefined =>
  first && {
    identities: [first, ...others],
    ...(signedIn !== undefined && { signedInAt: timestamp(signedIn * 1000) }),
    ...(cnf && { key: cnf.jkt }),
  }

/** The client that got the token, by RFC 9068, or as Microsoft writes it. */
const clientOf = ({ client_id: client, azp, appid }: JWTPayload): string | undefined =>
  [client, azp, appid].find((name) => typeof name === 'string')

/**
 * An ID token says who signed in at a client, and many systems keep it carelessly; it permits no call. It has no scope,
 * and its own claims: RFC 9068 gives access tokens a type of their own, which not every issuer writes.
 */
const isAccessToken = (typ: string | undefined, payload: JWTPayload): boolean => {
  if (/^(application\/)?at\+jwt$/i.test(typ ?? '')) return true
  const isPlain = typ === undefined || /^jwt$/i.test(typ)
  const isIdToken = ['nonce', 'at_hash', 'c_hash', 's_hash'].some((claim) => claim in payload)
  return isPlain && !isIdToken && ['scope', 'scp'].some((claim) => typeof payload[claim] === 'string')
}
