import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { type Secret, secret } from '../../domain/secret.ts'
import type { TokenSource } from './credentials.ts'
import { failure } from './failure.ts'

const claims = z.object({
  aud: z.union([z.string(), z.array(z.string())]).optional(),
  exp: z.number().optional(),
})

/**
 * Reads the token from its file, which the kubelet replaces long before the token's end. A token that cannot work is not
 * sent: one for another audience may open more than this vault. Throws `bad-credentials` with the remedy, never with the
 * token.
 */
export const readLoginToken = async (
  { way, tokenFile, audience }: Pick<TokenSource, 'way' | 'tokenFile' | 'audience'>,
  now: number,
): Promise<Secret> => {
  const wrong = (what: string, remedy: string) =>
    failure('bad-credentials', `The token in ${tokenFile} ${what}. ${remedy}`)
  const text = (
    await readFile(tokenFile, 'utf8').catch(() => {
      throw wrong('cannot be read', remedies[way].absent)
    })
  ).trim()
  const found = await claimsIn(text)
  if (!found) throw wrong('is not a JWT', remedies[way].absent)
  const audiences = [found.aud ?? []].flat()
  if (audiences.length === 0 || audiences.some((one) => one !== audience)) {
    const what =
      audiences.length === 0
        ? 'names no audience'
        : `is for ${audiences.join(', ')}, not for ${audience}${audiences.includes(audience) ? ' alone' : ''}`
    throw wrong(what, remedies[way].audience(audience))
  }
  if (found.exp !== undefined && found.exp * 1000 <= now) {
    throw wrong(`ended at ${new Date(found.exp * 1000).toISOString()}`, remedies[way].ended)
  }
  return secret(text)
}

/** The claims as they stand there: the vault checks the signature. */
const claimsIn = async (text: string): Promise<z.output<typeof claims> | undefined> => {
  const { decodeJwt } = await import('jose')
  try {
    return claims.safeParse(decodeJwt(text)).data
  } catch {
    return undefined
  }
}

const remedies = {
  kubernetes: {
    absent: 'Mount a projected service account token there, or correct tokenFile.',
    audience: (audience: string) =>
      `Write audience: ${audience} at the serviceAccountToken of the volume, or correct it here and in the role.`,
    ended: 'The kubelet renews a projected token; use the mounted file, not a copy of it, and compare the clocks.',
  },
  jwt: {
    absent: 'Let the issuer’s token be written there, or correct tokenFile.',
    audience: (audience: string) =>
      `Ask the issuer for a token with the audience ${audience}, or correct audience here and bound_audiences in the role.`,
    ended: 'Whatever writes the file must renew the token before its end; compare the clocks, too.',
  },
} as const
