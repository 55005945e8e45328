import * as client from 'openid-client'
import type { Secret } from '../domain/secret.ts'
import { secondsUntil, type Timestamp } from '../domain/time.ts'
import { type Clock, ExternalError, type SignIn, type SignInHow, type SignInSecrets } from '../ports.ts'
import { type IssuerKind, identitiesOf, isOfOtherTenant } from './claims.ts'
import { classified, failure } from './failure.ts'

export type OpenIdOptions = {
  /** The issuer exactly as its tokens contain it. */
  readonly issuer: string
  readonly kind: IssuerKind
  readonly clientId: string
  readonly clientSecret: Secret
  /** Requested besides `openid`. */
  readonly scopes: readonly string[]
  /** As registered at the issuer. */
  readonly redirectUri: string
  readonly clock: Pick<Clock, 'now'>
  /** The `fetch` through a proxy, if there is one. */
  readonly fetch?: typeof fetch
}

/** The time limit of one call to the issuer, in seconds: a person is waiting. */
const patience = 5
/** How long a discovery document stays valid, and how long an issuer counts as awake after sending one, in seconds. */
const lives = { document: 600, awake: 30 }

/** OpenBao refuses a `max_age` of 0. The library tolerates clocks that differ by as much as this, in seconds. */
const tolerance = 30

/**
 * The code flow with PKCE, state and nonce, at one issuer. It makes no call before somebody signs in or checks
 * readiness.
 */
export const openIdSignIn = ({ clock, ...options }: OpenIdOptions): SignIn => {
  let known: { readonly configuration: client.Configuration; readonly since: Timestamp } | undefined

  const configured = async (notOlderThan: number): Promise<client.Configuration> => {
    if (known && secondsUntil(known.since, clock.now()) < notOlderThan) return known.configuration
    const configuration = await discover(options)
    known = { configuration, since: clock.now() }
    return configuration
  }

  return {
    at: new URL(options.issuer).host,
    begin: (how, secrets) =>
      withIssuer(async () => {
        const configuration = await configured(lives.document)
        const kept = secrets ?? drawn(how, clock.now())
        const url = client.buildAuthorizationUrl(configuration, {
          redirect_uri: options.redirectUri,
          scope: ['openid', ...options.scopes].join(' '),
          state: kept.state,
          nonce: kept.nonce,
          code_challenge: await client.calculatePKCECodeChallenge(kept.verifier),
          code_challenge_method: 'S256',
          ...(how !== 'remembered' && {
            prompt: options.kind === 'entra' && how === 'other-account' ? 'select_account' : 'login',
          }),
          // It makes an issuer say when the person signed in. The person can delete both, so that is checked below.
          ...(how === 'fresh' && { max_age: String(tolerance) }),
        })
        return { url: url.href, kept }
      }),
    finish: (answer, { state, nonce, verifier, freshSince }) =>
      withIssuer(async () => {
        const here = new URL(options.redirectUri)
        here.search = answer.toString()
        const tokens = await client.authorizationCodeGrant(await configured(lives.document), here, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
          ...(freshSince !== undefined && { maxAge: Math.max(0, Math.ceil(secondsUntil(freshSince, clock.now()))) }),
        })
        const claims = { ...tokens.claims() }
        if (isOfOtherTenant(options.kind, options.issuer, claims)) throw failure('other-tenant')
        const [first, ...others] = identitiesOf(options.kind, options.issuer, claims)
        if (first === undefined) throw failure('claims-missing')
        return [first, ...others]
      }),
    check: () => withIssuer(() => configured(lives.awake)).then(() => undefined),
  }
}

const drawn = (how: SignInHow, now: Timestamp): SignInSecrets => ({
  state: client.randomState(),
  nonce: client.randomNonce(),
  verifier: client.randomPKCECodeVerifier(),
  ...(how === 'fresh' && { freshSince: now }),
})

const discover = async ({ issuer, clientId, clientSecret, fetch: way }: Omit<OpenIdOptions, 'clock'>) => {
  const configuration = await client.discovery(new URL(issuer), clientId, clientSecret.reveal(), undefined, {
    timeout: patience,
    ...(way && { [client.customFetch]: throughWay(way) }),
    execute: [
      // Without this the library skips the token's signature, and trusts the connection that brought it.
      client.enableNonRepudiationChecks,
      // The configuration allows plain http only for this machine.
      ...(issuer.startsWith('http:') ? [client.allowInsecureRequests] : []),
    ],
  })
  // The library accepts some of Microsoft's hosts as equal here.
  const found = configuration.serverMetadata().issuer
  if (withoutSlash(found) !== withoutSlash(issuer)) throw failure('other-issuer')
  return configuration
}

const throughWay =
  (way: typeof fetch): client.CustomFetch =>
  (url, { body, signal, ...rest }) =>
    way(url, { ...rest, body: body ?? null, ...(signal && { signal }) })

const withoutSlash = (address: string): string => address.replace(/\/+$/, '')

const withIssuer = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    throw error instanceof ExternalError ? error : classified(error)
  }
}
