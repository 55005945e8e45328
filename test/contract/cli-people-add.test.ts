import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { chatKinds } from '../../src/chat/index.ts'
import { slackUsers, team } from '../../src/demo/example.ts'
import { openPeopleFile } from '../../src/directory/people-file.ts'
import { type SlackSimulator, startSlackSimulator } from '../../src/simulator/slack/simulator.ts'
import { openStore } from '../../src/store/index.ts'
import { runProcess } from '../support/cli-process.ts'
import * as sample from './store-samples.ts'

let slack: SlackSimulator
let folder: string
const token = { SLACK_BOT_TOKEN: 'xoxb-people' }
const account = (id: string) => `${team.id}/${id}`
const present = `# reviewed by two
people:
  dba: { name: DBA, slack: [${account('U0DBA')}] } # on call

groups:
  engineers: [dba] # may ask
`
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-people-add-'))
  const people = [
    slackUsers.developer,
    { id: 'U0DBA', name: 'dba', realName: 'DBA' },
    { id: 'U0GUEST', name: 'guest', realName: 'Guest', isRestricted: true },
    { id: 'U0LEFT', name: 'left', realName: 'Left', deleted: true },
  ]
  slack = await startSlackSimulator({ team, people, botToken: token.SLACK_BOT_TOKEN, signingSecret: 's' })
  const vault = { internalUrl: 'https://vault.example.com', credentials: { folder: '/nowhere' } }
  const settings = {
    link: { baseUrl: 'https://latchkey.example.com' },
    slack: { tenants: [team.id], apiUrl: slack.apiUrl },
    integrations: [{ name: 'production', requesters: ['group:engineers'], owner: ['group:engineers'], vault }],
  }
  await writeFile(join(folder, 'latchkey.yaml'), JSON.stringify(settings))
})
beforeEach(() => writeFile(join(folder, 'people.yaml'), present, { mode: 0o640 }))
afterAll(async () => {
  await slack.close()
  await rm(folder, { recursive: true, force: true })
})

const add = (line: readonly string[], environment: Record<string, string> = token) =>
  runProcess(['people', 'add', ...line], { environment, cwd: folder })
const file = () => readFile(join(folder, 'people.yaml'), 'utf8')

describe('latchkey people add', () => {
  test('adds a person as Slack calls them, shows the difference, and touches nothing else', async () => {
    const directory = await openPeopleFile(join(folder, 'people.yaml'), chatKinds)
    const done = await add([account(slackUsers.developer.id), '--group', 'engineers,platform'])
    expect(done).toMatchObject({ code: 0, err: expect.stringContaining('people.yaml has developer now') })
    expect(done.out).toContain(`+   developer: { name: Developer on call, slack: [${account('U0DEVELOPER')}] }`)
    expect(done.out).toContain('-   engineers: [dba] # may ask\n+   engineers: [dba, developer] # may ask')
    expect(await file()).toBe(
      present
        .replace(
          '# on call\n',
          `# on call\n  developer: { name: Developer on call, slack: [${account('U0DEVELOPER')}] }\n`,
        )
        .replace('[dba] # may ask\n', '[dba, developer] # may ask\n  platform: [developer]\n'),
    )
    expect((await stat(join(folder, 'people.yaml'))).mode & 0o777).toBe(0o640)
    expect(await directory.reload()).toMatchObject({ kind: 'loaded', people: 2 })
    expect(directory.members('group:platform')).toEqual(['developer'])
  })

  test.each([
    [
      'an account that is there already, without a group',
      [account('U0DBA')],
      /people\.yaml:3: .*U0DBA is dba already; only --group can be added/,
    ],
    [
      'another key for an account that is there already',
      [account('U0DBA'), '--key', 'other', '--group', 'engineers'],
      /people\.yaml:3: .*U0DBA is dba already/,
    ],
    [
      'a key that is there already',
      [account('U0DEVELOPER'), '--key', 'dba'],
      /people\.yaml:3: people\.dba: dba is there already; choose another --key/,
    ],
    ['a guest', [account('U0GUEST')], /is a guest/],
    ['a deactivated account', [account('U0LEFT')], /the account is deactivated/],
    ['an account that does not exist', [account('U0NOBODY')], /there is no such account/],
    ['an account of another workspace', ['T0OTHER/U0ELSE'], /organisation that this configuration does not serve/],
    ['something that is no account', ['somebody'], /write the workspace or Grid id and the user id/],
    [
      'a group with another spelling',
      [account('U0DEVELOPER'), '--group', 'Engineers'],
      /people\.yaml:\d+: groups\.Engineers/,
    ],
  ])('refuses %s, and writes nothing', async (_, line, words) => {
    const done = await add(line)
    expect(done.code).not.toBe(0)
    expect(done.err).toMatch(words)
    expect(await file()).toBe(present)
  })

  test('does not give a key that the configuration or an old row names, unless it is asked for', async () => {
    const settings = JSON.parse(await readFile(join(folder, 'latchkey.yaml'), 'utf8'))
    const [integration] = settings.integrations
    const pinned = [{ path: 'kv/root', owner: 'person:developer' }]
    const named = { ...integration, resourceOwner: { key: 'owner', allow: [], pinned } }
    await writeFile(join(folder, 'named.yaml'), JSON.stringify({ ...settings, integrations: [named] }))
    const line = [account('U0DEVELOPER'), '--config', 'named.yaml', '--dry-run']
    const refused = await add(line)
    expect(refused).toMatchObject({ code: 1, out: '' })
    expect(refused.err).toContain('the configuration gives rights to person:developer; --key developer if this is the')
    expect(await add([...line, '--key', 'developer'])).toMatchObject({ code: 0 })

    const store = await openStore(join(folder, 'old.sqlite'), { newId: randomUUID })
    await sample.submitted(store)
    await store.close()
    await writeFile(join(folder, 'rows.yaml'), JSON.stringify({ ...settings, database: 'old.sqlite' }))
    const again = [account('U0DEVELOPER'), '--config', 'rows.yaml', '--name', sample.ada, '--dry-run']
    const unknown = await add(again, {})
    expect(unknown.err).toContain('ada was somebody before, and the database still names them so; --key ada if this')
    expect(await add([...again, '--key', 'ada'], {})).toMatchObject({ code: 0 })
  })

  test('adds somebody who is there to a group, once, without asking Slack', async () => {
    const done = await add([account('U0DBA'), '--group', 'engineers,platform'], {})
    expect(done).toMatchObject({ code: 0, err: expect.stringContaining('people.yaml has dba now') })
    expect(done.out.split('\n').filter((one) => /^[-+]/.test(one))).toEqual(['+   platform: [dba]'])
    const wanted = present.replace('# may ask\n', '# may ask\n  platform: [dba]\n')
    expect(await file()).toBe(wanted)
    const again = await add([account('U0DBA'), '--group', 'platform'], {})
    expect(again).toMatchObject({ code: 0, out: '', err: expect.stringContaining('nothing to change') })
    expect(await file()).toBe(wanted)
  })

  test('gives a person one more account, and joins groups with it, so that both are one person', async () => {
    const done = await add([account('U0DEVELOPER'), '--person', 'dba', '--group', 'platform'])
    expect(done).toMatchObject({ code: 0, err: expect.stringContaining('people.yaml has dba now') })
    const directory = await openPeopleFile(join(folder, 'people.yaml'), chatKinds)
    const [one, other] = ['U0DBA', 'U0DEVELOPER'].map((subject) =>
      directory.person({ platform: 'slack', tenant: team.id, subject }),
    )
    expect([one?.id, other?.id]).toEqual(['dba', 'dba'])
    expect(directory.members('group:platform')).toEqual(['dba'])
    expect(await file()).toContain('# reviewed by two')
  })

  test.each([
    [
      'a person who is not in the file',
      ['--person', 'nobody'],
      /--person nobody: nobody in .*people\.yaml has that key/,
    ],
    ['a person together with a key', ['--person', 'dba', '--key', 'other'], /the person has a key and a name already/],
  ])('refuses %s, and writes nothing', async (_, line, words) => {
    const done = await add([account('U0DEVELOPER'), ...line])
    expect(done.code).toBe(2)
    expect(done.err).toMatch(words)
    expect(await file()).toBe(present)
  })

  test('refuses to give an account to a second person', async () => {
    await writeFile(join(folder, 'people.yaml'), present.replace('\n\n', '\n  other: { name: Other }\n\n'))
    const done = await add([account('U0DBA'), '--person', 'other'])
    expect(done).toMatchObject({ code: 1, err: expect.stringContaining('U0DBA is dba already') })
  })

  test('says in one line that the file is not there', async () => {
    await rm(join(folder, 'people.yaml'))
    const done = await add([account('U0DEVELOPER')])
    expect(done).toMatchObject({ code: 1, out: '' })
    expect(done.err).toMatch(/^latchkey: people\.yaml cannot be read \(ENOENT\); name it under people[^\n]*\n$/)
  })

  test('needs a name without a token, and writes nothing with --dry-run', async () => {
    expect(await add([account('U0NEW')], {})).toMatchObject({
      code: 2,
      err: expect.stringContaining('give --name: Slack does not say how this account is called, or there is no token'),
    })
    const dry = await add([account('U0NEW'), '--name', 'New: one', '--dry-run'], {})
    expect(dry).toMatchObject({ code: 0, out: expect.stringContaining('+   new-one: { name: "New: one", slack: [') })
    expect(await file()).toBe(present)
  })
})
