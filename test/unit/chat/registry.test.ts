import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { chatKinds } from '../../../src/chat/index.ts'
import type { ChatKinds } from '../../../src/chat/kind.ts'
import { ConfigError, readConfig } from '../../../src/config/read.ts'
import { openPeopleFile } from '../../../src/directory/people-file.ts'
import { toyKindIn } from '../../support/toy-chat.ts'
import { newToyWorld } from '../../support/toy-world.ts'

const folder = mkdtempSync(join(tmpdir(), 'registry-'))
afterAll(() => rmSync(folder, { recursive: true }))

const both: ChatKinds = { ...chatKinds, toy: toyKindIn(newToyWorld()) }
const slack = 'slack: { tenants: [T1] }'
const toy = 'toy: {}'
const thread = '19:abc@thread.tacv2'
const environment = {
  SLACK_BOT_TOKEN: 'xoxb-1',
  SLACK_APP_TOKEN: 'xapp-1',
  TOY_PASSWORD: 'open sesame',
  AUDIT_WEBHOOK_SECRET: 'key',
  EVENTS_WEBHOOK_SECRET: 'key',
}

const read = (lines: readonly string[], { channel = '', kinds = both, variables = environment as object } = {}) => {
  const file = join(folder, 'latchkey.yaml')
  const integration = `{ name: a, requesters: [group:a], owner: [group:a], vault: {}${channel && `, channel: ${channel}`} }`
  writeFileSync(file, ['link: { baseUrl: "https://a.example" }', ...lines, `integrations: [${integration}]`].join('\n'))
  return readConfig({ file, environment: { ...variables }, chats: kinds, paramsOf: {} })
}
const channelOf = (lines: readonly string[], channel: string) =>
  read(lines, { channel }).integrations[0]?.integration.channel
const problemsOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.join('\n')
    throw error
  }
  return ''
}

describe('a chat platform in a registry of its own', () => {
  test('has its own section, with its defaults and secrets, beside the others', () => {
    const { chats } = read([slack, toy])
    expect([...chats.keys()]).toEqual(['slack', 'toy'])
    expect(chats.get('toy')).toMatchObject({ title: 'Toy', settings: { greeting: 'hello' } })
    expect(JSON.stringify([...chats.values()])).not.toContain('open sesame')
    expect([...read([toy]).chats.keys()]).toEqual(['toy'])
  })

  test('explains what is wrong in its section, and asks for its secrets, in its own words', () => {
    expect(problemsOf(() => read(['toy: { greeting: 1 }']))).toMatch(/toy\.greeting: .*this is what it says first/)
    expect(problemsOf(() => read(['toy: { greetings: x }']))).toMatch(/did you mean greeting\?/)
    expect(problemsOf(() => read([toy], { variables: {} }))).toMatch(
      /TOY_PASSWORD: missing; .* the password of the toy/,
    )
    expect(problemsOf(() => read([toy], { kinds: chatKinds }))).toMatch(/toy: there is no such key/)
  })

  test('names accounts in the people file under its own key', async () => {
    const file = join(folder, 'people.yaml')
    writeFileSync(file, 'people: { a: { name: A, slack: [T1/U1], toy: [t/a] } }')
    const directory = await openPeopleFile(file, both)
    expect(directory.person({ platform: 'toy', tenant: 't', subject: 'a' })?.identities).toEqual([
      { platform: 'slack', tenant: 'T1', subject: 'U1' },
      { platform: 'toy', tenant: 't', subject: 'a' },
    ])
    await expect(openPeopleFile(file, chatKinds)).rejects.toThrow(/toy/)
  })
})

describe('a channel in the configuration', () => {
  test('belongs to the only chat there is, whatever its id looks like', () => {
    expect(channelOf([slack], 'C0123')).toEqual({ platform: 'slack', id: 'C0123' })
    expect(channelOf([toy], thread)).toEqual({ platform: 'toy', id: thread })
  })

  test('says of which chat it is where there are several', () => {
    expect(channelOf([slack, toy], '{ slack: C0123 }')).toEqual({ platform: 'slack', id: 'C0123' })
    expect(channelOf([slack, toy], `{ toy: "${thread}" }`)).toEqual({ platform: 'toy', id: thread })
    expect(problemsOf(() => channelOf([slack, toy], 'C0123'))).toMatch(
      /channel: write which chat it is in, as in \{ slack: ID \}; there are slack, toy/,
    )
  })

  test.each([
    ['{ teams: C0123 }', /channel: no chat "teams" is configured; there are slack/],
    ['{ slack: C0123, toy: x }', /channel: write the one chat it is in/],
    [thread, /channel: write a channel's id, such as C0123/],
  ])('%s is refused where only Slack is configured, with what to write', (channel, complaint) => {
    expect(problemsOf(() => channelOf([slack], channel))).toMatch(complaint)
  })

  test('means nothing without any chat', () => {
    expect(channelOf([], 'C0123')).toBeUndefined()
  })
})

describe('where the audit head is sent', () => {
  const headTo = (to: string, chats: readonly string[] = [slack]) =>
    read([...chats, `audit: { headTo: ${to} }`]).audit.headTo

  test('is a channel of a chat, or a web address', () => {
    expect(headTo('C0123')).toEqual({ to: 'channel', channel: { platform: 'slack', id: 'C0123' } })
    expect(headTo(thread, [toy])).toEqual({ to: 'channel', channel: { platform: 'toy', id: thread } })
    expect(headTo(`{ toy: "${thread}" }`, [slack, toy])).toEqual({
      to: 'channel',
      channel: { platform: 'toy', id: thread },
    })
    expect(headTo('https://keep.example.com/head')).toEqual({ to: 'address', url: 'https://keep.example.com/head' })
  })

  test.each([
    ['general', [slack], /headTo: write a channel's id, such as C0123, or an https address/],
    ['C0123', [slack, toy], /headTo: write which chat it is in/],
    ['C0123', [], /headTo: a channel needs a chat; configure slack, teams or toy, or write an address/],
    ['http://keep.example.com', [slack], /headTo: use https/],
  ] as const)('%s with the chats %o is refused, with what to write', (to, chats, complaint) => {
    expect(problemsOf(() => headTo(to, chats))).toMatch(complaint)
  })
})

describe('Teams in the registry', () => {
  const [app, tenant, user] = ['a', 'b', 'c'].map((digit) => `${digit}0000000-0000-4000-8000-00000000000${digit}`)
  const section = `teams: { app: ${app}, tenant: ${tenant} }`
  const variables = { ...environment, TEAMS_APP_SECRET: 'a~secret' }
  const readTeams = (lines: readonly string[], more: object = {}) =>
    read(lines, { variables, kinds: chatKinds, ...more })

  test('is configured alone, or beside Slack, and hides its secret', () => {
    expect([...readTeams([section]).chats.keys()]).toEqual(['teams'])
    const { chats } = readTeams([section, slack])
    expect([...chats.keys()]).toEqual(['slack', 'teams'])
    expect(chats.get('teams')).toMatchObject({ title: 'Microsoft Teams', settings: { app, tenants: [tenant] } })
    expect(JSON.stringify([...chats.values()])).not.toContain('a~secret')
  })

  test('does not exist for a configuration without it, which needs no secret of it', () => {
    expect([...read([slack], { kinds: chatKinds }).chats.keys()]).toEqual(['slack'])
  })

  test.each([
    ['teams: {}', /teams\.app: missing; write the application \(client\) id of the bot’s registration/],
    [`teams: { app: "", tenant: ${tenant} }`, /teams\.app: write the application \(client\) id/],
    [`teams: { app: ${app} }`, /teams\.tenant: missing; write the directory \(tenant\) id/],
  ])('does not start with %s', (lines, complaint) => {
    expect(problemsOf(() => readTeams([lines]))).toMatch(complaint)
  })

  test('asks for its secret or certificate', () => {
    const without = (lines: string) => problemsOf(() => readTeams([lines], { variables: environment }))
    expect(without(section)).toMatch(/TEAMS_APP_SECRET: missing; .* the value of a client secret/)
    expect(without(section.replace(' }', ', credential: certificate }'))).toMatch(/TEAMS_APP_CERTIFICATE: missing; /)
    const wrong = { ...environment, TEAMS_APP_SECRET: user }
    expect(problemsOf(() => readTeams([section], { variables: wrong }))).toMatch(
      /TEAMS_APP_SECRET: this looks like the id of the secret/,
    )
  })

  test('has channels and accounts in its own form', async () => {
    const channel = readTeams([section, slack], { channel: `{ teams: "${thread}" }` }).integrations[0]?.integration
      .channel
    expect(channel).toEqual({ platform: 'teams', id: thread })
    expect(problemsOf(() => readTeams([section], { channel: 'C0123' }))).toMatch(
      /channel: write a channel's id, such as 19/,
    )
    const file = join(folder, 'people.yaml')
    writeFileSync(file, `people: { a: { name: A, slack: [T1/U1], teams: [${tenant?.toUpperCase()}/${user}] } }`)
    const directory = await openPeopleFile(file, chatKinds)
    const identity = { platform: 'teams', tenant: tenant ?? '', subject: user ?? '' } as const
    expect(directory.person(identity)?.identities).toHaveLength(2)
  })
})
