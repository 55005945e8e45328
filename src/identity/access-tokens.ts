import { createRemoteJWKSet, customFetch, errors, type JWTPayload, jwtVerify, type RemoteJWKSet } from 'jose'
import { z } from 'zod'
import { timestamp } from '../domain/time.ts'
import { type AccessTokens, type Clock, ExternalError, type TokenHolder } from '../ports.ts'
import { type IssuerKind, identitiesOf, isOfOtherTenant } from './claims.ts'
import { failure } from './failure.ts'

export type AccessTokenOptions = {
  /** The issuer exactly as its tokens contain it. */
  readonly issuer: string
  readonly kind: IssuerKind
  /** What the issuer calls our API. */
  readonly audience: string
  /** The clients whose tokens count. */
  readonly clients: readonly string[]
  readonly clock: Pick<Clock, 'now'>
  /** The `fetch` through a proxy, if there is one. */
  readonly fetch: typeof fetch
}

/** Signatures with public keys only: a shared secret would let every holder make tokens. */
const algorithms = ['RS256', 'ES256', 'PS256']
/** How much the clocks of the issuer and of this server may differ, in seconds. */
const tolerance = 30
/** In milliseconds: a call to the issuer; keys in use; and the least time between two looks for an unknown key. */
const lives = { patience: 5_000, keys: 600_000, cooldown: 60_000 }
/** Tokens with many groups are long; more is not worth a signature check. */
const longest = 8_192

const Document = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) })
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

/** The issuer's keys. An unknown key is looked for once a minute at most, whoever invents it. */
const keysOf = ({ issuer, clock, fetch: way }: AccessTokenOptions): (() => Promise<RemoteJWKSet>) => {
  let known: { readonly set: Promise<RemoteJWKSet>; readonly until: number } | undefined
  const find = async (): Promise<RemoteJWKSet> => {
    const { jwks_uri: address } = await discovered(issuer, way)
    return createRemoteJWKSet(new URL(address), {
      ...{ timeoutDuration: lives.patience, cooldownDuration: lives.cooldown, cacheMaxAge: lives.keys },
      [customFetch]: (url, init) => way(url, init as RequestInit),
    })
  }
  return () => {
    if (known && clock.now() < known.until) return known.set
    const set = find()
    known = { set, until: clock.now() + lives.keys }
    set.catch(() => {
      known = undefined
    })
    return set
  }
}

const discovered = async (issuer: string, way: typeof fetch): Promise<z.infer<typeof Document>> => {
  const address = `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`
  const answer = await way(address, { signal: AbortSignal.timeout(lives.patience), redirect: 'error' })
    .then((response) => (response.ok ? response.json() : undefined))
    .catch(() => undefined)
  const { data } = Document.safeParse(answer)
  if (!data) throw failure('unreachable')
  // Keys of another issuer would let it speak for this one; keys by plain http, everybody on the way.
  if (data.issuer !== issuer) throw failure('other-issuer')
  if (issuer.startsWith('https:') && !data.jwks_uri.startsWith('https:')) throw failure('other-issuer')
  return data
}

/** Whatever is wrong with a token means the same; only an issuer that is away is no fault of the token. */
const unlessAway = (error: unknown): undefined => {
  if (error instanceof errors.JWKSTimeout) throw failure('unreachable')
  const isOfToken = error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC'
  if (!isOfToken && !(error instanceof ExternalError)) throw failure('unreachable')
  return undefined
}
