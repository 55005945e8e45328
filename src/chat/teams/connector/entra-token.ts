import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { z } from 'zod'
import { type Secret, secret } from '../../../domain/secret.ts'
import type { Clock } from '../../../ports.ts'
import { ExternalError } from '../../../ports.ts'
import { readSigningCertificate } from '../certificate.ts'
import type { TeamsSettings } from '../settings.ts'
import { entraError } from './entra-errors.ts'
import { jsonIn } from './json-body.ts'

/** The tokens with which Latchkey calls the connector. Each call throws an `ExternalError` that says what to do. */
export type Tokens = {
  /** A token that is valid for some time yet. */
  current(): Promise<Secret>
  /** Another token than the one that the connector refused; the same one if another was replaced only just. */
  insteadOf(refused: Secret): Promise<Secret>
}

type TokenDeps = {
  readonly settings: Pick<TeamsSettings, 'app' | 'tenant' | 'credential' | 'tokenUrl' | 'scope'>
  readonly fetch: typeof fetch
  readonly clock: Pick<Clock, 'now'>
}

const minute = 60_000
/** A token of an hour is renewed five minutes early, a shorter one in the last twelfth of its life. */
const early = (life: number): number => Math.min(5 * minute, life / 12)
/** Milliseconds between two tokens that replace refused ones: if the new one is refused, too, it is not the token's fault. */
const untilReplaced = minute
/** Many cards that fail together ask once. */
const refusedFor = 10_000

type Held = { readonly token: Secret; readonly renewAt: number; readonly until: number }

/** Keeps one token, and renews it early. All who need a new one at the same time wait for one call. */
export const newTokens = (deps: TokenDeps): Tokens => {
  const { clock } = deps
  let held: Held | undefined
  let replaceAgainAt = 0
  let renewing: Promise<Held> | undefined
  let refusal: { readonly error: ExternalError; readonly until: number } | undefined
  const renew = (): Promise<Held> => {
    if (refusal && clock.now() < refusal.until) return Promise.reject(refusal.error)
    renewing ??= askForToken(deps)
      .then((got) => {
        held = got
        refusal = undefined
        return got
      })
      .catch((error: unknown) => {
        if (error instanceof ExternalError && !error.transient) refusal = { error, until: clock.now() + refusedFor }
        throw error
      })
      .finally(() => {
        renewing = undefined
      })
    return renewing
  }
  return {
    current: async () => {
      const now = clock.now()
      if (held && now < held.renewAt) return held.token
      try {
        return (await renew()).token
      } catch (error) {
        // The old token is good until its end, whatever happens to Entra or to the secret.
        if (held && clock.now() < held.until) return held.token
        throw error
      }
    },
    insteadOf: async (refused) => {
      if (held && held.token !== refused) return held.token
      if (held && !renewing && clock.now() < replaceAgainAt) return held.token
      const { token } = await renew()
      replaceAgainAt = clock.now() + untilReplaced // only now: what Entra did not give replaces nothing
      return token
    },
  }
}

/** A header takes no other characters, and its refusal would repeat the token. */
const word = z.string().regex(/^[!-~]+$/)
const answer = z.object({ access_token: word, expires_in: z.coerce.number().positive() })
const patience = 8_000

/** Asks Entra for one token. */
const askForToken = async ({ settings, fetch, clock }: TokenDeps): Promise<Held> => {
  const from = clock.now()
  const { status, body } = await exchange(fetch, settings, await formFor(settings, from))
  const got = answer.safeParse(body)
  if (status !== 200 || !got.success) throw entraError(status, body, settings)
  const life = got.data.expires_in * 1000
  return { token: secret(got.data.access_token), renewAt: from + life - early(life), until: from + life }
}

const exchange = async (
  fetch: TokenDeps['fetch'],
  { tokenUrl }: Pick<TeamsSettings, 'tokenUrl'>,
  form: URLSearchParams,
): Promise<{ readonly status: number; readonly body: unknown }> => {
  try {
    const signal = AbortSignal.timeout(patience)
    // A redirect would carry the secret elsewhere.
    const response = await fetch(tokenUrl, { method: 'POST', body: form, redirect: 'error', signal })
    return { status: response.status, body: await jsonIn(response).catch(() => undefined) }
  } catch (cause) {
    throw new ExternalError('entra-unreachable', `Entra could not be reached at ${new URL(tokenUrl).host}`, {
      transient: true,
      cause,
    })
  }
}

const formFor = async ({ app, credential, tokenUrl, scope }: TokenDeps['settings'], now: number) =>
  new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: app,
    scope,
    ...(credential.kind === 'secret'
      ? { client_secret: credential.value.reveal() }
      : {
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: await assertion(app, tokenUrl, credential.value, now),
        }),
  })

/** Minutes for which an assertion is valid; each is used once. */
const assertionLife = 5

/** The proof by certificate, as Entra asks for it: PS256, the thumbprint in the header, the token's address as audience. */
const assertion = (app: string, audience: string, pem: Secret, now: number): Promise<string> => {
  const { key, thumbprint } = readSigningCertificate(pem)
  const at = Math.floor(now / 1000)
  return new SignJWT()
    .setProtectedHeader({ alg: 'PS256', typ: 'JWT', 'x5t#S256': thumbprint })
    .setIssuer(app)
    .setSubject(app)
    .setAudience(audience)
    .setJti(randomUUID())
    .setIssuedAt(at)
    .setNotBefore(at)
    .setExpirationTime(at + assertionLife * 60)
    .sign(key)
}
