import { describe, expect, test } from 'vitest'
import { encodeReference } from '../../../../src/chat/teams/connector/reference.ts'
import { teamsExaminer } from '../../../../src/chat/teams/doctor.ts'
import { type TeamsCredential, teamsSection, teamsSettings } from '../../../../src/chat/teams/settings.ts'
import { secret } from '../../../../src/domain/secret.ts'
import { newAppCertificate } from '../../../support/app-certificate.ts'

const app = 'a0000000-0000-4000-8000-00000000000a'
const tenant = 'b0000000-0000-4000-8000-00000000000b'
const subject = 'd0000000-0000-4000-8000-00000000000d'
const account = { platform: 'teams', tenant, subject } as const
const channel = '19:abc@thread.tacv2'

type Answer = { readonly status?: number; readonly body?: unknown; readonly cut?: true; readonly date?: string }
const encoded = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')
const tokenOf = (claims: object) => `${encoded({ alg: 'RS256' })}.${encoded({ tid: tenant, appid: app, ...claims })}.x`
const refused = (status: number, code: string): Answer => ({ status, body: { error: { code, message: 'words' } } })
const member = {
  ...{ id: '29:1', name: 'DBA on call', objectId: subject, tenantId: tenant, userRole: 'user' },
  userPrincipalName: 'dba@example.com',
}

/** The whole outside, by the end of each address. */
const usual: Readonly<Record<string, Answer>> = {
  '/token': { body: { expires_in: 3599, access_token: tokenOf({}) } },
  '/openidconfiguration': { body: { issuer: 'https://api.botframework.com', jwks_uri: 'https://k.example/keys' } },
  'latchkey-doctor%40thread.tacv2/pagedmembers?pageSize=500': refused(404, 'ConversationNotFound'),
  '/19%3Aabc%40thread.tacv2/pagedmembers?pageSize=500': { body: { members: [member] } },
  '/v3/conversations': { status: 201, body: { id: 'a:1' } },
  '/members/29%3A1': { body: member },
}
const stage = (
  answers: Readonly<Record<string, Answer>> = {},
  { row, credential }: { readonly row?: string | null; readonly credential?: TeamsCredential } = {},
) => {
  const all = Object.entries({ ...usual, ...answers })
  const way: typeof fetch = async (address) => {
    const [, answer] = all.find(([end]) => String(address).endsWith(end)) ?? expect.fail(String(address))
    if (answer.cut) throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })
    const headers = { date: answer.date ?? new Date().toUTCString() }
    return Response.json(answer.body ?? {}, { status: answer.status ?? 200, headers })
  }
  const settings = teamsSettings(teamsSection.parse({ app, tenant }), () => secret('the~secret'))
  const conversationOf = row === undefined ? undefined : async () => row ?? undefined
  return teamsExaminer({ ...settings, ...(credential && { credential }), way, conversationOf })
}
const row = encodeReference({ serviceUrl: 'https://smba.trafficmanager.net/emea/', user: '29:1', tenant })

describe('doctor on the Teams app', () => {
  test('finds all in order', async () => {
    expect(await stage().app()).toEqual([
      { what: 'Teams: app secret', state: 'ok', found: `Entra takes it, in the tenant ${tenant}` },
      { what: 'Teams: connector', state: 'ok', found: 'smba.trafficmanager.net takes the token' },
      { what: 'Teams: keys of deliveries', state: 'ok', found: expect.stringContaining('/openidconfiguration') },
      { what: 'Teams: clock', state: 'ok', found: 'the same as this machine’s' },
    ])
  })

  test.each<[string, Record<string, Answer>, string, RegExp]>([
    [
      'a wrong secret',
      { '/token': { status: 401, body: { error: 'invalid_client', error_codes: [7000215] } } },
      'Teams: app secret',
      /TEAMS_APP_SECRET is wrong.*Certificates & secrets/,
    ],
    [
      'a tenant that Entra does not know',
      { '/token': { status: 400, body: { error: 'invalid_request', error_codes: [90002] } } },
      'Teams: app secret',
      /correct teams\.tenant.*Overview of the application/,
    ],
    [
      'Entra out of reach',
      { '/token': { cut: true } },
      'Teams: app secret',
      /let this machine reach https:\/\/login\./,
    ],
    [
      'a token of another tenant',
      { '/token': { body: { expires_in: 3599, access_token: tokenOf({ tid: 'other' }) } } },
      'Teams: app secret',
      /in the tenant other.*correct teams\.app and teams\.tenant/,
    ],
    [
      'a bot that is not registered',
      { 'latchkey-doctor%40thread.tacv2/pagedmembers?pageSize=500': refused(401, 'BotNotRegistered') },
      'Teams: connector',
      /it knows no such bot.*portal/,
    ],
    [
      'a tenant of another cloud',
      { 'latchkey-doctor%40thread.tacv2/pagedmembers?pageSize=500': refused(403, 'InvalidBotApiHost') },
      'Teams: connector',
      /another cloud; write its address in teams\.serviceUrl/,
    ],
    [
      'the connector out of reach',
      { 'latchkey-doctor%40thread.tacv2/pagedmembers?pageSize=500': { cut: true } },
      'Teams: connector',
      /let this machine reach https:\/\/smba\.trafficmanager\.net/,
    ],
    [
      'keys of another cloud',
      { '/openidconfiguration': { body: { issuer: 'https://api.botframework.us', jwks_uri: 'x' } } },
      'Teams: keys of deliveries',
      /is of https:\/\/api\.botframework\.us.*check the cloud/,
    ],
    ['no document of keys', { '/openidconfiguration': { status: 404 } }, 'Teams: keys of deliveries', /answers 404/],
    ['its host out of reach', { '/openidconfiguration': { cut: true } }, 'Teams: keys of deliveries', /ECONNREFUSED/],
    [
      'a clock that is wrong',
      { '/openidconfiguration': { ...usual['/openidconfiguration'], date: new Date(0).toUTCString() } },
      'Teams: clock',
      /ahead of it.*NTP/,
    ],
  ])('names %s, with what to do, and never the secret', async (_, answers, what, words) => {
    const findings = await stage(answers).app()
    const finding = findings.find((one) => one.what === what)
    expect(finding).toMatchObject({ state: 'missing' })
    expect(`${finding?.found}; ${finding?.remedy}`).toMatch(words)
    expect(JSON.stringify(findings)).not.toMatch(/the~secret|eyJ/)
  })

  test('says when the certificate ends', async () => {
    const { key, certificate } = newAppCertificate()
    const findings = await stage({}, { credential: { kind: 'certificate', value: secret(key + certificate) } }).app()
    expect(findings[0]).toMatchObject({ what: 'Teams: app certificate', state: 'ok' })
    expect(findings[1]).toMatchObject({
      what: 'Teams: certificate',
      state: 'optional',
      remedy: /upload another/,
    } as never)
  })
})

describe('doctor on a channel of Teams', () => {
  test('finds one that Latchkey is in', async () => expect(await stage().channel(channel)).toEqual({ name: '' }))
  test.each([
    [404, 'ConversationNotFound', 'channel-unknown'],
    [403, 'BotNotInConversationRoster', 'channel-closed'],
  ])('names the fault behind %i %s', async (status, code, fault) => {
    const end = '/19%3Aabc%40thread.tacv2/pagedmembers?pageSize=500'
    expect(await stage({ [end]: refused(status, code) }).channel(channel)).toEqual({ fault })
  })
  test('cannot tell while the connector is away', async () => {
    const end = '/19%3Aabc%40thread.tacv2/pagedmembers?pageSize=500'
    await expect(stage({ [end]: { cut: true } }).channel(channel)).rejects.toMatchObject({ code: 'chat-unreachable' })
  })
})

describe('doctor on an account of Teams', () => {
  test('serves those of the configured tenants', () => {
    const { serves } = stage()
    expect(
      [account, { ...account, tenant: subject }, { ...account, platform: 'slack' }].map((one) => serves(one as never)),
    ).toEqual([true, false, false])
  })
  test('finds a member who gets messages, with name and short name', async () => {
    const examiner = stage({}, { row })
    expect(await examiner.account(account)).toBeUndefined()
    expect(await examiner.nameOf(account)).toEqual({ name: 'DBA on call', handle: 'dba' })
  })
  test('names a person who has never written to Latchkey', async () => {
    expect(await stage({}, { row: null }).account(account)).toBe('app-missing')
  })
  test('cannot tell without the database of a server', async () => {
    const examiner = stage()
    expect(await examiner.account(account)).toBeUndefined()
    expect(await examiner.nameOf(account)).toBeUndefined()
  })
  test.each<[string, Record<string, Answer>, string]>([
    ['a guest', { '/members/29%3A1': { body: { ...member, userRole: 'guest' } } }, 'no-member'],
    ['a deleted one', { '/members/29%3A1': refused(404, 'MemberNotFoundInConversation') }, 'account-deactivated'],
    ['one without the app', { '/v3/conversations': refused(403, 'ForbiddenOperationException') }, 'app-missing'],
    ['one who blocked it', { '/members/29%3A1': refused(403, 'ConversationBlockedByUser') }, 'account-blocked'],
  ])('names %s', async (_, answers, fault) => {
    expect(await stage(answers, { row }).account(account)).toBe(fault)
  })
})
