import type { Identity } from './card.ts'

/**
 * What an OpenID Connect issuer calls somebody: the claims that name the person, all of which must agree. The way it is
 * written does not depend on their order, nor on a slash at the issuer's end.
 */
export const issuerIdentity = (issuer: string, claims: Readonly<Record<string, string>>): Identity => {
  const named = new URLSearchParams(claims)
  named.sort()
  return { platform: 'oidc', tenant: issuer.replace(/\/+$/, ''), subject: named.toString() }
}
