import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { chatKinds } from '../../src/chat/index.ts'
import type { SlackSettings } from '../../src/chat/slack/settings.ts'
import { type Config, ConfigError, readConfig } from '../../src/config/read.ts'
import { connectors } from '../../src/connectors/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'config-'))
const file = join(folder, 'latchkey.yaml')
afterAll(() => rmSync(folder, { recursive: true }))

const valid = `link:
  baseUrl: https://latchkey.example.com/
slack:
  mode: http
  tenants: [T0123]
integrations:
  - name: production
    requesters: [group:engineers]
    owner: [group:platform]
    durations: [4h, 15m, 1h30m]
    vault:
      internalUrl: https://vault.internal.example:8200
      credentials: { folder: /run/secrets/latchkey }
`
const environment = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: 'signing' }
const read = (text: string, variables: Record<string, string> = environment) => {
  writeFileSync(file, text)
  return readConfig({ file, environment: variables, chats: chatKinds, paramsOf: { vault: connectors.vault.params } })
}
const slackOf = (config: Config) => config.chats.get('slack')?.settings as SlackSettings | undefined
const problemsOf = (text: string, variables?: Record<string, string>): readonly string[] => {
  try {
    read(text, variables)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('the configuration', () => {
  test('is read with its defaults; lengths are sorted', () => {
    const config = read(valid)
    expect(config.link).toEqual({
      baseUrl: 'https://latchkey.example.com',
      inMessage: false,
      revokeOnMisuse: true,
      confirm: 'none',
    })
    expect(config.integrations[0]?.integration).toMatchObject({
      id: 'production',
      durations: [900, 5400, 14_400],
      decideWithin: 28_800,
    })
    expect(config.people).toBe(join(folder, 'people.yaml'))
  })

  test('keeps tokens in a type that no log shows', () => {
    const config = read(valid)
    expect(slackOf(config)?.botToken.reveal()).toBe('xoxb-1')
    expect(JSON.stringify(config)).not.toContain('xoxb-1')
    expect(`${slackOf(config)?.botToken}`).toBe('[secret]')
  })

  test.each([
    ['an unknown key', valid.replace('baseUrl', 'baseURL'), /latchkey\.yaml:[12]: link/],
    ['plain http to the world', valid.replace('https://latchkey', 'http://latchkey'), /:2: link\.baseUrl: use https/],
    [
      'a Slack elsewhere',
      valid.replace('mode: http', 'mode: http\n  apiUrl: https://evil.example/api/'),
      /only an address of this machine/,
    ],
    ['no tenant', valid.replace('[T0123]', '[]'), /:5: slack\.tenants/],
    ['a length without a unit', valid.replace('15m', '15'), /durations/],
    [
      'an e-mail address as requester',
      valid.replace('group:engineers', 'a@b.example'),
      /:8: integrations\[0\]\.requesters\[0\]: write person:KEY/,
    ],
    [
      'a resource owner rule without an owner',
      valid.replace('    owner: [group:platform]\n', '    resourceOwner: { key: owner }\n'),
      /integrations\[0\]\.owner/,
    ],
    [
      'a secret in the file',
      valid.replace('{ folder: /run/secrets/latchkey }', '{ role_id: a, secret_id: b }'),
      /vault\.credentials/,
    ],
    [
      'certificates that outlast the shortest access',
      valid.replace(
        '{ folder: /run/secrets/latchkey }',
        '{ folder: /x }\n      sshMounts: [ssh]\n      certificateLife: 20m',
      ),
      /certificateLife: a certificate may outlast an access by this; write at most 15m/,
    ],
    ['access details that are too long', `${valid}    accessDetails: ${'x'.repeat(401)}\n`, /accessDetails/],
  ])('refuses %s, naming line and key', (_, text, complaint) => {
    expect(problemsOf(text).join('\n')).toMatch(complaint)
  })

  const withUrl: Record<string, (address: string) => string> = {
    'link.baseUrl': (address) => valid.replace('https://latchkey.example.com/', address),
    'signIn.issuer': (address) => `${valid}signIn: { issuer: "${address}", clientId: latchkey }\n`,
    'slack.apiUrl': (address) => valid.replace('mode: http', `mode: http\n  apiUrl: "${address}"`),
    'audit.webhook.url': (address) => `${valid}audit: { webhook: { url: "${address}" } }\n`,
    'integrations[0].vault.internalUrl': (address) => valid.replace('https://vault.internal.example:8200', address),
    'integrations[0].vault.externalUrl': (address) =>
      valid.replace('internalUrl:', `externalUrl: "${address}"\n      internalUrl:`),
  }
  const unfit: readonly [string, RegExp][] = [
    ['https://ada:hunter2@127.0.0.1', /write no user or password/],
    ['https://ada@127.0.0.1/x', /write no user or password/],
    ['https://@127.0.0.1', /write no user or password/],
    ['https://127.0.0.1/#part', /without # and what follows/],
    ['https://127.0.0.1/?next=x', /without \? and what follows/],
    ['https://127.0.0.1?', /without \? and what follows/],
    ['https://127.0.0.1/a b', /without blanks/],
  ]
  test.each(Object.entries(withUrl))('takes a plain address for %s, and nothing more in it', (key, put) => {
    expect(problemsOf(put('https://127.0.0.1/x')).filter((problem) => problem.includes(key))).toEqual([])
    for (const [address, complaint] of unfit) {
      if (key === 'audit.webhook.url' && address.includes('?')) continue // receivers may want one
      const [problem = ''] = problemsOf(put(address)).filter((one) => one.includes(`${key}:`))
      expect(problem, address).toMatch(complaint)
      expect(problem).not.toContain('hunter2')
    }
  })

  test('is refused where the environment switches off the check of certificates', () => {
    const blind = { ...environment, NODE_TLS_REJECT_UNAUTHORIZED: '0' }
    expect(problemsOf(valid, blind).join('\n')).toMatch(/NODE_TLS_REJECT_UNAUTHORIZED=0 .*unset it.*caFile/)
    expect(problemsOf('link: {}', blind).join('\n')).toMatch(/NODE_TLS_REJECT_UNAUTHORIZED=0/)
    expect(problemsOf(valid, { ...environment, NODE_TLS_REJECT_UNAUTHORIZED: '1' })).toEqual([])
  })

  test('takes the proxy from the environment, in lower case first, without its password in what is shown', () => {
    const proxy = (more: Record<string, string>) => read(valid, { ...environment, ...more }).proxy
    expect(proxy({})).toBeUndefined()
    expect(proxy({ HTTPS_PROXY: '', HTTP_PROXY: 'http://elsewhere:3128' })).toBeUndefined()
    expect(proxy({ HTTPS_PROXY: 'http://one:3128', https_proxy: 'https://two.example.com/' })).toEqual({
      address: 'https://two.example.com',
      except: [],
    })
    const full = proxy({ HTTPS_PROXY: 'http://ada:p%40ss@one:3128', NO_PROXY: 'a.example, .b.example' })
    expect(full).toMatchObject({ address: 'http://one:3128', except: ['a.example', '.b.example'] })
    expect(full?.authorization?.reveal()).toBe(`Basic ${Buffer.from('ada:p@ss').toString('base64')}`)
    expect(JSON.stringify(full)).not.toContain('ss@')
    expect(proxy({ HTTPS_PROXY: 'http://ada@one' })?.authorization?.reveal()).toBe(
      `Basic ${Buffer.from('ada:').toString('base64')}`,
    )
  })

  test.each([
    'one:3128',
    'socks5://ada:hunter2@one:1080',
    'http://ada:hunter2@one:3128/path',
    'http://ada:hunter2@one:3128?x=y',
    'http://ada:hunter2%@one:3128',
    'http://ada:hunter2@',
    'http://ada:hunter2@one two',
  ])('refuses the proxy %s, and does not repeat it', (proxy) => {
    const problems = problemsOf(valid, { ...environment, HTTPS_PROXY: proxy }).join('\n')
    expect(problems).toMatch(/^environment: HTTPS_PROXY: write http:\/\/HOST:PORT or https:\/\/HOST:PORT/)
    expect(problems).not.toContain('hunter2')
  })

  test('names every missing variable and what belongs into it', () => {
    const problems = problemsOf(valid, {}).join('\n')
    expect(problems).toMatch(/SLACK_BOT_TOKEN: missing; set it, or SLACK_BOT_TOKEN_FILE/)
    expect(problems).toMatch(/SLACK_SIGNING_SECRET: missing/)
  })

  test.each([
    [{ SLACK_BOT_TOKEN: 'xapp-1' }, 'SLACK_BOT_TOKEN: this looks like the app-level token (xapp-…)'],
    [{ SLACK_BOT_TOKEN: 'xoxb-…' }, 'SLACK_BOT_TOKEN: this is an example'],
  ])('says what kind of token %j is', (wrong, words) => {
    const problems = problemsOf(valid, { ...environment, ...wrong }).join('\n')
    expect(problems).toContain(words)
    expect(problems).not.toContain('xapp-1')
  })

  test('reads a mounted secret from the file that NAME_FILE names', () => {
    const token = join(folder, 'token')
    writeFileSync(token, 'xoxb-mounted\n')
    const config = read(valid, { SLACK_BOT_TOKEN_FILE: token, SLACK_SIGNING_SECRET: 's' })
    expect(slackOf(config)?.botToken.reveal()).toBe('xoxb-mounted')
  })

  test('refuses a folder for other users of the machine where no roles say what they may do', () => {
    const folderOnly = `operatorsFolder: /run/latchkey-operators\n${valid}`
    expect(problemsOf(folderOnly)).toEqual([expect.stringContaining(':1: operatorsFolder: needs operators')])
    expect(problemsOf(`operators: [{ role: read, people: [group:platform] }]\n${folderOnly}`)).toEqual([])
  })

  test('refuses two integrations of one name', () => {
    const twice = `${valid}${valid.slice(valid.indexOf('  - name'))}`
    expect(problemsOf(twice).join('\n')).toMatch(/"production" is used twice/)
  })
})

describe('a sign-in', () => {
  const withIssuer = (issuer: string, more = '') =>
    `${valid}signIn:\n  issuer: ${issuer}\n  clientId: latchkey\n${more && `  ${more}\n`}`
  const variables = { ...environment, OIDC_CLIENT_SECRET: 'client-secret' }

  test('is asked for wherever an issuer is configured, unless it is switched off', () => {
    const config = read(withIssuer('https://id.example.com/'), variables)
    expect(config.link.confirm).toBe('sign-in')
    expect(config.signIn).toMatchObject({ issuer: 'https://id.example.com/', kind: 'generic', scopes: [] })
    expect(config.signIn?.clientSecret.reveal()).toBe('client-secret')
    expect(JSON.stringify(config)).not.toContain('client-secret')
    const off = withIssuer('https://id.example.com').replace('link:\n', 'link:\n  confirm: none\n')
    expect(read(off, variables).link.confirm).toBe('none')
  })

  test('without an issuer, or without its secret, is refused', () => {
    const noIssuer = valid.replace('link:\n', 'link:\n  confirm: sign-in\n')
    expect(problemsOf(noIssuer).join()).toMatch(/:2: link\.confirm: sign-in needs an issuer/)
    expect(problemsOf(withIssuer('https://id.example.com')).join()).toMatch(/OIDC_CLIENT_SECRET: missing/)
  })

  test.each([
    ['http://id.example.com', '', /signIn\.issuer: use https/],
    ['nonsense', '', /signIn\.issuer/],
    ['https://id.example.com/.well-known/openid-configuration', '', /signIn\.issuer: write the issuer itself/],
    ['https://id.example.com?tenant=1', '', /signIn\.issuer: write the address without \? and what follows/],
    ['https://login.microsoftonline.com/common/v2.0', 'kind: entra', /signIn\.issuer: write your own tenant/],
    ['https://id.example.com', 'kind: slack', /signIn\.issuer: Slack signs people in as https:\/\/slack\.com/],
    ['https://id.example.com', 'scopes: [profile email]', /signIn\.scopes\[0\]: write one scope per entry/],
    ['https://id.example.com', 'clientSecret: abc', /signIn\.clientSecret: there is no such key/],
  ])('at %s with "%s" is refused with what to write instead', (issuer, more, complaint) => {
    expect(problemsOf(withIssuer(issuer, more), variables).join('\n')).toMatch(complaint)
  })

  test.each([
    ['http://127.0.0.1:8200/v1/identity/oidc/provider/default', ''],
    ['https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/v2.0', 'kind: entra'],
    ['https://slack.com', 'kind: slack'],
  ])('at %s with "%s" is taken', (issuer, more) => {
    expect(read(withIssuer(issuer, more), variables).signIn?.issuer).toBe(issuer)
  })
})
