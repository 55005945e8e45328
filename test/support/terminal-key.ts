import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto'

/** The key of a terminal, and the proofs that it signs (RFC 9449). */
export type TerminalKey = ReturnType<typeof newTerminalKey>
export type ProofOf = {
  readonly method?: string
  readonly url: string
  readonly token?: string | undefined
  readonly jti?: string
  /** Seconds since 1970. */
  readonly iat?: number
  readonly header?: object
  readonly claims?: object
}

export const newTerminalKey = (namedCurve = 'P-256', now: () => number = Date.now) => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve })
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' })
  const jwk = { kty, crv, x, y }
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const digest = (text: string) => createHash('sha256').update(text).digest('base64url')
  return {
    jwk,
    thumbprint: digest(JSON.stringify({ crv, kty, x, y })),
    proof({ method = 'POST', url, token, jti = randomUUID(), iat = now() / 1000, header, claims }: ProofOf): string {
      const ath = token === undefined ? {} : { ath: digest(token) }
      const head = { typ: 'dpop+jwt', alg: 'ES256', jwk, ...header }
      const text = [head, { jti, htm: method, htu: url, iat: Math.floor(iat), ...ath, ...claims }].map(part).join('.')
      const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' })
      return `${text}.${signature.toString('base64url')}`
    },
  }
}
