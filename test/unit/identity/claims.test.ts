import { describe, expect, test } from 'vitest'
import { issuerIdentity } from '../../../src/domain/sign-in.ts'
import { identitiesOf } from '../../../src/identity/claims.ts'

const issuer = 'https://id.example.com'
const slackClaims = {
  sub: 'U0DEVELOPER',
  'https://slack.com/user_id': 'U0DEVELOPER',
  'https://slack.com/team_id': 'T0EXAMPLE',
}

describe('the claims of a token', () => {
  test('name somebody by each text among them, the subject first', () => {
    const names = identitiesOf('generic', issuer, { iat: 1, groups: ['a'], employee: 'E-7', sub: 'abc', empty: '' })
    expect(names).toEqual([issuerIdentity(issuer, { sub: 'abc' }), issuerIdentity(issuer, { employee: 'E-7' })])
  })

  test('of Entra name somebody by tenant and object together, never by one of them', () => {
    expect(identitiesOf('entra', issuer, { sub: 'pairwise', tid: 'tenant', oid: 'object' })).toEqual([
      issuerIdentity(issuer, { oid: 'object', tid: 'tenant' }),
    ])
    expect(identitiesOf('entra', issuer, { sub: 'pairwise', oid: 'object' })).toEqual([])
    expect(identitiesOf('entra', issuer, { sub: 'pairwise', tid: 'tenant', oid: 7 })).toEqual([])
  })

  test('of Slack name somebody as the chat does: in a Grid by the organisation, else by the workspace', () => {
    const inWorkspace = { platform: 'slack', tenant: 'T0EXAMPLE', subject: 'U0DEVELOPER' } as const
    expect(identitiesOf('slack', issuer, slackClaims)).toEqual([inWorkspace])
    expect(identitiesOf('slack', issuer, { ...slackClaims, 'https://slack.com/enterprise_id': 'E0GRID' })).toEqual([
      { ...inWorkspace, tenant: 'E0GRID' },
      inWorkspace,
    ])
    expect(identitiesOf('slack', issuer, { sub: 'U0DEVELOPER' })).toEqual([])
  })
})

describe('what an issuer calls somebody', () => {
  test('does not depend on the order of the claims, nor on a slash at the issuer’s end', () => {
    const one = issuerIdentity(issuer, { tid: 'a', oid: 'b' })
    expect(issuerIdentity(`${issuer}/`, { oid: 'b', tid: 'a' })).toEqual(one)
  })

  test('is never the same for different claims', () => {
    const both = issuerIdentity(issuer, { oid: 'b', tid: 'a' })
    expect(issuerIdentity(issuer, { oid: 'b&tid=a' })).not.toEqual(both)
    expect(issuerIdentity(`${issuer}/oid=b`, { tid: 'a' })).not.toEqual(both)
  })
})
