import type { PrivateKey } from '../safe/content.ts'

const hashOf = (text: string) =>
  process.getBuiltinModule('node:crypto').createHash('sha256').update(text).digest('base64url')

/** A new key for one sign-in. It never leaves this machine. */
export const newKey = (): PrivateKey =>
  process
    .getBuiltinModule('node:crypto')
    .generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ format: 'jwk' }) as PrivateKey

/** The thumbprint by which others name the key (RFC 7638). */
export const thumbprintOf = ({ crv, kty, x, y }: PrivateKey): string => hashOf(JSON.stringify({ crv, kty, x, y }))

/** The public half, as a JSON Web Key. */
export const publicOf = ({ crv, kty, x, y }: PrivateKey) => ({ kty, crv, x, y })

/**
 * A proof that this call comes from the holder of the key (RFC 9449), good for one call. Written by hand, because a
 * library takes longer to load than to sign: it is two JSON texts and one signature.
 */
export const proofFor = (
  key: PrivateKey,
  method: string,
  url: string,
  accessToken?: string,
  now = Date.now(),
): string => {
  const { createPrivateKey, sign } = process.getBuiltinModule('node:crypto')
  const head = { typ: 'dpop+jwt', alg: 'ES256', jwk: publicOf(key) }
  const claims = {
    ...{ jti: crypto.randomUUID(), htm: method, htu: url.replace(/[?#].*$/, ''), iat: Math.floor(now / 1000) },
    ...(accessToken !== undefined && { ath: hashOf(accessToken) }),
  }
  const text = [head, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  const privateKey = createPrivateKey({ key: { ...key }, format: 'jwk' })
  return `${text}.${sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}
