import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { chatKinds } from '../../src/chat/index.ts'
import { encodeReference } from '../../src/chat/teams/connector/reference.ts'
import { peopleIn } from '../../src/directory/people-file.ts'
import { userId } from '../../src/simulator/teams/ids.ts'
import { startTeamsSimulator, type TeamsSimulator } from '../../src/simulator/teams/simulator.ts'
import { openStore } from '../../src/store/index.ts'
import { runCli } from '../support/run-cli.ts'

// The people of channels and group chats, read with the app's own token.

const tenant = '22222222-2222-4222-8222-222222222222'
const app = '11111111-1111-4111-8111-111111111111'
const oid = (index: number) => `${String(index).padStart(8, '0')}-0000-4000-8000-000000000000`
const [oncall, dba, guest, left, stranger] = [1, 2, 3, 4, 5].map(oid) as [string, string, string, string, string]
const channel = '19:copies@thread.tacv2'
const group = '19:group@thread.v2'
const elsewhere = '19:elsewhere@thread.tacv2'

let folder: string
let teams: TeamsSimulator
const secret = { TEAMS_APP_SECRET: 'secret-of-this-test' }
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-people-teams-'))
})
beforeEach(async () => {
  teams = await startTeamsSimulator({
    ...{ app: { id: app }, tenant, appSecret: secret.TEAMS_APP_SECRET },
    people: [
      { oid: oncall, name: 'Engineer on call', email: 'on.call@example.com' },
      { oid: dba, name: 'Verwalter "der" Datenbänke: # {eins}' },
      { oid: guest, name: 'Guest of ours', role: 'guest' },
      { oid: left, name: 'Left us', isDeactivated: true },
      { oid: stranger, name: 'Somebody else', tenant: '99999999-9999-4999-8999-999999999999' },
      ...Array.from({ length: 700 }, (_, index) => ({ oid: oid(1000 + index), name: `Person ${index}` })),
    ],
    chats: [
      { id: channel, kind: 'channel', name: 'copies', members: [oncall, guest, left, stranger] },
      {
        id: group,
        kind: 'group',
        name: 'group',
        members: [oncall, dba, ...Array.from({ length: 700 }, (_, index) => oid(1000 + index))],
      },
      { id: elsewhere, kind: 'channel', name: 'elsewhere', members: [dba], hasApp: false },
    ],
  })
  await configure({})
})
afterEach(() => teams.close())
afterAll(() => rm(folder, { recursive: true, force: true }))

const vault = { internalUrl: 'https://vault.example.com', credentials: { folder: '/nowhere' } }
const integration = { name: 'production', requesters: ['group:engineers'], owner: ['group:engineers'], vault }
const configure = (more: object) => {
  const settings = {
    link: { baseUrl: 'https://latchkey.example.com' },
    teams: { app, tenant, simulatorUrl: teams.url },
    integrations: [{ ...integration, channel }],
    ...more,
  }
  return writeFile(join(folder, 'latchkey.yaml'), JSON.stringify(settings))
}
const imported = (options: readonly string[] = [], environment: Record<string, string> = secret) =>
  runCli(['people', 'import', '--from', 'teams', '--config', join(folder, 'latchkey.yaml'), ...options], {
    environment,
  })

describe('latchkey people import --from teams', () => {
  test('prints the full members of the configured channels, by tenant and object id', async () => {
    const { code, out, err } = await imported()
    expect(code).toBe(0)
    expect(parse(out)).toEqual({
      people: { 'on-call': { name: 'Engineer on call', email: 'on.call@example.com', teams: [`${tenant}/${oncall}`] } },
      groups: {},
    })
    expect(out).toContain(`# left out, guest: Guest of ours (${tenant}/${guest})`)
    expect(out).toContain('# left out, of another organisation: Somebody else')
    expect(out).not.toContain('Left us')
    expect(err).toContain('1 people and 0 groups.')
    expect(err).toContain(
      'Left out, because Latchkey serves only active full members: 1 guest, 1 of another organisation.',
    )
  })

  test('reads every page of each named conversation, and names nobody twice', async () => {
    const { out } = await imported(['--conversation', channel, '--conversation', group])
    const directory = peopleIn(out, 'people.yaml', chatKinds)
    expect(directory.person({ platform: 'teams', tenant, subject: oid(1699) })?.name).toBe('Person 699')
    expect(Object.keys(parse(out).people)).toHaveLength(702)
    expect(directory.person({ platform: 'teams', tenant, subject: dba })?.name).toBe(
      'Verwalter "der" Datenbänke: # {eins}',
    )
    expect(teams.calls('getConversationPagedMembers')).toHaveLength(3)
    expect(teams.calls('token')).toHaveLength(1)
  })

  test.each([
    [
      'the app is not in the team',
      ['--conversation', elsewhere],
      secret,
      1,
      /19:elsewhere\S+ cannot be read: the app is not there/,
    ],
    [
      'nothing has the id',
      ['--conversation', '19:nothing@thread.v2'],
      secret,
      1,
      /cannot be read: the app is not there/,
    ],
    ['the id is none', ['--conversation', 'copies'], secret, 2, /--conversation copies: write a channel's id/],
    ['the secret is wrong', [], { TEAMS_APP_SECRET: 'wrong' }, 1, /TEAMS_APP_SECRET is wrong/],
    ['the secret is missing', [], {}, 2, /set TEAMS_APP_SECRET \(or TEAMS_APP_SECRET_FILE\)/],
  ] as const)('says what to do where %s, and prints nothing', async (_, options, environment, code, words) => {
    const done = await imported(options, environment as Record<string, string>)
    expect(done).toMatchObject({ code, out: '' })
    expect(done.err).toMatch(words)
    expect(done.err).not.toContain(secret.TEAMS_APP_SECRET)
  })

  test('needs a section teams, and a conversation', async () => {
    await configure({ teams: undefined, slack: { tenants: ['T0123456'] }, integrations: [integration] })
    expect(await imported()).toMatchObject({ code: 2, err: expect.stringContaining('no section teams') })
    await configure({ integrations: [integration] })
    expect(await imported()).toMatchObject({ code: 2, err: expect.stringContaining('name a channel or group chat') })
  })
})

describe('latchkey people add, with accounts of Teams', () => {
  const present = `people:\n  dba: { name: DBA, slack: [T0123456/U0DBA] } # on call\ngroups:\n  engineers: [dba]\n`
  const people = () => join(folder, 'people.yaml')
  const add = (line: readonly string[]) =>
    runCli(['people', 'add', ...line, '--config', join(folder, 'latchkey.yaml')], { environment: secret })
  const written = async () => parse(await readFile(people(), 'utf8'))
  /** What the server keeps of somebody who wrote to it. */
  const hasWritten = async (...subjects: readonly string[]) => {
    const store = await openStore(join(folder, 'latchkey.sqlite'), { newId: randomUUID })
    for (const subject of subjects) {
      const user = userId(subject, app)
      const reference = encodeReference({ serviceUrl: teams.serviceUrl, user, tenant })
      await store.saveConversation({ platform: 'teams', tenant, subject }, reference)
    }
    await store.close()
  }
  beforeEach(async () => {
    await writeFile(people(), present)
    await configure({
      database: 'latchkey.sqlite',
      people: 'people.yaml',
      slack: { tenants: ['T0123456'] },
      integrations: [{ ...integration, channel: { teams: channel } }],
    })
  })
  afterEach(() => rm(join(folder, 'latchkey.sqlite'), { force: true }))

  test('takes the name from Teams where the person wrote to Latchkey, and finds the chat by the form', async () => {
    await hasWritten(oncall)
    expect(await add([`${tenant}/${oncall}`.toUpperCase(), '--group', 'engineers'])).toMatchObject({ code: 0 })
    expect(await written()).toEqual({
      people: {
        dba: { name: 'DBA', slack: ['T0123456/U0DBA'] },
        'on-call': { name: 'Engineer on call', teams: [`${tenant}/${oncall}`] },
      },
      groups: { engineers: ['dba', 'on-call'] },
    })
  })

  test('takes a given name for somebody for whom the app is not installed yet', async () => {
    await hasWritten(oncall)
    expect(await add([`${tenant}/${dba}`])).toMatchObject({ code: 2, err: expect.stringContaining('give --name') })
    expect(await add([`${tenant}/${dba}`, '--name', 'Second DBA'])).toMatchObject({ code: 0 })
    expect((await written()).people['second-dba']).toEqual({ name: 'Second DBA', teams: [`${tenant}/${dba}`] })
  })

  test('gives somebody of Slack their account in Teams, so that both are one person', async () => {
    expect(await add([`${tenant}/${dba}`, '--person', 'dba'])).toMatchObject({ code: 0 })
    expect(await readFile(people(), 'utf8')).toContain(
      `dba: { name: DBA, slack: [T0123456/U0DBA], teams: [${tenant}/${dba}] } # on call`,
    )
    const again = await add([`${tenant}/${dba.toUpperCase()}`, '--person', 'dba', '--group', 'engineers'])
    expect(again).toMatchObject({ code: 0, err: expect.stringContaining('nothing to change') })
  })

  test.each([
    ['a guest', `${tenant}/${guest}`, /is a guest/],
    ['an account of a tenant that is not served', `99999999-9999-4999-8999-999999999999/${oncall}`, /does not serve/],
    ['an e-mail address', 'on.call@example.com', /name the chat of the account with --chat/],
  ])('refuses %s, and writes nothing', async (_, account, words) => {
    await hasWritten(guest)
    const done = await add([account, '--name', 'Somebody'])
    expect(done.code).not.toBe(0)
    expect(done.err).toMatch(words)
    expect(await readFile(people(), 'utf8')).toBe(present)
  })

  test('says what an account of Teams looks like', async () => {
    const done = await add(['on.call@example.com', '--chat', 'teams'])
    expect(done).toMatchObject({ code: 2, err: expect.stringContaining('write the tenant id and the object id') })
  })
})
