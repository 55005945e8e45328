import { describe, expect, test } from 'vitest'
import { issuerIdentity } from '../../../src/domain/sign-in.ts'
import { identitiesOf, isOfOtherTenant } from '../../../src/identity/claims.ts'

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

  const tid = '11111111-1111-4111-8111-11111111aaaa'
  const oid = '22222222-2222-4222-8222-22222222bbbb'
  const home = `https://login.microsoftonline.com/${tid}/v2.0`

  test('of Entra name the account in Teams too, which is the same person there', () => {
    const inTeams = { platform: 'teams', tenant: tid, subject: oid }
    for (const at of [home, `https://login.microsoftonline.us/${tid}/v2.0`, `http://127.0.0.1:8082/${tid}/v2.0`])
      expect(identitiesOf('entra', at, { tid, oid })).toEqual([issuerIdentity(at, { tid, oid }), inTeams])
    const inCapitals = { tid: tid.toUpperCase(), oid: oid.toUpperCase() }
    expect(identitiesOf('entra', home.toUpperCase(), inCapitals)[1]).toEqual(inTeams)
  })

  test('of Entra name nobody when the token is of another tenant than its issuer', () => {
    const other = { tid: oid, oid }
    expect(identitiesOf('entra', home, other)).toEqual([])
    expect(isOfOtherTenant('entra', home, other)).toBe(true)
    expect(isOfOtherTenant('entra', home, { tid, oid })).toBe(false)
    expect(isOfOtherTenant('entra', home, { oid })).toBe(false)
    expect(isOfOtherTenant('generic', home, other)).toBe(false)
  })

  test.each([
    ['another host', `https://id.example.com/${tid}/v2.0`],
    ['a host that only contains Microsoft’s', `https://login.microsoftonline.com.example.com/${tid}/v2.0`],
    ['no tenant in its path', 'https://login.microsoftonline.com/v2.0'],
    ['a tenant by its name', 'https://login.microsoftonline.com/example.onmicrosoft.com/v2.0'],
  ])('of an issuer with %s name no account in Teams', (_, at) => {
    expect(identitiesOf('entra', at, { tid, oid })).toEqual([issuerIdentity(at, { tid, oid })])
  })

  test('of a generic issuer name no account in Teams', () => {
    expect(identitiesOf('generic', home, { tid, oid }).map(({ platform }) => platform)).toEqual(['oidc', 'oidc'])
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
