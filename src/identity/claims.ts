import type { Identity } from '../domain/card.ts'
import { issuerIdentity } from '../domain/sign-in.ts'

/**
 * Decides which claims identify a person. Microsoft's `sub` differs per application; Slack's ids equal our chat
 * identities.
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

const entra = (issuer: string, { tid, oid }: Claims): readonly Identity[] =>
  isName(tid) && isName(oid) ? [issuerIdentity(issuer, { tid, oid })] : []

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
