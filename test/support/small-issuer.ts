import { generateKeyPairSync, sign } from 'node:crypto'
import type { RequestListener } from 'node:http'

/** As small as an OpenID Connect issuer can be: it signs in the one person that it knows, whatever code comes. */
export const smallIssuer = (
  issuer: string,
  subject: string,
  more: () => object = () => ({ auth_time: Math.floor(Date.now() / 1000) }),
) => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  let nonce = ''
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = (claims: object, header: object = {}) => {
    const now = Math.floor(Date.now() / 1000)
    const all = { iss: issuer, sub: subject, aud: 'latchkey', iat: now, exp: now + 300, ...claims }
    const content = `${part({ alg: 'ES256', kid: 'one', ...header })}.${part(all)}`
    const signature = sign('sha256', Buffer.from(content), { key: privateKey, dsaEncoding: 'ieee-p1363' })
    return `${content}.${signature.toString('base64url')}`
  }
  const token = () => signed({ nonce, ...more() })
  const pages: Record<string, () => object> = {
    '/.well-known/openid-configuration': () => ({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/keys`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
    }),
    '/keys': () => ({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' }] }),
    '/token': () => ({ access_token: 'unused', token_type: 'Bearer', id_token: token() }),
  }
  const listener: RequestListener = (request, response) => {
    const page = pages[request.url ?? '']
    response.writeHead(page ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(page?.() ?? {}))
  }
  return {
    listener,
    /** Any token of this issuer, such as an access token. */
    signed,
    /** What the browser of the person does at the address that it is sent to: the answer to come back with. */
    authorize: (address: string): URLSearchParams => {
      const asked = new URL(address).searchParams
      nonce = asked.get('nonce') ?? ''
      return new URLSearchParams({ code: 'of-this-test', state: asked.get('state') ?? '' })
    },
  }
}
