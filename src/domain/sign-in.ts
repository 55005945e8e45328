import type { Identity } from './card.ts'

/**
 * The identity of a person at an OpenID Connect issuer: the identifying claims, all of which must match. Its text
 * depends neither on their order nor on a final slash of the issuer.
 */
export const issuerIdentity = (issuer: string, claims: Readonly<Record<string, string>>): Identity => {
  const named = new URLSearchParams(claims)
  named.sort()
  return { platform: 'oidc', tenant: issuer.replace(/\/+$/, ''), subject: named.toString() }
}
