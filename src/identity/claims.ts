import { isOwnAddress } from '../domain/address.ts'
import type { Identity } from '../domain/card.ts'
import { issuerIdentity } from '../domain/sign-in.ts'

/**
 * Decides which claims identify a person. Microsoft's `sub` differs per application. Its tenant and object ids equal the
 * identities of Teams, and Slack's ids those of Slack.
 */
export type IssuerKind = 'generic' | 'entra' | 'slack'

type Claims = Readonly<Record<string, unknown>>

/** Every identity in the issuer's claims, the one to show first; empty when the needed claims are missing. */
export const identitiesOf = (kind: IssuerKind, issuer: string, claims: Claims): readonly Identity[] => {
  switch (kind) {
    case 'generic':
      return generic(issuer, claims)
    case 'entra':
      return entra(issuer, claims)
    case 'slack':
      return slack(claims)
    default:
      return kind satisfies never
  }
}

/** One identity per claim: the people file says which claim identifies its person. */
const generic = (issuer: string, claims: Claims): readonly Identity[] => {
  const { sub, ...others } = claims
  return Object.entries({ sub, ...others }).flatMap(([claim, value]) =>
    isName(value) ? [issuerIdentity(issuer, { [claim]: value })] : [],
  )
}

/** The object of a tenant, and the same account in Teams where the issuer is Microsoft's for that tenant. */
const entra = (issuer: string, { tid, oid }: Claims): readonly Identity[] => {
  if (!isName(tid) || !isName(oid)) return []
  if (isOfOtherTenant('entra', issuer, { tid })) return []
  const [tenant, subject] = [tid.toLowerCase(), oid.toLowerCase()]
  const isTeams = tenantOf(issuer) === tenant && isMicrosofts(issuer) && guid.test(subject)
  return [issuerIdentity(issuer, { tid, oid }), ...(isTeams ? [{ platform: 'teams', tenant, subject } as const] : [])]
}

const guid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/

/** The tenant that an issuer of Microsoft names in its path; `undefined` in any other. */
const tenantOf = (issuer: string): string | undefined =>
  new URL(issuer).pathname
    .toLowerCase()
    .split('/')
    .find((part) => guid.test(part))

/** The hosts of Microsoft's clouds, and a simulated one on this machine. Others must not name accounts of Teams. */
const hosts = ['login.microsoftonline.com', 'login.microsoftonline.us', 'sts.windows.net']
const isMicrosofts = (issuer: string): boolean => hosts.includes(new URL(issuer).hostname) || isOwnAddress(issuer)

/** Whether the token is of another tenant than the one of its issuer. */
export const isOfOtherTenant = (kind: IssuerKind, issuer: string, { tid }: Claims): boolean => {
  const home = kind === 'entra' ? tenantOf(issuer) : undefined
  return home !== undefined && isName(tid) && tid.toLowerCase() !== home
}

/**
 * In a Grid, chat identities have the organisation as tenant. User ids are unique there, so both identities mean the
 * same person.
 */
const slack = (claims: Claims): readonly Identity[] => {
  const subject = claims['https://slack.com/user_id']
  const homes = [claims['https://slack.com/enterprise_id'], claims['https://slack.com/team_id']]
  return isName(subject) ? homes.filter(isName).map((tenant) => ({ platform: 'slack', tenant, subject })) : []
}

const isName = (value: unknown): value is string => typeof value === 'string' && value !== ''
