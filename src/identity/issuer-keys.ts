import { createRemoteJWKSet, customFetch, errors, type RemoteJWKSet } from 'jose'
import { z } from 'zod'
import { type Clock, ExternalError } from '../ports.ts'
import { failure } from './failure.ts'

/** How the keys of an issuer are found. */
export type KeySource = {
  /** The issuer exactly as its tokens contain it. */
  readonly issuer: string
  /** Where its keys are; absent: its discovery document says so. */
  readonly jwksUrl?: string | undefined
  readonly clock: Pick<Clock, 'now'>
  /** The `fetch` through a proxy, if there is one. */
  readonly fetch: typeof fetch
}

/** Signatures with public keys only: a shared secret would let every holder make tokens. */
export const algorithms = ['RS256', 'ES256', 'PS256']
/** How much the clocks of the issuer and of this server may differ, in seconds. */
export const tolerance = 30
/** In milliseconds: a call to the issuer; keys in use; and the least time between two looks for an unknown key. */
const lives = { patience: 5_000, keys: 600_000, cooldown: 60_000 }

const Document = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) })

/** The issuer's keys. An unknown key is looked for once a minute at most, whoever invents it. */
export const keysOf = ({ issuer, jwksUrl, clock, fetch: way }: KeySource): (() => Promise<RemoteJWKSet>) => {
  let known: { readonly set: Promise<RemoteJWKSet>; readonly until: number } | undefined
  const find = async (): Promise<RemoteJWKSet> => {
    const address = jwksUrl ?? (await discovered(issuer, way)).jwks_uri
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
export const unlessAway = (error: unknown): undefined => {
  if (error instanceof errors.JWKSTimeout) throw failure('unreachable')
  const isOfToken = error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC'
  if (!isOfToken && !(error instanceof ExternalError)) throw failure('unreachable')
  return undefined
}
