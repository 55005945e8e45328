import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { channel, slackUsers, team } from '../../src/demo/example.ts'
import { freePort, type LatchkeyProcess, startLatchkey } from '../../src/demo/latchkey-process.ts'
import { integrationId } from '../../src/domain/ids.ts'
import { timestamp } from '../../src/domain/time.ts'
import { type SlackSimulator, startSlackSimulator } from '../../src/simulator/slack/simulator.ts'
import { openStore } from '../../src/store/index.ts'
import { hashicorpVaultProxy } from '../support/hashicorp-vault-proxy.ts'
import { enforceMfa, liftMfa } from '../support/login-mfa.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { rawCall } from '../support/openbao-calls.ts'
import { loopbackProxy } from '../support/openbao-proxy.ts'
import { runCli } from '../support/run-cli.ts'

let vault: TestVault
let slack: SlackSimulator
let server: LatchkeyProcess
let folder: string
let settings: Settings
const tokens = { SLACK_BOT_TOKEN: 'xoxb-doctor', SLACK_SIGNING_SECRET: 'signing' }
const endings: (() => Promise<unknown>)[] = []

type Settings = ReturnType<typeof example>
const example = (port: number, apiUrl: string, credentials: string) => ({
  listen: { host: '127.0.0.1', port },
  database: 'latchkey.sqlite',
  link: { baseUrl: `http://127.0.0.1:${port}` },
  slack: { mode: 'http', tenants: [team.id], apiUrl },
  integrations: [
    {
      name: 'production',
      requesters: ['group:engineers'],
      owner: ['group:engineers'],
      vault: {
        internalUrl: vault.server.address,
        credentials: { folder: credentials },
        namePrefix: 'latchkey-',
        userpassMount: 'latchkey-users',
        approleMount: 'latchkey-approle',
        kvMounts: ['kv'],
      },
    },
  ],
})

beforeAll(async () => {
  vault = await openBao()
  folder = await mkdtemp(join(tmpdir(), 'latchkey-doctor-'))
  slack = await startSlackSimulator({
    botToken: tokens.SLACK_BOT_TOKEN,
    signingSecret: 'signing',
    team,
    command: { name: '/vault', hint: '' },
    people: [slackUsers.developer],
    channels: [{ ...channel, members: ['U0LATCHBOT'] }],
  })
  endings.push(slack.close)
  const credentials = join(folder, 'credentials')
  const environment = { BAO_ADDR: vault.server.address, BAO_TOKEN: vault.server.rootToken }
  await runCli(
    ['vault', 'setup', '--apply', '--unwrapped', '--with', 'list-policies', '--credentials-dir', credentials],
    { environment },
  )
  settings = example(await freePort(), slack.apiUrl, credentials)
  const people = {
    people: { developer: { name: 'Developer', slack: [`${team.id}/${slackUsers.developer.id}`] } },
    groups: { engineers: ['developer'] },
  }
  await writeFile(join(folder, 'people.yaml'), JSON.stringify(people))
  const configFile = join(folder, 'latchkey.yaml')
  await writeFile(configFile, JSON.stringify(settings))
  server = await startLatchkey({
    configFile,
    url: settings.link.baseUrl,
    environment: tokens,
    logFile: join(folder, 'log'),
  })
  endings.push(server.stop)
})
afterAll(async () => {
  for (const end of endings.reverse()) await end()
  await vault.stop()
  await rm(folder, { recursive: true, force: true })
})

type Row = { readonly what: string; readonly state: string; readonly found: string; readonly remedy?: string }
let count = 0
const doctor = async (changed: object = {}, environment: Record<string, string> = tokens) => {
  const config = join(folder, `doctor-${++count}.yaml`)
  await writeFile(config, JSON.stringify({ ...settings, ...changed }))
  const done = await runCli(['doctor', '--json', '--config', config], { environment })
  const rows: readonly Row[] = JSON.parse(done.out)
  return { ...done, rows, row: (what: string) => rows.find((one) => one.what === what) }
}
const withVault = (changed: object) => {
  const [integration] = settings.integrations
  return { integrations: [{ ...integration, vault: { ...integration?.vault, ...changed } }] }
}

describe('latchkey doctor, beside a running server', () => {
  test('says of control groups which right lacks, whether the vault has them at all, and that members are nobody', async () => {
    const group = (...members: string[]) => ({ controlGroups: [{ group: 'managers', members }] })
    const bare = await doctor(withVault(group('group:engineers')))
    expect(bare.row('vault production: control-groups')).toMatchObject({
      state: 'missing',
      remedy: expect.stringContaining('--with control-groups'),
    })
    const nobody = await doctor(withVault(group('group:managers')))
    expect(nobody.row('configuration')?.found).toContain('group:managers: there is no such group')
    const rights = { capabilities: ['update'] }
    const paths = ['sys/control-group/request', 'auth/token/lookup-accessor', 'auth/token/revoke-accessor']
    const policy = JSON.stringify({ path: Object.fromEntries(paths.map((path) => [path, rights])) })
    await vault.admin('POST', 'sys/policies/acl/for-control-groups', { policy })
    const role = 'auth/latchkey-approle/role/latchkey'
    await vault.admin('POST', role, { token_policies: ['latchkey_management', 'for-control-groups'] })
    const proxy = await hashicorpVaultProxy(vault.server.address)
    try {
      const { row } = await doctor(withVault(group('group:engineers')))
      const hasThem = vault.server.flavour === 'openbao'
      expect(row('vault production: control groups')).toMatchObject({ state: hasThem ? 'ok' : 'missing' })
      const other = await doctor(withVault({ ...group('group:engineers'), internalUrl: proxy.address }))
      expect(other.row('vault production: control groups')).toMatchObject({
        state: 'missing',
        found: expect.stringContaining('ignores control groups'),
      })
    } finally {
      await proxy.stop()
      await vault.admin('POST', role, { token_policies: ['latchkey_management'] })
    }
  })

  test('finds everything in order, and says what optional rights would buy', async () => {
    const { code, err, rows, row } = await doctor()
    expect(rows.filter(({ state }) => state === 'missing' || state === 'unknown')).toEqual([])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(row('database')?.found).toContain('is whole')
    expect(row('vault production')?.found).toMatch(/^(OpenBao|HashiCorp Vault) /)
    expect(row('vault production: clock')?.state).toBe('ok')
    expect(row('vault production: login')?.state).toBe('ok')
    expect(row('vault production: list-policies')?.state).toBe('ok')
    expect(row('vault production: optional rights')).toMatchObject({
      state: 'optional',
      found: expect.stringContaining('revoke-tokens (ends the tokens'),
      remedy: expect.stringMatching(/^latchkey vault setup --apply --address \S+ .*--with revoke-tokens,/),
    })
    expect(row('vault production: sys/policies/acl/latchkey-*')?.state).toBe('ok')
    expect(row('Slack: scopes')?.state).toBe('ok')
    expect(row('link.baseUrl')?.found).toContain('leads to it')
  })

  test('tries a person’s login for the longest access that is offered, and names what limits or forbids it', async () => {
    const root = rawCall(vault.server.address, vault.server.rootToken)
    const tune = (max_lease_ttl: string) => root('POST', 'sys/auth/latchkey-users/tune', { max_lease_ttl })
    const row = async () => (await doctor()).row("vault production: people's login")
    expect(await row()).toMatchObject({ state: 'ok', found: expect.stringContaining('4h') })
    await tune('1h')
    expect(await row()).toMatchObject({
      state: 'missing',
      found: 'tokens of auth/latchkey-users live at most 1h, but 4h is offered',
      remedy: expect.stringMatching(/^latchkey vault setup --apply .*--longest 4h$/),
    })
    await tune('32d')
    await enforceMfa(root, 'latchkey-users')
    expect(await row()).toMatchObject({ state: 'missing', found: expect.stringContaining('demands a second factor') })
    await liftMfa(root, 'latchkey-users')
    expect((await root('GET', 'auth/latchkey-users/users?list=true')).status).toBe(404)
  })

  test('begins in a terminal with what is missing, each command whole on a line of its own', async () => {
    const config = join(folder, 'narrow.yaml')
    await writeFile(config, JSON.stringify({ ...settings, ...withVault({ kvMounts: ['kv', 'kv2'] }) }))
    const { out, rows } = await (async () => ({
      ...(await runCli(['doctor', '--config', config], { environment: tokens, width: 80 })),
      rows: (await doctor(withVault({ kvMounts: ['kv', 'kv2'] }))).rows,
    }))()
    const command = rows.find(({ what }) => what === 'vault production: kv2/')?.remedy?.split('\n')[1] ?? ''
    const lines = out.split('\n')
    expect(lines.slice(0, 2)).toEqual([
      'missing  vault production: kv2/',
      expect.stringMatching(/^ {4}there is no KV version 2 engine; others are: .*\bkv\b/),
    ])
    expect(lines[2]).toMatch(/^ {4}→ correct kvMounts if it should be secret; or make/)
    expect(lines.filter((line) => line === command)).toHaveLength(1)
    expect(lines.filter((line) => line.length > 80).every((line) => line.startsWith('latchkey '))).toBe(true)
    expect(out.trimEnd()).toMatch(/\n\d+ ok \(--all lists them\)$/)
    const all = await runCli(['doctor', '--all', '--config', config], { environment: tokens, width: 80 })
    expect(all.out).toMatch(/^(ok +|WHAT +)database\b/m)
  })

  test('prints the same lines to a file or another program, none too long to read', async () => {
    const done = await runCli(['doctor', '--config', join(folder, 'latchkey.yaml')], { environment: tokens })
    expect(done.out).toMatch(/^optional {2}vault production: optional rights$/m)
    const long = done.out.split('\n').filter((line) => line.length > 80)
    expect(long.every((line) => line.startsWith('latchkey '))).toBe(true)
  })

  test('leaves no token at the vault, and writes nothing', async () => {
    const before = await readFile(join(folder, 'latchkey.sqlite'))
    const tokensThere = async () => {
      const answer = await vault.admin('GET', 'auth/token/accessors?list=true')
      return JSON.stringify(answer).split('","').length
    }
    const many = await tokensThere()
    await doctor()
    expect(await tokensThere()).toBe(many)
    expect((await readFile(join(folder, 'latchkey.sqlite'))).equals(before)).toBe(true)
  })
})

const spoilt: readonly [string, (file: string) => Promise<void>, string][] = [
  [
    'damaged.sqlite',
    async (file) => {
      const bytes = await readFile(file)
      bytes.fill(0xff, 4096 * 3, 4096 * 5)
      await writeFile(file, bytes)
    },
    'restore the last backup',
  ],
  [
    'newer.sqlite',
    async (file) => {
      const database = new Database(file)
      database.exec("INSERT INTO migrations (name, hash, applied_at) VALUES ('9999-later.sql', 'x', 0)")
      database.close()
    },
    'newer Latchkey',
  ],
]

describe('latchkey doctor names', () => {
  test.each<[string, object, string, RegExp]>([
    ['a vault that does not answer', { internalUrl: 'http://127.0.0.1:1' }, 'vault production', /could not be reached/],
    [
      'a folder of credentials that is not there',
      { credentials: { folder: '/nowhere' } },
      'vault production: login',
      /doctor-\d+\.yaml:1: integrations\[0\]\.vault\.credentials\.folder: there is no folder \/nowhere/,
    ],
    ['another AppRole mount', { approleMount: 'approle' }, 'vault production: login', /refuses|denies/],
    ['a mount that is not there', { kvMounts: ['kv', 'kv2'] }, 'vault production: kv2/', /no KV version 2/],
    [
      'a userpass mount that is not there',
      { userpassMount: 'nobody' },
      'vault production: auth/nobody/users',
      /may not/,
    ],
    [
      'rights that are missing',
      { namePrefix: 'other-' },
      'vault production: sys/policies/acl/other-*',
      /may not create/,
    ],
    [
      'a right that rotateEvery needs',
      { rotateEvery: '30d' },
      'vault production: rotate-credentials',
      /rotateEvery asks/,
    ],
  ])('%s', async (_, changed, what, found) => {
    const { code, row } = await doctor(withVault(changed))
    expect(row(what)).toMatchObject({
      state: 'missing',
      found: expect.stringMatching(found),
      remedy: expect.any(String),
    })
    expect(code).toBe(1)
  })

  test('a secret_id that is still wrapped, with the command that opens it', async () => {
    const still = join(folder, 'still-wrapped')
    const environment = { BAO_ADDR: vault.server.address, BAO_TOKEN: vault.server.rootToken }
    await runCli(['vault', 'setup', '--apply', '--credentials-dir', still], { environment })
    const login = async () =>
      (await doctor(withVault({ credentials: { folder: still } }))).row('vault production: login')
    const before = await login()
    expect(before).toMatchObject({
      state: 'missing',
      found: 'the secret_id is still wrapped',
      remedy: `latchkey vault unwrap --address ${vault.server.address} --credentials-dir ${still}`,
    })
    expect(await runCli(before?.remedy?.split(' ').slice(1) ?? [])).toMatchObject({ code: 0 })
    expect(await login()).toMatchObject({ state: 'ok' })
  })

  test('what is not there, without making anything new of what is', async () => {
    const empty = join(folder, 'empty')
    await mkdir(empty)
    const { row } = await doctor(withVault({ credentials: { folder: empty } }))
    expect(row('vault production: login')).toMatchObject({
      found: expect.stringContaining('no role_id'),
      remedy: expect.stringMatching(/^latchkey vault setup --apply (?!.*--renew).* --credentials-dir \S+$/),
    })
    const refused = await doctor(withVault({ approleMount: 'approle' }))
    expect(refused.row('vault production: login')?.remedy).not.toContain('unwrap ')
  })

  test('a folder that is offered for management and holds nothing', async () => {
    const management = [{ path: 'kv/no-such-folder/', permissions: ['ReadOnly'] }]
    const { row } = await doctor(withVault({ management }))
    expect(row('vault production: management of kv/no-such-folder/')).toMatchObject({
      state: 'missing',
      found: 'there is no such folder, so nobody can ask for it',
    })
  })

  test('a misspelt mount, without offering to make it', async () => {
    const { row, rows } = await doctor(withVault({ kvMounts: ['kvv'] }))
    expect(row('vault production: kvv/')).toMatchObject({
      found: expect.stringContaining('others are: '),
      remedy: 'correct kvMounts; did you mean kv?',
    })
    expect(rows.filter(({ remedy }) => remedy?.includes('kvv'))).toEqual([])
  })

  test('an address for people at which no vault answers', async () => {
    const rowOf = async (externalUrl: string) =>
      (await doctor(withVault({ externalUrl }))).row('vault production: externalUrl')
    expect(await rowOf(slack.url)).toMatchObject({
      state: 'missing',
      found: `no vault answers at ${slack.url} (404)`,
      remedy: expect.stringContaining('correct externalUrl'),
    })
    expect(await rowOf('http://127.0.0.1:1')).toMatchObject({
      state: 'unknown',
      found: expect.stringContaining('http://127.0.0.1:1 cannot be reached from here'),
    })
    const door = await loopbackProxy(vault.server.address, {})
    expect(await rowOf(door.address)).toMatchObject({ state: 'ok' })
    await door.stop()
  })

  test('a login from outside the networks of the role, without a new secret_id as the remedy', async () => {
    const { address, rootToken } = vault.server
    const limit = (networks: string) =>
      rawCall(address, rootToken)('POST', 'auth/latchkey-approle/role/latchkey', { secret_id_bound_cidrs: networks })
    await limit('10.9.9.9/32')
    const { row } = await doctor()
    await limit('')
    const login = row('vault production: login')
    expect(login).toMatchObject({
      state: 'missing',
      found: expect.stringContaining('outside the networks of the role'),
    })
    expect(login?.remedy).toContain('--cidr NETWORK')
    expect(login?.remedy).not.toContain('--renew')
  })

  test('a wrapped secret_id, without spending it', async () => {
    const wrapped = join(folder, 'wrapped')
    await writeFile(wrapped, 'hvs.anything')
    const credentials = { roleId: 'x', wrappedSecretIdFile: wrapped, role: 'latchkey' }
    const { row } = await doctor(withVault({ credentials }))
    expect(row('vault production: login')).toMatchObject({ state: 'unknown', found: expect.stringContaining('use up') })
  })

  test('a sealed vault, and a clock that is wrong', async () => {
    const sealed = await loopbackProxy(vault.server.address, {
      response: (text, path) => (path === 'sys/health' ? text.replace('"sealed":false', '"sealed":true') : text),
    })
    expect((await doctor(withVault({ internalUrl: sealed.address }))).row('vault production')?.found).toContain(
      'sealed',
    )
    await sealed.stop()
    const late = createServer((request, response) => {
      response.setHeader('Date', new Date(Date.now() - 120_000).toUTCString())
      fetch(`${vault.server.address}${request.url}`).then(async (answer) => response.end(await answer.text()))
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => late.once('listening', resolve))
    const address = late.address()
    const port = typeof address === 'object' ? address?.port : 0
    const { row } = await doctor(withVault({ internalUrl: `http://127.0.0.1:${port}` }))
    expect(row('vault production: clock')).toMatchObject({
      state: 'missing',
      found: expect.stringMatching(/1[12]\d s ahead/),
    })
    late.close()
  })

  test('a Slack token that is wrong, of another workspace, or without a scope', async () => {
    const wrong = await doctor({}, { ...tokens, SLACK_BOT_TOKEN: 'xoxb-wrong' })
    expect(wrong.row('Slack: bot token')).toMatchObject({ state: 'missing', found: 'Slack says invalid_auth' })
    const elsewhere = await doctor({ slack: { ...settings.slack, tenants: ['T0OTHER'] } })
    expect(elsewhere.row('Slack: workspace')).toMatchObject({
      state: 'missing',
      remedy: expect.stringContaining(team.id),
    })
    const poor = await startSlackSimulator({
      botToken: tokens.SLACK_BOT_TOKEN,
      signingSecret: 'signing',
      team,
      command: { name: '/vault', hint: '' },
      people: [],
      scopes: ['commands', 'chat:write', 'users:read'],
    })
    const { row } = await doctor({ slack: { ...settings.slack, apiUrl: poor.apiUrl } })
    expect(row('Slack: scopes')).toMatchObject({ state: 'missing', found: 'im:write is missing' })
    await poor.close()
  })

  test('owners whom no message reaches, each with why and what to do', async () => {
    const account = (id: string, change: object = {}) => {
      slack.setUser(id, { deleted: false, isRestricted: false, isBot: false, ...change })
      return [`${team.id}/${id}`]
    }
    const people = {
      developer: { name: 'Developer', slack: account(slackUsers.developer.id) },
      left: { name: 'Left', slack: account('U0LEFT', { deleted: true }) },
      guest: { name: 'Guest', slack: account('U0GUEST', { isRestricted: true }) },
      unknown: { name: 'Unknown', slack: [`${team.id}/U0NOBODY`] },
      elsewhere: { name: 'Elsewhere', slack: ['T0OTHER/U0ELSE'] },
      both: { name: 'Both', slack: [...account('U0OLD', { deleted: true }), ...account('U0FRESH')] },
    }
    const groups = {
      engineers: ['developer', 'both'],
      some: ['developer', 'left'],
      gone: ['left', 'unknown'],
      empty: [],
    }
    await writeFile(join(folder, 'owners.yaml'), JSON.stringify({ people, groups }))
    const ownersOf = async (owner: string[], more: object = {}) => {
      const [integration] = settings.integrations
      const done = await doctor({ people: 'owners.yaml', integrations: [{ ...integration, owner, ...more }] })
      return done.rows.filter(({ what }) => what === 'owners at production')
    }
    expect(await ownersOf(['group:engineers'])).toMatchObject([
      { state: 'ok', found: '2 people, who all get messages' },
    ])
    expect(await ownersOf(['group:some'])).toMatchObject(
      [
        {
          state: 'optional',
          found: 'left of group:some: the account is deactivated',
          remedy: /from the people file/,
        },
      ].map((row) => ({ ...row, remedy: expect.stringMatching(row.remedy) })),
    )
    const [gone] = await ownersOf(['group:gone'])
    expect([gone?.state, gone?.found]).toEqual([
      'missing',
      'nobody in group:gone can receive messages: left (the account is deactivated), unknown (there is no such account)',
    ])
    for (const [party, words] of [
      ['person:guest', 'a guest'],
      ['person:elsewhere', 'no account in an organisation'],
      ['group:empty', 'group:empty has no members'],
    ] as const) {
      expect(await ownersOf([party])).toMatchObject([{ state: 'missing', found: expect.stringContaining(words) }])
    }
    const pinned = [{ path: 'kv/root/*', owner: 'person:left' }]
    const tagged = await ownersOf(['group:engineers'], {
      resourceOwner: { key: 'owner', allow: ['person:guest'], pinned },
    })
    expect(tagged.map(({ state }) => state)).toEqual(['missing', 'missing'])
  })

  test('two entries of the people file that are one human, so that nobody decides on their own request', async () => {
    const people = {
      developer: { name: 'Developer', slack: [`${team.id}/${slackUsers.developer.id}`] },
      'developer-2': { name: 'developer', oidc: [{ issuer: 'https://id.example.com', claim: 'sub', value: 'd' }] },
    }
    const rowsWith = async (more: object) => {
      const all = { people: { ...people, ...more }, groups: { engineers: ['developer'] } }
      await writeFile(join(folder, 'alike.yaml'), JSON.stringify(all))
      return (await doctor({ people: 'alike.yaml' })).rows.filter(({ what }) => what === 'people')
    }
    expect(await rowsWith({})).toEqual([])
    const alike = {
      name: 'DEVELOPER',
      teams: [`${'1'.repeat(8)}-1111-4111-8111-111111111111/${'2'.repeat(8)}-2222-4222-8222-222222222222`],
    }
    expect(await rowsWith({ 'developer-3': alike })).toMatchObject([
      { state: 'optional', found: 'developer (slack) and developer-3 (teams) have the same name' },
    ])
  })

  test('owner tags that name nobody on allow, which would fall to other owners silently', async () => {
    const file = join(folder, 'tagged.sqlite')
    const store = await openStore(file, { newId: () => 'i0tagged' })
    const now = timestamp(Date.now())
    const tags = { good: 'engineers', typo: 'enginers', other: 'group:strangers', also: 'enginers' }
    const found = Object.entries(tags).map(([name, ownerTag]) => ({
      ...{ type: 'secret', path: `kv/${name}`, permissions: ['read'], ownerTag },
    }))
    const pass = await store.openPass(integrationId('production'), {
      now,
      since: now,
      ownerKey: 'owner',
      roots: ['kv/'],
    })
    await store.saveLooks(pass, [{ folder: 'kv/', found, folders: [] }], now)
    await store.closePass(pass, now)
    await store.close()
    const [integration] = settings.integrations
    const rowOf = async (...allow: string[]) => {
      const resourceOwner = { key: 'owner', allow }
      const done = await doctor({ database: 'tagged.sqlite', integrations: [{ ...integration, resourceOwner }] })
      return done.row('owner tags at production')
    }
    expect(await rowOf('group:engineers')).toMatchObject({
      state: 'optional',
      found:
        '3 secrets have an owner tag that is not on allow: kv/also = enginers (and 1 more), ' +
        'kv/other = group:strangers; the owners of the integration decide',
      remedy: expect.stringContaining('resourceOwner.allow'),
    })
    const all = await rowOf('group:engineers', 'group:enginers', 'group:strangers')
    expect(all).toMatchObject({ state: 'ok', found: 'all 3 values are on allow' })
  })

  test('a channel that takes no messages', async () => {
    const [integration] = settings.integrations
    const rowOf = async (id: string) => {
      const { row } = await doctor({ integrations: [{ ...integration, channel: id }] })
      return row(`channel ${id}`)
    }
    expect(await rowOf(channel.id)).toMatchObject({ state: 'ok' })
    slack.setChannel(channel.id, { isArchived: true })
    expect(await rowOf(channel.id)).toMatchObject({ state: 'missing', found: 'the channel is archived' })
    slack.setChannel(channel.id, { isArchived: false, hasApp: false })
    expect(await rowOf(channel.id)).toMatchObject({
      state: 'missing',
      remedy: expect.stringContaining('invite the app'),
    })
    slack.setChannel(channel.id, { hasApp: true })
    expect(await rowOf('C0NOWHERE')).toMatchObject({ state: 'missing' })
  })

  test('an app-level token that opens no socket', async () => {
    const environment = { SLACK_BOT_TOKEN: tokens.SLACK_BOT_TOKEN, SLACK_APP_TOKEN: 'xapp-wrong' }
    const { row } = await doctor({ slack: { ...settings.slack, mode: 'socket' } }, environment)
    expect(row('Slack: app-level token')).toMatchObject({
      state: 'missing',
      remedy: expect.stringContaining('connections:write'),
    })
  })

  test('a database that is none, is damaged, or is of a newer version', async () => {
    await writeFile(join(folder, 'none.sqlite'), 'this is no database, but a text that is long enough to look at')
    expect((await doctor({ database: 'none.sqlite' })).row('database')).toMatchObject({ state: 'missing' })
    expect((await doctor({ database: 'new/later.sqlite' })).row('database')).toMatchObject({ state: 'ok' })
    for (const [name, spoil, words] of spoilt) {
      const file = join(folder, name)
      const store = await openStore(file, { newId: () => 'i0doctor' })
      await store.close()
      await spoil(file)
      expect((await doctor({ database: name })).row('database')).toMatchObject({
        state: 'missing',
        remedy: expect.stringContaining(words),
      })
    }
  })

  test('what a running server waits for, although nothing else is wrong', async () => {
    const waiting = createServer((request, response) => {
      const isReady = request.url === '/readyz'
      response.end(JSON.stringify(isReady ? { ready: false, waitingFor: ['production'] } : { alive: true }))
    })
    const port = await freePort()
    await new Promise<void>((resolve) => waiting.listen(port, '127.0.0.1', resolve))
    const { code, row } = await doctor({ listen: { host: '127.0.0.1', port } })
    expect(code).toBe(1)
    expect(row('server: ready')).toMatchObject({ state: 'missing', found: 'it waits for production' })
    waiting.close()
    waiting.closeAllConnections()
  })

  test('a link address that leads elsewhere, and a server that does not run', async () => {
    const elsewhere = await doctor({ link: { baseUrl: slack.url } })
    expect(elsewhere.row('link.baseUrl')).toMatchObject({ state: 'missing' })
    const stopped = await doctor({ listen: { host: '127.0.0.1', port: await freePort() } })
    expect(stopped.row('server')).toMatchObject({
      state: 'unknown',
      found: expect.stringContaining('does not run here'),
    })
    expect(stopped.row('link.baseUrl')?.state).toBe('unknown')
  })

  test('another Latchkey or another program at the address of the server', async () => {
    const other = await doctor({ database: 'another.sqlite' })
    expect(other.row('server')).toMatchObject({
      state: 'missing',
      found: expect.stringMatching(/^another Latchkey \(instance \w+\), which has another database, answers at http/),
      remedy: expect.stringContaining('listen.port'),
    })
    expect(other.row('link.baseUrl')?.state).toBe('unknown')
    const program = await doctor({ listen: { host: '127.0.0.1', port: Number(new URL(slack.url).port) } })
    expect(program).toMatchObject({ code: 1 })
    expect(program.row('server')).toMatchObject({
      state: 'missing',
      found: expect.stringMatching(/^another program answers at .*: it answers 404$/),
    })
  })

  test('a configuration that is wrong, and what can be looked at in spite of a missing token', async () => {
    const wrong = await doctor({ logLevel: 'loud' })
    expect(wrong).toMatchObject({ code: 1, rows: [{ what: 'configuration', state: 'missing' }] })
    const withoutToken = await doctor({}, {})
    expect(withoutToken.code).toBe(1)
    expect(withoutToken.row('vault production: login')?.state).toBe('ok')
    expect(withoutToken.row('Slack')?.state).toBe('unknown')
  })
})
