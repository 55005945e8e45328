import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { chatKinds } from '../../../src/chat/index.ts'
import { problemsOfConfig } from '../../../src/cli/config/check.ts'
import { exampleConfig } from '../../../src/cli/config/example.ts'
import { configSchema, schemaKeys } from '../../../src/cli/config/schema.ts'
import { meaningsWith } from '../../../src/config/meanings.ts'
import { configFile } from '../../../src/config/schema.ts'
import { runCli } from '../../support/run-cli.ts'

const meanings = meaningsWith(chatKinds)
const fileSchema = configFile(chatKinds)

const folder = mkdtempSync(join(tmpdir(), 'cli-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

const people = `people:
  dba: { name: Database administrator, slack: [T0123456789/U0AAAAAAA] }
groups:
  engineers: [dba]
  platform: [dba]
  databases: [dba]
  empty: []
  pipelines: []
`
const secrets = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1' }
const file = join(folder, 'latchkey.yaml')
const check = (text: string, ...more: readonly string[]) => {
  writeFileSync(file, text)
  return runCli(['config', 'check', '--config', file, ...more], { environment: secrets })
}
const withPeople = (text: string) => writeFileSync(join(folder, 'people.yaml'), text)

describe('latchkey config example', () => {
  test('prints a file that passes the check', async () => {
    withPeople(people)
    const { out } = await runCli(['config', 'example'])
    const here = out.replace('/run/secrets/latchkey-vault ', `${folder} `)
    expect(await check(here)).toMatchObject({ code: 0, out: expect.stringContaining('is in order (production)') })
  })

  test('names every key that there is', () => {
    const names = new Set([...exampleConfig.matchAll(/^[\s#-]*([a-zA-Z]+):(?:\s|$)/gm)].map(([, name]) => name))
    const missing = Object.keys(meanings).filter((key) => !names.has(key.split('.').at(-1)))
    expect(missing).toEqual([])
  })

  test('is right in what it comments out as well', async () => {
    withPeople(people)
    const alternatives =
      /file|roleIdVariable|secretIdVariable|roleId|wrappedSecretIdFile|^role$|^secret$|^kubernetes$|^jwt$|^credentials$|^contained$/
    const isWithin = (line: string) => /^ {8}# {3}|^ {6}# {5}/.test(line)
    const kept = exampleConfig.split('\n').map((line) => {
      const [, indent = '', content] = /^( *)# ( *[a-zA-Z]+:.*)$/.exec(line) ?? []
      const name = content?.trim().split(':')[0] ?? ''
      const isKey = Object.keys(meanings).some((key) => key.split('.').at(-1) === name)
      return content !== undefined && isKey && !alternatives.test(name) && !isWithin(line)
        ? `${indent}${content}`
        : line
    })
    writeFileSync(file, kept.join('\n'))
    const environment = {
      ...secrets,
      TEAMS_APP_SECRET: 'x',
      OIDC_CLIENT_SECRET: 'x',
      AUDIT_WEBHOOK_SECRET: 'x'.repeat(32),
      EVENTS_WEBHOOK_SECRET: 'x'.repeat(32),
    }
    const done = await runCli(['config', 'check', '--config', file], { environment })
    const nowhere =
      /^\S+: \S*(caFile: the certificates in \/etc\/ssl\/\S+ cannot be read|credentials\.folder: there is no folder|rotation\[0\]\.secretFile: there is no file)/
    expect(
      done.out
        .trim()
        .split('\n')
        .filter((line) => !nowhere.test(line)),
    ).toEqual([])
    expect(await runCli(['config', 'check', '--without-secrets', '--config', file])).toMatchObject({ code: 0 })
  })
})

describe('latchkey config schema', () => {
  test('explains every key of the code, and no other', async () => {
    expect([...new Set(schemaKeys())].toSorted()).toEqual(Object.keys(meanings).toSorted())
  })

  test('is JSON Schema with the vault’s settings, lengths as they are written, and parties', async () => {
    const { out } = await runCli(['config', 'schema'])
    const schema = JSON.parse(out)
    const integration = schema.properties.integrations.items.properties
    expect(integration.vault.required).toEqual(['internalUrl', 'credentials'])
    expect(integration.vault.properties.credentials.anyOf).toHaveLength(8)
    expect(integration.requesters.items.pattern).toContain('person|group')
    expect(schema.properties.link.properties.baseUrl.description).toContain('people’s browsers')
    expect(schema.additionalProperties).toBe(false)
  })
})

describe('the defaults in the schema', () => {
  type Node = { readonly default?: unknown; readonly properties?: Readonly<Record<string, Node>> }
  const { properties: top = {} } = configSchema() as Node
  const defaultsOf = ({ properties = {} }: Node = {}) =>
    Object.fromEntries(
      Object.entries(properties).flatMap(([key, one]) => (one.default === undefined ? [] : [[key, one.default]])),
    )
  const minimal = {
    link: { baseUrl: 'https://a.example' },
    integrations: [{ name: 'a', requesters: ['group:a'], owner: ['group:a'], vault: {} }],
  }

  test('are there for everything that is looked after, as lengths that the file takes', () => {
    expect(defaultsOf(top.reconcile)).toMatchObject({
      claim: '1m',
      wake: '15s',
      discoverEvery: '5m',
      resumeWithin: '1h',
    })
    expect(Object.keys(defaultsOf(top.reconcile))).toEqual(Object.keys(top.reconcile?.properties ?? {}))
    expect(defaultsOf(top.audit)).toEqual({ headEvery: '1h' })
  })

  test('say what happens without the key', () => {
    const written = {
      reconcile: defaultsOf(top.reconcile),
      audit: defaultsOf(top.audit),
      listen: defaultsOf(top.listen),
    }
    const given = fileSchema.parse({ ...minimal, ...written })
    expect(given).toEqual(fileSchema.parse(minimal))
  })

  test('are there for integrations and vaults as well', () => {
    const { items } = top.integrations as { items: Node }
    expect(defaultsOf(items)).toMatchObject({ durations: ['15m', '1h', '4h'], decideWithin: '8h' })
    expect(defaultsOf(items.properties?.vault)).toMatchObject({
      userpassMount: 'latchkey-users',
      namePrefix: 'latchkey-',
    })
  })
})

describe('latchkey config check', () => {
  test.each([
    [
      'a misspelt key',
      'inMessage:',
      'inMesage:',
      /latchkey\.yaml:\d+: link\.inMesage: there is no such key; did you mean inMessage\?/,
    ],
    ['an unknown key', 'wake: 15s', 'every: 15s', /reconcile\.every: there is no such key; there are claim, wake/],
    [
      'what is missing',
      '    owner: [group:platform] ',
      '    #',
      /integrations\[0\]\.owner: missing; write who decides/,
    ],
    [
      'a value of another kind',
      'port: 8080',
      'port: http',
      /listen\.port: .*expected number.*; this is the port to listen on/,
    ],
    [
      'a vault’s key',
      'namePrefix: latchkey-',
      'prefix: latchkey-',
      /integrations\[0\]\.vault\.prefix: there is no such key/,
    ],
    [
      'a vault’s address',
      'internalUrl: https://',
      'internalUrl: vault.',
      /internalUrl: write an address such as https/,
    ],
    [
      'nobody',
      'group:engineers',
      'group:engineer',
      /requesters\[0\]: group:engineer: there is no such group in .*people\.yaml; did you mean engineers\?/,
    ],
    [
      'a person who is not there',
      'owner: [group:platform]',
      'owner: [person:dbx]',
      /no such person in .*did you mean dba\?/,
    ],
    [
      'an empty group',
      'owner: [group:platform]',
      'owner: [group:empty]',
      /owner\[0\]: group:empty is empty; add people/,
    ],
    [
      'a length without a unit',
      'durations: [15m,',
      'durations: [15,',
      /durations\[0\]: write 15m, or 15 with another unit/,
    ],
    [
      'certificates that are not there',
      '# caFile: /etc/ssl/company',
      'caFile: /nowhere/company',
      /:\d+: caFile: the certificates in \/nowhere\/company-ca\.pem cannot be read/,
    ],
    [
      'certificates of a vault that are none',
      '# caFile: /etc/ssl/vault-ca.pem',
      'caFile: package.json',
      /:\d+: integrations\[0\]\.vault\.caFile: \/.*\/package\.json has no certificates/,
    ],
    ['text that is no YAML', 'link:', 'link: [', /latchkey\.yaml:\d+: /],
    ['a tab', '  baseUrl:', '\tbaseUrl:', /latchkey\.yaml:\d+: a line begins with a tab; use spaces/],
  ])('names %s with line, key and remedy', async (_, before, after, complaint) => {
    withPeople(people)
    expect(exampleConfig).toContain(before)
    const done = await check(exampleConfig.replace(before, after))
    expect(done.out).toMatch(complaint)
    expect(done.code).toBe(1)
  })

  test('names every problem at once, at the top and at a vault', async () => {
    withPeople(people)
    const wrong = exampleConfig
      .replace('logLevel: info', 'logLevel: loud')
      .replace('wrapSeconds: 300', 'wrapSeconds: 3')
    const done = await check(wrong, '--json')
    const problems: string[] = JSON.parse(done.out).problems
    expect(problems).toEqual([expect.stringMatching(/: logLevel: /), expect.stringMatching(/vault\.wrapSeconds: /)])
    expect(done).toMatchObject({ code: 1, err: expect.stringContaining('there are 2 problems') })
  })

  test('names what is wrong with the people file, by its own lines, and one that is missing', async () => {
    withPeople(people.replace('engineers: [dba]', 'engineers: [nobody]'))
    expect((await check(exampleConfig)).out).toMatch(
      /people\.yaml:4: groups\.engineers\[0\]: "nobody" is not under people/,
    )
    rmSync(join(folder, 'people.yaml'))
    expect((await check(exampleConfig)).out).toContain('there is no such people file')
  })

  test('names tokens that are missing, unless it is told not to look', async () => {
    withPeople(people)
    writeFileSync(file, exampleConfig)
    const without = await runCli(['config', 'check', '--config', file])
    expect(without).toMatchObject({ code: 1, out: expect.stringContaining('SLACK_APP_TOKEN: missing; set it') })
    expect(await runCli(['config', 'check', '--config', file, '--without-secrets'])).toMatchObject({ code: 0 })
  })

  test('names a folder or file of credentials that is not there, unless it is told not to look', async () => {
    withPeople(people)
    const done = await check(exampleConfig)
    expect(done.code).toBe(1)
    expect(done.out).toMatch(
      /latchkey\.yaml:\d+: integrations\[0\]\.vault\.credentials\.folder: there is no folder \/run\/secrets\/latchkey-vault$/m,
    )
    expect((await check(exampleConfig.replace(/folder: \S+/, 'file: /nowhere.json'))).out).toContain(
      'credentials.file: there is no file /nowhere.json',
    )
    expect(await check(exampleConfig, '--without-secrets')).toMatchObject({ code: 0 })
  })

  test('names the file of a key for rotation that is missing or short, which doctor says too', async () => {
    withPeople(people)
    const short = join(folder, 'short')
    writeFileSync(short, 'short')
    const rule = (path: string, key: string) =>
      `{ path: ${path}, webhook: 'https://rotation.example.com', secretFile: ${key} }`
    const rotation = `rotation: [${rule('kv/a', '/nowhere.key')}, ${rule('kv/b', short)}]`
    const done = await check(
      exampleConfig
        .replace('/run/secrets/latchkey-vault ', `${folder} `)
        .replace('namePrefix: latchkey-', `audit: { file: /var/log/audit.log }\n      ${rotation}`),
    )
    const problems = [
      /\d: integrations\[0\]\.vault\.rotation\[0\]\.secretFile: there is no file \/nowhere\.key; .* openssl rand -hex 32$/m,
      /\d: integrations\[0\]\.vault\.rotation\[1\]\.secretFile: the key in \S+short is too short; .* openssl rand -hex 32$/m,
    ]
    for (const problem of problems) expect(done.out).toMatch(problem)
    expect(done.code).toBe(1)
    expect(await runCli(['config', 'check', '--config', file, '--without-secrets'])).toMatchObject({ code: 0 })
    const { problems: saidByDoctor } = await problemsOfConfig(file, {}, { environment: secrets })
    expect(saidByDoctor).toHaveLength(2)
  })

  test('says so when there is no file', async () => {
    const gone = await runCli(['config', 'check', '--config', join(folder, 'nowhere.yaml')])
    expect(gone).toMatchObject({ code: 1, out: expect.stringContaining('cannot be read') })
  })
})
