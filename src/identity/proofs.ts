import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Clock, Proofs, ProvedCall } from '../ports.ts'

/** Loaded at the first proof: a start does not need it. */
const jose = () => import('jose')
/** How much the clocks of a terminal and of this server may differ, in seconds. A proof is not good for longer. */
const tolerance = 60
/** A proof is a few hundred bytes; more is not worth a signature check. */
const longest = 4_096

/** The public half of a P-256 key. */
const PublicKey = z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string(), y: z.string() })
const Header = z.object({ jwk: PublicKey })
const Claims = z.object({
  jti: z.string().min(1).max(256),
  htm: z.string(),
  htu: z.string(),
  iat: z.number(),
  ath: z.string().optional(),
})

/** Reads proofs of possession as RFC 9449 demands. Whether a proof counts once is for the caller to know. */
export const proofReader = ({ now }: Pick<Clock, 'now'>): Proofs => ({
  async read(proof, call) {
    if (proof.length > longest) return undefined
    const { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } = await jose()
    const verified = await jwtVerify(proof, EmbeddedJWK, {
      ...{ typ: 'dpop+jwt', algorithms: ['ES256'], currentDate: new Date(now()) },
      ...{ clockTolerance: tolerance, maxTokenAge: 0 },
    }).catch(() => undefined)
    const header = Header.safeParse(verified?.protectedHeader)
    const claims = Claims.safeParse(verified?.payload)
    if (!header.success || !claims.success || !isFor(call, claims.data)) return undefined
    return { key: await calculateJwkThumbprint(header.data.jwk), jti: claims.data.jti }
  },
  async thumbprint(key) {
    const { data } = PublicKey.safeParse(key)
    return data && (await jose()).calculateJwkThumbprint(data)
  },
})

const isFor = ({ method, url, token }: ProvedCall, { htm, htu, ath }: z.infer<typeof Claims>): boolean =>
  htm === method &&
  addressOf(htu) === addressOf(url) &&
  (token === undefined || ath === createHash('sha256').update(token).digest('base64url'))

/** An address as it is compared: without query and fragment, and normalised (RFC 9449, 4.3). */
const addressOf = (text: string): string | undefined => {
  if (!URL.canParse(text)) return undefined
  const { origin, pathname } = new URL(text)
  return origin + pathname
}
