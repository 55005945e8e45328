import { describe, expect, test } from 'vitest'
import { decodeReference, encodeReference } from '../../../../src/chat/teams/connector/reference.ts'
import { isServiceUrl, withSlash } from '../../../../src/chat/teams/hosts.ts'
import {
  account,
  channelId,
  sealingSecret,
  teamsName,
  teamsPath,
  teamsSection,
  teamsSettings,
} from '../../../../src/chat/teams/settings.ts'
import { secret } from '../../../../src/domain/secret.ts'

const app = 'a0000000-0000-4000-8000-00000000000a'
const tenant = 'b0000000-0000-4000-8000-00000000000b'
const other = 'c0000000-0000-4000-8000-00000000000c'
const settings = (section: object = {}) =>
  teamsSettings(teamsSection.parse({ app, tenant, ...section }), (name) => secret(`value of ${name}`))
const problem = (section: object) =>
  teamsSection
    .safeParse(section)
    .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
    .join('\n')

describe('the section of Teams', () => {
  test('needs an application and a tenant, and serves that tenant alone by default', () => {
    expect(settings()).toMatchObject({ app, tenant, tenants: [tenant] })
    expect(settings({ tenants: [other, tenant, other] }).tenants).toEqual([other, tenant])
  })

  test.each([
    ['an empty one', { app: '', tenant }, /app: write the application \(client\) id .*, such as 1111/],
    ['a name in its place', { app: 'latchkey', tenant }, /app: write the application/],
    ['a domain as tenant', { app, tenant: 'contoso.onmicrosoft.com' }, /tenant: write the directory \(tenant\) id/],
    ['no tenant to serve', { app, tenant, tenants: [] }, /tenants: name at least one tenant, or leave tenants out/],
    [
      'a foreign service URL',
      { app, tenant, serviceUrl: 'https://evil.example/teams/' },
      /serviceUrl: write an address of/,
    ],
    [
      'plain http',
      { app, tenant, serviceUrl: 'http://smba.trafficmanager.net/teams/' },
      /serviceUrl: write an address/,
    ],
    [
      'a simulator elsewhere',
      { app, tenant, simulatorUrl: 'https://10.0.0.1' },
      /simulatorUrl: only an address of this/,
    ],
  ])('refuses %s, with what to write', (_, section, complaint) => {
    expect(problem(section)).toMatch(complaint)
  })

  test('lowers the case of ids, because deliveries have lower case', () => {
    expect(settings({ app: app.toUpperCase(), tenants: [other.toUpperCase()] })).toMatchObject({
      app,
      tenants: [other],
    })
  })

  test('asks for the secret or the certificate, and hides it', () => {
    expect(settings().credential.value.reveal()).toBe('value of TEAMS_APP_SECRET')
    const certified = settings({ credential: 'certificate' })
    expect(sealingSecret(certified).reveal()).toBe('value of TEAMS_APP_CERTIFICATE')
    expect(JSON.stringify(certified)).not.toContain('value of')
  })

  test('says that an id is no secret, before anything starts', () => {
    const faults: (string | undefined)[] = []
    teamsSettings(teamsSection.parse({ app, tenant }), (_name, _what, fault) => {
      faults.push(fault?.(other), fault?.('a~Value.of-a_secret'))
      return secret('')
    })
    expect(faults).toEqual(['this looks like the id of the secret, not like its value', undefined])
  })
})

describe('the outside addresses', () => {
  test('are those of the public cloud', () => {
    expect(settings()).toMatchObject({
      serviceUrl: 'https://smba.trafficmanager.net/teams/',
      metadataUrl: 'https://login.botframework.com/v1/.well-known/openidconfiguration',
      issuer: 'https://api.botframework.com',
      tokenUrl: `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`,
      scope: 'https://api.botframework.com/.default',
    })
    expect(teamsPath).toBe('/teams/messages')
  })

  test('are those of another cloud by its service URL', () => {
    const gcc = settings({ serviceUrl: 'https://smba.infra.gcc.teams.microsoft.com/teams' })
    expect(gcc.serviceUrl).toBe('https://smba.infra.gcc.teams.microsoft.com/teams/')
    expect(gcc.tokenUrl).toContain('https://login.microsoftonline.com/')
    const high = settings({ serviceUrl: 'https://smba.infra.gov.teams.microsoft.us/teams/' })
    expect(high).toMatchObject({
      tokenUrl: `https://login.microsoftonline.us/${tenant}/oauth2/v2.0/token`,
      issuer: 'https://api.botframework.us',
      scope: 'https://api.botframework.us/.default',
    })
  })

  test('are all at the simulated Teams where there is one', () => {
    expect(settings({ simulatorUrl: 'http://127.0.0.1:8082/' })).toMatchObject({
      simulatorUrl: 'http://127.0.0.1:8082',
      serviceUrl: 'http://127.0.0.1:8082/connector/',
      metadataUrl: 'http://127.0.0.1:8082/v1/.well-known/openidconfiguration',
      tokenUrl: `http://127.0.0.1:8082/${tenant}/oauth2/v2.0/token`,
      issuer: 'https://api.botframework.com',
    })
  })
})

describe('a service URL', () => {
  test.each([
    'https://smba.trafficmanager.net/emea/',
    'https://smba.trafficmanager.net/teams',
    'https://smba.infra.gcc.teams.microsoft.com/teams/',
    'https://smba.infra.dod.teams.microsoft.us/teams/',
  ])('%s may get the token', (address) => expect(isServiceUrl(address)).toBe(true))

  test.each([
    'http://smba.trafficmanager.net/teams/',
    'https://smba.trafficmanager.net.evil.example/',
    'https://evil-smba.trafficmanager.net/',
    'https://smba.trafficmanager.net:8443/teams/',
    'https://user:word@smba.trafficmanager.net/teams/',
    'https://smba.trafficmanager.net@evil.example/',
    'https://trafficmanager.net/',
    'http://127.0.0.1:8082/connector/',
    'no address',
    '',
  ])('%s may not', (address) => expect(isServiceUrl(address)).toBe(false))

  test('is the simulator’s alone where there is one', () => {
    const simulator = 'http://127.0.0.1:8082'
    expect(isServiceUrl('http://127.0.0.1:8082/connector/', simulator)).toBe(true)
    expect(isServiceUrl('http://127.0.0.1:8083/connector/', simulator)).toBe(false)
    expect(isServiceUrl('http://a:b@127.0.0.1:8082/connector/', simulator)).toBe(false)
    expect(isServiceUrl('https://smba.trafficmanager.net/teams/', simulator)).toBe(false)
    expect(isServiceUrl('no address', simulator)).toBe(false)
  })

  test('ends in one slash', () => {
    expect(['https://a.example/b', 'https://a.example/b//'].map(withSlash)).toEqual(
      Array.from({ length: 2 }, () => 'https://a.example/b/'),
    )
  })
})

describe('an account in the people file', () => {
  test('is the tenant and the object id, in lower case', () => {
    expect(account.parse(`${tenant.toUpperCase()}/${other}`)).toEqual({ platform: teamsName, tenant, subject: other })
  })
  test.each([tenant, `${tenant}/dba@example.com`, `29:1abc/${other}`, `${tenant}/${other}/x`])('is not %s', (text) => {
    expect(account.safeParse(text).error?.issues[0]?.message).toContain('write the tenant id and the object id')
  })
})

describe('a channel in the configuration', () => {
  test.each([
    '19:4b6bed8d24574f6a9e436813cb2617d8@thread.tacv2',
    '19:aB-c_1@thread.v2',
    '19:4b6bed8d24574f6a9e436813cb2617d8@thread.skype',
  ])('is %s', (id) => expect(channelId.parse(id)).toBe(id))
  test.each(['General', 'a:1abc', '19%3Aabc%40thread.tacv2', '19:abc@thread.tacv2;messageid=1', 'C0123', ''])(
    'is not "%s"',
    (id) => expect(channelId.safeParse(id).error?.issues[0]?.message).toContain('%3A is a :'),
  )
})

describe('the reference to a conversation', () => {
  const reference = { serviceUrl: 'https://smba.trafficmanager.net/emea/', user: '29:1abc', tenant }
  test('comes back from its row, also with keys of another release', () => {
    expect(decodeReference(encodeReference(reference))).toEqual(reference)
    expect(decodeReference(JSON.stringify({ ...reference, bot: '28:x' }))).toEqual(reference)
  })
  test('has one text, so that an unchanged one costs no write', () => {
    const { tenant: last, ...first } = reference
    expect(encodeReference({ tenant: last, ...first })).toBe(encodeReference(reference))
  })
  test.each(['', 'null', '29:1abc', '{"user":"29:1abc"}', '[]', '{"serviceUrl":"","user":"","tenant":""}'])(
    'is not read from %s',
    (text) => expect(decodeReference(text)).toBeUndefined(),
  )
})
