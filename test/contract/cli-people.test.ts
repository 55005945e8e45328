import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { chatKinds } from '../../src/chat/index.ts'
import { openPeopleFile } from '../../src/directory/people-file.ts'
import { personId } from '../../src/domain/ids.ts'
import type { SimulatorOptions } from '../../src/simulator/slack/options.ts'
import { type SlackSimulator, startSlackSimulator } from '../../src/simulator/slack/simulator.ts'
import { runCli } from '../support/run-cli.ts'

const folders: string[] = []
let slack: SlackSimulator | undefined
afterEach(() => slack?.close())
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

const team = { id: 'T0EXAMPLE', name: 'Example', domain: 'example' }
const people: SimulatorOptions['people'] = [
  { id: 'U0ONCALL', name: 'on.call', realName: 'Engineer on call', email: 'oncall@example.com' },
  { id: 'U0DBA', name: 'dba', realName: 'Verwalter "der" Datenbänke: # {eins}' },
  { id: 'U0DBA2', name: 'DBA', realName: 'Second\nline' },
  { id: 'U0BOT', name: 'robot', realName: 'Robot', isBot: true },
  { id: 'U0LEFT', name: 'left', realName: 'Left us', deleted: true },
  { id: 'U0GUEST', name: 'guest', realName: 'Guest \u202eof ours', isRestricted: true },
  { id: 'U0SINGLE', name: 'single', realName: 'Single-channel guest', isUltraRestricted: true },
  { id: 'U0STRANGER', name: 'stranger', realName: 'Somebody else', isStranger: true, teamId: 'T0OTHER' },
]
const userGroups = [
  { id: 'S1', handle: 'data_bases', name: 'Databases', users: ['U0DBA', 'U0DBA2', 'U0LEFT'] },
  { id: 'S2', handle: 'nobody', name: 'Nobody', users: [] },
]
const imported = async (more: Partial<SimulatorOptions> = {}, environment = { SLACK_BOT_TOKEN: 'xoxb-import' }) => {
  slack = await startSlackSimulator({ team, people, userGroups, botToken: 'xoxb-import', signingSecret: 's', ...more })
  return runCli(['people', 'import', '--from', 'slack', '--api-url', slack.apiUrl], { environment })
}
const opened = async (text: string) => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-people-'))
  folders.push(folder)
  const file = join(folder, 'people.yaml')
  await writeFile(file, text)
  return openPeopleFile(file, chatKinds)
}

describe('latchkey people import --from slack', () => {
  test('prints a people file that the server takes, with everybody whom it would admit', async () => {
    const { code, out, err } = await imported()
    expect(code).toBe(0)
    expect(err).toContain('3 people and 2 groups.')
    expect(err).toMatch(/^Left out, because Latchkey serves only active full members: .*\b\d guest/m)
    expect(err).toMatch(/\b\d bot\b/)
    const directory = await opened(out)
    expect(directory.person({ platform: 'slack', tenant: 'T0EXAMPLE', subject: 'U0ONCALL' })?.id).toBe('on-call')
    expect(directory.find(personId('dba'))?.name).toBe('Verwalter "der" Datenbänke: # {eins}')
    expect(directory.find(personId('dba-2'))?.name).toBe('Second\nline')
    expect(directory.members('group:data-bases')).toEqual(['dba', 'dba-2'])
    expect(directory.members('group:nobody')).toEqual([])
    for (const subject of ['U0BOT', 'U0LEFT', 'U0GUEST', 'U0SINGLE', 'U0STRANGER', 'USLACKBOT']) {
      expect(directory.person({ platform: 'slack', tenant: 'T0EXAMPLE', subject })).toBeUndefined()
    }
    expect(out).toContain('email: oncall@example.com')
  })

  test('mentions guests and strangers in comments that hide nothing, and nobody else', async () => {
    const { out } = await imported()
    expect(out).toContain('# left out, guest: Guest \\u202eof ours (T0EXAMPLE/U0GUEST)')
    expect(out).toContain('# left out, of another organisation: Somebody else')
    expect(out).toContain('# without U0LEFT, who are left out')
    expect(out).not.toMatch(/Robot|Left us/)
  })

  test('reads every page, and names people of a Grid by the Grid', async () => {
    const many = Array.from({ length: 450 }, (_, n) => ({ id: `U0N${n}`, name: `person${n}`, realName: `Person ${n}` }))
    const { out } = await imported({ people: many, team: { ...team, enterpriseId: 'E0GRID' } })
    const directory = await opened(out)
    expect(directory.person({ platform: 'slack', tenant: 'E0GRID', subject: 'U0N449' })?.id).toBe('person449')
    expect(slack?.calls('users.list')).toHaveLength(3)
  })

  test('leaves groups and addresses out where the token may not see them, and says which scope is missing', async () => {
    const { code, out, err } = await imported({ scopes: ['users:read'] })
    expect(code).toBe(0)
    expect(err).toContain('usergroups:read')
    expect(out).toContain('groups: {}')
    expect(out).not.toContain('oncall@example.com')
    await opened(out)
  })

  test('fails with what to do when Slack refuses, or no token was given', async () => {
    expect(await imported({ scopes: [] })).toMatchObject({
      code: 1,
      err: expect.stringContaining('needs the scope users:read'),
    })
    await slack?.close()
    expect(await imported({}, { SLACK_BOT_TOKEN: '' })).toMatchObject({
      code: 2,
      err: expect.stringContaining('set SLACK_BOT_TOKEN'),
    })
    const elsewhere = ['people', 'import', '--from', 'slack', '--api-url', 'https://evil.example/api/']
    expect(await runCli(elsewhere, { environment: { SLACK_BOT_TOKEN: 'xoxb-1' } })).toMatchObject({ code: 2 })
  })

  test('waits when Slack asks for patience', async () => {
    slack = await startSlackSimulator({ team, people, botToken: 'xoxb-import', signingSecret: 's' })
    slack.faults.rateLimit('users.list', { retryAfterSeconds: 1 })
    const line = ['people', 'import', '--from', 'slack', '--api-url', slack.apiUrl]
    expect(await runCli(line, { environment: { SLACK_BOT_TOKEN: 'xoxb-import' } })).toMatchObject({ code: 0 })
    expect(slack.calls('users.list')).toHaveLength(2)
  })
})
