import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import type { UseCases } from '../../src/app/use-cases.ts'
import type { TeamsSettings } from '../../src/chat/teams/settings.ts'
import { refuse } from '../../src/domain/refusal.ts'
import { secret } from '../../src/domain/secret.ts'
import type { Activity } from '../../src/simulator/teams/activities.ts'
import type { Attack } from '../../src/simulator/teams/attacks.ts'
import type { TeamsSimulatorOptions } from '../../src/simulator/teams/options.ts'
import {
  accessChannel,
  groupChat,
  oid,
  type TeamsStage,
  teamsStage,
  teamsUseCases,
  tenant,
} from '../support/teams-stage.ts'
import { request } from './chat-fakes.ts'

let running: TeamsStage | undefined
afterEach(async () => {
  await running?.stop()
  running = undefined
})

const play = async (
  overrides: Partial<UseCases> = {},
  options: Partial<TeamsSimulatorOptions> = {},
  settings: Partial<TeamsSettings> = {},
) => {
  running = await teamsStage(teamsUseCases(overrides), options, settings)
  return running
}

describe('a delivery', () => {
  test.each<Attack>([
    'other-key',
    'unknown-key',
    'unendorsed-key',
    'alg-none',
    'alg-hmac',
    'no-header',
    'basic',
    'other-audience',
    'other-issuer',
    'expired',
    'no-expiry',
    'not-yet-valid',
    'other-service-url-claim',
    'no-service-url-claim',
    'other-service-url',
    'other-channel',
    'no-object-id',
  ])('under the attack %s is a 401, and nothing is done', async (attack) => {
    const { teams, useCases } = await play()
    const dev = teams.person(oid.dev)
    expect(await dev.say('mine', dev.chat, { attack })).toMatchObject({ status: 401 })
    expect(await dev.openExtension('requestAccess', { from: 'compose', attack })).toMatchObject({ status: 401 })
    expect(teams.calls('sendToConversation')).toEqual([])
    expect(dev.view()).toBeUndefined()
    expect(useCases.refusals).toEqual([])
  })

  test('of another tenant gets a sentence, and nothing is done', async () => {
    const { teams, useCases } = await play()
    const dev = teams.person(oid.dev)
    const refused = await dev.openExtension('requestAccess', { from: 'compose', attack: 'other-tenant' })
    expect(refused).toMatchObject({ status: 200, ok: true })
    expect(dev.notices().map(({ text }) => text)).toEqual([expect.stringContaining('does not serve the organisation')])
    await dev.say('mine', dev.chat, { attack: 'other-tenant' })
    await dev.waitForMessage('does not serve the organisation')
    expect(useCases.calls).toEqual([])
    expect(useCases.refusals).toMatchObject([
      { refusal: { code: 'not-admitted', why: 'other-workspace' } },
      { refusal: { code: 'not-admitted', why: 'other-workspace' } },
    ])
  })

  test('that comes twice acts once', async () => {
    const { teams } = await play()
    const dev = teams.person(oid.dev)
    await dev.say('status')
    await dev.waitForMessage('Status')
    expect(await teams.replay()).toMatchObject({ ok: true, body: '' })
    await dev.say('help')
    await dev.waitForMessage('request')
    expect(dev.inbox().filter((message) => dev.textOf(message).includes('Status'))).toHaveLength(1)
  })

  test('by a new key of the channel is taken at once after a minute without one', async () => {
    const { teams } = await play()
    teams.keys.rotate()
    expect(await teams.person(oid.dev).say('status')).toMatchObject({ status: 401 })
  })
})

describe('a guest', () => {
  test('is told by the roster, in the dialog and in the chat', async () => {
    const { teams, useCases } = await play()
    const guest = teams.person(oid.guest)
    await guest.openExtension('requestAccess', { from: 'compose' })
    expect(guest.notices().map(({ text }) => text)).toEqual([expect.stringContaining('Guests cannot use Latchkey')])
    await guest.say('mine')
    await guest.waitForMessage('Guests cannot use Latchkey')
    expect(useCases.calls).toEqual([])
  })
})

describe('an unknown', () => {
  test('invoke gets a friendly sentence in the form that fits its name', async () => {
    const { teams } = await play()
    const dev = teams.person(oid.dev)
    const renamed = (name: string) => (activity: Activity) => ({ ...activity, name })
    await dev.openExtension('requestAccess', { from: 'compose', change: renamed('task/other') })
    expect(dev.notices().map(({ text }) => text)).toEqual([expect.stringContaining('does not know this action')])
  })

  test('verb, or data that is none of ours, is told so', async () => {
    const { teams, useCases } = await play()
    const dev = teams.person(oid.dev)
    const changed = (activity: Activity) => ({
      ...activity,
      name: 'task/submit',
      value: { data: { press: { do: 'approve' }, form: 7 } },
    })
    await dev.openExtension('requestAccess', { from: 'compose', change: changed })
    expect(dev.notices()[0]?.text).toContain('another version')
    expect(useCases.calls).toEqual([])
  })
})

test('whatever a genuine delivery contains, it is answered in order, and changes nothing', async () => {
  const { teams, useCases, logs } = await play()
  const dev = teams.person(oid.dev)
  const names = [
    ...['adaptiveCard/action', 'task/fetch', 'task/submit', 'application/search', 'signin/verifyState'],
    ...['composeExtension/fetchTask', 'composeExtension/submitAction', 'composeExtension/query'],
  ]
  const json = fc.jsonValue({ maxDepth: 4 })
  const data = fc.record(
    {
      press: fc.oneof(json, fc.constantFrom('{"do":"approve","request":"q1"}', '{"do":"request"}', '__proto__')),
      form: fc.oneof(json, fc.constantFrom('{"form":"request","draft":"d"}', '{"form":"confirm"}')),
      act: fc.oneof(json, fc.constantFrom('send', 'update')),
      ...{ card: json, list: json, shown: json, noted: json, asked: json, back: json, search: json, msteams: json },
      ...{ resource: json, reason: json, 'permission:r1': json, __proto__: json },
    },
    { requiredKeys: [] },
  )
  const verb = fc.oneof(json, fc.constantFrom('press', 'form', 'refresh'))
  const value = fc.oneof(
    ...[json, data, fc.record({ data }), fc.record({ action: fc.record({ verb, data }) })],
    fc.record({ commandId: json, messagePayload: json, parameters: json, queryText: json, dataset: json }),
  )
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), value, async (name, given) => {
      const change = (activity: Activity): Activity => Object.assign({ ...activity }, { name, value: given })
      const { status } = await dev.openExtension('requestAccess', { from: 'compose', change })
      expect(status).toBe(200)
    }),
    { numRuns: 150 },
  )
  expect(useCases.calls.filter(({ verb: called }) => called !== 'submitRequest')).toEqual([])
  expect(JSON.stringify(logs)).not.toContain('failure')
}, 30_000)

test('a bug is told by a reference, and its text is only logged', async () => {
  const bug = () => Promise.reject(new Error('secret text of a bug'))
  const { teams, logs } = await play({ accessOf: bug, offering: bug })
  const dev = teams.person(oid.dev)
  expect(await dev.openExtension('requestAccess', { from: 'compose' })).toMatchObject({ status: 200, ok: true })
  expect(dev.notices()[0]?.text).toMatch(/Something went wrong\. Reference [0-9A-F]{4}/)
  await dev.say('mine')
  await dev.waitForMessage('Something went wrong. Reference')
  expect(teams.traffic().join('\n')).not.toContain('secret text')
  expect(JSON.stringify(logs)).toContain('secret text of a bug')
})

test('people are led to their chat with Latchkey', async () => {
  const { chat, teams } = await play()
  expect(chat.entrance()).toEqual({ title: 'Microsoft Teams', command: '', url: teams.url })
})

describe('the start', () => {
  test('names the address whose keys cannot be read', async () => {
    await expect(play({}, {}, { metadataUrl: 'http://127.0.0.1:9/openidconfiguration' })).rejects.toThrow(
      /127\.0\.0\.1:9\/openidconfiguration cannot be read/,
    )
  })

  test('says that Entra does not take the credential', async () => {
    await expect(play({}, {}, { credential: { kind: 'secret', value: secret('wrong') } })).rejects.toThrow(
      /TEAMS_APP_SECRET/,
    )
  })
})

test('stopping waits for what is being worked on, and takes nothing more', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const { teams, chat } = await play({ status: async () => promise.then(() => []) })
  const dev = teams.person(oid.dev)
  await dev.say('status')
  const order: string[] = []
  const stopped = chat.stop().then(() => order.push('stopped'))
  expect(await dev.say('mine')).toMatchObject({ ok: false, status: 503 })
  order.push('released')
  resolve()
  await stopped
  expect(order).toEqual(['released', 'stopped'])
})

test('no secret and no token is ever logged', async () => {
  const { teams, logs } = await play()
  const dev = teams.person(oid.dev)
  teams.faults.serverError('sendToConversation', 1)
  await dev.say('mine')
  await dev.say('mine', dev.chat, { attack: 'expired' })
  await expect.poll(() => logs.length).toBeGreaterThan(0)
  expect(JSON.stringify(logs)).not.toMatch(/client secret of this test|eyJ/)
})

describe('the request form', () => {
  test('opens from the box for messages, and its first entries are there before anybody types', async () => {
    const { teams, useCases } = await play()
    const dev = teams.person(oid.dev)
    await dev.openExtension('requestAccess', { from: 'compose' })
    const view = await dev.waitForView('Request access')
    expect(view.fields.map(({ label }) => label)).toContain('What')
    await dev.pick('What', 'kv/apps/mail · secret · owner: Owner of the database', { typed: 'mail' })
    dev.fill('Why', 'the mails of customers are stuck')
    expect(await dev.submit()).toMatchObject({ closed: true, errors: {} })
    // The only permission and the only missing piece were known, so the form was sent by itself.
    expect(useCases.calls).toMatchObject([
      {
        verb: 'submitRequest',
        args: [
          {
            requester: 'developer',
            items: [{ resource: 'r2', permission: 'read' }],
            reason: 'the mails of customers are stuck',
          },
        ],
      },
    ])
    expect(dev.notices().map(({ text }) => text)).toEqual([expect.stringContaining('Your request is filed')])
  })

  test('is shown again, with all that was filled in, where a choice asks for more', async () => {
    const { teams, useCases } = await play()
    const dev = teams.person(oid.dev)
    await dev.openExtension('requestAccess', { from: 'compose' })
    await dev.pick('What', 'kv/apps/db · secret · owner: Owner of the database', { typed: 'apps/db' })
    dev.fill('Why', 'debugging the failing payments')
    expect(await dev.submit()).toMatchObject({ closed: false })
    const again = await dev.waitForView('Request access')
    expect(again.text).toContain('Please check')
    expect(again.fields.find(({ label }) => label === 'Why')?.value).toBe('debugging the failing payments')
    expect(useCases.calls).toEqual([])
    await dev.pick('Permission', 'read')
    expect(await dev.submit()).toMatchObject({ closed: true })
    expect(useCases.calls).toMatchObject([{ verb: 'submitRequest' }])
  })

  test('shows its errors beside the fields, and keeps what was filled in', async () => {
    const { teams, useCases } = await play()
    const dev = teams.person(oid.dev)
    await dev.openExtension('requestAccess', { from: 'compose' })
    dev.fill('Why', 'debugging the failing payments')
    expect(await dev.submit()).toMatchObject({ closed: false })
    const view = await dev.waitForView('Request access')
    expect(view.text).toContain('Pick what you need from the list')
    expect(view.fields.find(({ label }) => label === 'Why')?.value).toBe('debugging the failing payments')
    expect(useCases.calls).toEqual([])
  })

  test('names what was missing, also where a choice changed the form', async () => {
    const short = refuse({ code: 'reason-too-short', atLeast: 10 } as const)
    const { teams } = await play({ submitRequest: async () => short })
    const dev = teams.person(oid.dev)
    await dev.openExtension('requestAccess', { from: 'compose' })
    await dev.pick('What', 'kv/apps/mail · secret · owner: Owner of the database', { typed: 'mail' })
    expect(await dev.submit()).toMatchObject({ closed: false })
    const view = await dev.waitForView('Request access')
    expect(view.text).toContain('Say why in at least 10 characters')
    expect(view.text).not.toContain('Please check what is new')
  })

  test('opens from the search box above Teams, which belongs to no conversation', async () => {
    const { teams } = await play()
    const dev = teams.person(oid.dev)
    const change = (activity: Activity): Activity => ({ ...activity, conversation: undefined })
    await dev.openExtension('requestAccess', { from: 'commandBox', change })
    await dev.waitForView('Request access')
  })

  test('gives way to what they have where they ask for the same again, and its buttons work', async () => {
    const earlier = refuse({ code: 'already-asked', state: 'live', request: request.id } as const)
    const { teams } = await play({ submitRequest: async () => earlier })
    const dev = teams.person(oid.dev)
    await dev.openExtension('requestAccess', { from: 'compose' })
    await dev.pick('What', 'kv/apps/mail · secret · owner: Owner of the database', { typed: 'mail' })
    dev.fill('Why', 'the mails of customers are stuck')
    await dev.submit()
    expect((await dev.waitForView()).text).toContain('You already have exactly this access')
    await dev.submit('Get my one-time link')
    expect((await dev.waitForView('Your one-time link')).text).toContain('nonce-of-this-test')
  })

  test('offers what a search finds where no list opens while a person types', async () => {
    const { teams } = await play({}, { hasTypeahead: false })
    const dev = teams.person(oid.dev)
    await dev.openExtension('requestAccess', { from: 'compose' })
    dev.fill('Search here if no list opens while you type', 'apps/mail')
    await dev.submit('Show choices')
    await dev.pick('What', 'kv/apps/mail · secret · owner: Owner of the database')
    dev.fill('Why', 'the mails of customers are stuck')
    expect(await dev.submit('Send request')).toMatchObject({ closed: true })
  })

  test('takes its reason from the message on which it was opened', async () => {
    const { teams } = await play()
    const boss = teams.person(oid.owner)
    const { id } = await boss.say('payments of customers fail since noon', accessChannel, { mention: false })
    const message = teams.messages(accessChannel).find((each) => each.id === id)
    if (!message) throw new Error('the message is there')
    const dev = teams.person(oid.dev)
    await dev.openExtension('requestAccess', { from: 'message', message })
    const view = await dev.waitForView('Request access')
    expect(view.fields.find(({ label }) => label === 'Why')?.value).toContain('payments of customers fail since noon')
  })

  test('asks to add the app where it is missing, and opens once it was added', async () => {
    const { teams } = await play()
    const dev = teams.person(oid.dev)
    await dev.openExtension('requestAccess', { from: 'compose', conversation: groupChat })
    await dev.waitForView('Add Latchkey')
    await dev.submit()
    await dev.waitForView('Request access')
  })

  test('opens from a button, because typed words open none', async () => {
    const { teams } = await play()
    const dev = teams.person(oid.dev)
    await dev.say('request kv/apps/db because payments of customers fail', accessChannel)
    const told = await dev.waitForMessage('form', dev.chat)
    const [label = ''] = dev
      .cardsOf(told)
      .flatMap(({ body, actions = [] }) => JSON.stringify([body, actions]).match(/"title":"[^"]+"/g) ?? [])
    await dev.press(told, label.slice('"title":"'.length, -1))
    const view = await dev.waitForView('Request access')
    expect(view.fields.find(({ label: name }) => name === 'Why')?.value).toBe('payments of customers fail')
  })
})

test('a search in the box for messages finds only the own access, and inserts only a short id', async () => {
  const { teams } = await play()
  const dev = teams.person(oid.dev)
  const found = await dev.search('myAccess', '')
  expect(found).toMatchObject({ ok: true })
  expect(found.results).toHaveLength(2)
  const [first] = found.results
  expect(first?.text).toContain('kv/apps/db')
  expect(JSON.stringify(first?.card)).toContain('request q1')
  expect(JSON.stringify(first?.card)).not.toContain('kv/apps/db')
  expect((await dev.search('myAccess', 'no such thing')).words).toContain('no access')
})

test('an installation welcomes once, however often Teams tells of it', async () => {
  const welcomed: string[] = []
  const { teams } = await play(
    { welcome: async (person) => void welcomed.push(person) },
    {
      people: [{ oid: oid.dev, name: 'Developer on call', hasApp: false }],
      chats: [],
    },
  )
  await teams.person(oid.dev).install()
  await expect.poll(() => welcomed).toEqual(['developer'])
  expect(teams.deliveries().length).toBeGreaterThan(0)
})

test('the identity of a sender is the tenant and the object id of Entra', async () => {
  const { teams, useCases } = await play()
  await teams.person(oid.newcomer).say('mine')
  await expect
    .poll(() => useCases.refusals)
    .toMatchObject([{ actor: { kind: 'stranger', platform: 'teams', tenant, subject: oid.newcomer } }])
})
