import { createHash, createVerify, randomBytes, X509Certificate } from 'node:crypto'
import { isObject, type JsonObject, parseJson } from '../common/json.ts'
import type { TeamsSimulatorOptions } from './options.ts'

/** The bot's own tokens: issued by the tenant's token endpoint, checked by the connector. */
export type Entra = {
  /** The answer of `POST /{tenant}/oauth2/v2.0/token` to these form fields. */
  token(tenant: string, form: URLSearchParams, audience: string): { status: number; body: JsonObject }
  /** Whether the connector accepts this `Authorization` header. */
  accepts(authorization: string | undefined): boolean
  /** Ends all issued tokens, so that the connector answers 401. */
  expireTokens(): void
  /** The client secret has reached its end, or is good again. */
  setSecretExpired(isExpired: boolean): void
}

/** Only the channel's API (the one scope that a bot asks for). */
const scope = 'https://api.botframework.com/.default'
const lifeSeconds = 3599
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

type Refusal = { status: number; code: string; error: string; text: string }

/** Codes and words as in Microsoft's list of AADSTS errors. */
const refusals = {
  tenant: { status: 400, code: 'AADSTS90002', error: 'invalid_request', text: 'Tenant not found.' },
  app: {
    status: 400,
    code: 'AADSTS700016',
    error: 'unauthorized_client',
    text: 'Application was not found in the directory.',
  },
  secret: { status: 401, code: 'AADSTS7000215', error: 'invalid_client', text: 'Invalid client secret provided.' },
  secretExpired: {
    status: 401,
    code: 'AADSTS7000222',
    error: 'invalid_client',
    text: 'The provided client secret keys are expired.',
  },
  assertion: {
    status: 401,
    code: 'AADSTS700027',
    error: 'invalid_client',
    text: 'The certificate or its signature is not registered for this application.',
  },
  expired: {
    status: 401,
    code: 'AADSTS700024',
    error: 'invalid_client',
    text: 'Client assertion is not within its valid time range.',
  },
  credential: {
    status: 401,
    code: 'AADSTS7000216',
    error: 'invalid_client',
    text: 'client_assertion or client_secret is required.',
  },
  grant: {
    status: 400,
    code: 'AADSTS70003',
    error: 'unsupported_grant_type',
    text: 'The grant type is not supported.',
  },
  scope: {
    status: 400,
    code: 'AADSTS70011',
    error: 'invalid_scope',
    text: 'The provided value for the input parameter scope is not valid.',
  },
} satisfies Record<string, Refusal>

/** Token endpoint and token check of one tenant with one registration. */
export function createEntra(options: TeamsSimulatorOptions, clock: () => number): Entra {
  const issued = new Map<string, number>()
  let isSecretExpired = false
  const seconds = () => Math.floor(clock() / 1000)

  const refusalOf = (tenant: string, form: URLSearchParams, audience: string): Refusal | undefined => {
    if (tenant !== options.tenant) return refusals.tenant
    if (form.get('grant_type') !== 'client_credentials') return refusals.grant
    if (form.get('client_id') !== options.app.id) return refusals.app
    if (form.get('scope') !== scope) return refusals.scope
    const secret = form.get('client_secret')
    if (secret !== null && secret !== options.appSecret) return refusals.secret
    if (secret !== null) return isSecretExpired ? refusals.secretExpired : undefined
    const assertion = form.get('client_assertion')
    if (assertion === null || form.get('client_assertion_type') !== assertionType) return refusals.credential
    if (options.appCertificate === undefined) return refusals.assertion
    return assertionRefusal(assertion, options.appCertificate, options.app.id, audience, seconds())
  }

  return {
    token(tenant, form, audience) {
      const refusal = refusalOf(tenant, form, audience)
      if (refusal !== undefined) {
        const { status, code, error, text } = refusal
        const body = { error, error_description: `${code}: ${text}`, error_codes: [Number(code.slice(6))] }
        return { status, body }
      }
      const token = `${randomBytes(24).toString('base64url')}.of.the.bot`
      issued.set(token, seconds() + lifeSeconds)
      const times = { expires_in: lifeSeconds, ext_expires_in: lifeSeconds }
      return { status: 200, body: { token_type: 'Bearer', ...times, access_token: token } }
    },
    accepts(authorization) {
      const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1]
      return token !== undefined && (issued.get(token) ?? 0) > seconds()
    },
    expireTokens: () => issued.clear(),
    setSecretExpired(isExpired) {
      isSecretExpired = isExpired
    },
  }
}

/** Checks a client assertion as Entra does: thumbprint, signature, issuer, subject, audience, times. */
function assertionRefusal(
  assertion: string,
  certificate: string,
  app: string,
  audience: string,
  now: number,
): Refusal | undefined {
  const [head = '', claims = '', signature = ''] = assertion.split('.')
  const [header, body] = [head, claims].map((part) => parseJson(Buffer.from(part, 'base64url').toString()))
  if (!isObject(header) || !isObject(body)) return refusals.assertion
  const known = new X509Certificate(certificate)
  const thumbprint = (hash: string) => createHash(hash).update(known.raw).digest('base64url')
  const isNamed = header['x5t#S256'] === thumbprint('sha256') || header.x5t === thumbprint('sha1')
  if (!isNamed) return refusals.assertion
  const isPss = header.alg === 'PS256'
  if (!isPss && header.alg !== 'RS256') return refusals.assertion
  // 6 is RSA_PKCS1_PSS_PADDING; the salt is as long as the hash (RFC 7518, 3.5).
  const key = isPss ? { key: known.publicKey, padding: 6, saltLength: 32 } : { key: known.publicKey }
  const isGenuine = createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(key, signature, 'base64url')
  if (!isGenuine || body.iss !== app || body.sub !== app || body.aud !== audience) return refusals.assertion
  const isTimely = Number(body.exp) > now && Number(body.nbf ?? 0) <= now + 300
  return isTimely && typeof body.jti === 'string' ? undefined : refusals.expired
}
