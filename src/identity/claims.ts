import type { Identity } from '../domain/card.ts'
import { issuerIdentity } from '../domain/sign-in.ts'

/** Which claims name somebody. Microsoft's `sub` differs from application to application; Slack names as our chat does. */
export type IssuerKind = 'generic' | 'entra' | 'slack'

type Claims = Readonly<Record<string, unknown>>

/** Every name that the issuer's claims give somebody, the one to show first; empty when those that count are missing. */
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

/** One for each claim: the people file says which one names its person. */
const generic = (issuer: string, claims: Claims): readonly Identity[] => {
  const { sub, ...others } = claims
  return Object.entries({ sub, ...others }).flatMap(([claim, value]) =>
    isName(value) ? [issuerIdentity(issuer, { [claim]: value })] : [],
  )
}

const entra = (issuer: string, { tid, oid }: Claims): readonly Identity[] =>
  isName(tid) && isName(oid) ? [issuerIdentity(issuer, { tid, oid })] : []

/** In a Grid the chat knows people by the organisation; user ids are unique in it, so either name is the same person's. */
const slack = (claims: Claims): readonly Identity[] => {
  const subject = claims['https://slack.com/user_id']
  const homes = [claims['https://slack.com/enterprise_id'], claims['https://slack.com/team_id']]
  return isName(subject) ? homes.filter(isName).map((tenant) => ({ platform: 'slack', tenant, subject })) : []
}

const isName = (value: unknown): value is string => typeof value === 'string' && value !== ''
