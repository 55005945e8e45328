import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { teamsApp, teamsChannel, tenant } from '../../src/demo/chats.ts'
import { channel, slackUsers } from '../../src/demo/example.ts'
import { startWorld, type World } from '../../src/demo/world.ts'
import type { Activity } from '../../src/simulator/teams/activities.ts'
import type { DeliveryOptions } from '../../src/simulator/teams/delivery.ts'
import type { TeamsMessage } from '../../src/simulator/teams/messages.ts'
import type { TeamsSimulator } from '../../src/simulator/teams/simulator.ts'
import { eventually } from '../support/eventually.ts'
import type { SeenMessage } from '../support/hands.ts'
import type { RequestRecord } from '../support/records.ts'
import { type Stage, stageOf } from '../support/stage.ts'
import { type Actor, billing, orders, ordersApi, type Story, storyIn } from '../support/story.ts'
import { vaultTruth } from '../support/vault-truth.ts'

// What only the wire of Teams can do: forged tokens, activities that come twice, changed data of cards.

let world: World
let teams: TeamsSimulator
let stage: Stage
let story: Story
beforeAll(async () => {
  world = await startWorld({
    chat: 'teams',
    integration: { channel: channel.id, requesters: ['group:engineers', 'group:platform'] },
    more: { groups: { databases: ['developer', 'database-owner', 'second-database-owner'] } },
  })
  if (!world.teams) throw new Error('this world has Teams')
  teams = world.teams
  stage = stageOf(world)
  story = storyIn(world, stage)
})
afterAll(() => world?.stop())

const screenOf = ({ hands }: Actor) => teams.person(hands.id)
const messageOf = ({ conversation, id }: SeenMessage): TeamsMessage => {
  const found = teams.messages(conversation).find((each) => each.id === id)
  if (!found) throw new Error('the message is there')
  return found
}
const askAndSettle = async (path = orders): Promise<RequestRecord> => {
  const request = await story.ask(story.cast.developer, { path })
  await story.untilAllSay(request, 'Waiting until')
  return request
}
const cancel = async (request: RequestRecord) => {
  await story.press(story.cast.developer, request, 'Cancel request')
  await story.untilState(request, 'cancelled')
}
const end = async (request: RequestRecord) => {
  await story.press(story.cast.developer, request, 'Give back now')
  await story.untilState(request, 'ended')
}
/** The owner's card, in whose place the question stands whether to approve. */
const openApproval = async (by: Actor, request: RequestRecord): Promise<TeamsMessage> => {
  const card = messageOf(await story.cardOf(request, 'owner', by.key))
  expect(await screenOf(by).press(card, 'Approve')).toMatchObject({ ok: true, isInPlace: true })
  expect(screenOf(by).textOf(card)).toContain('Approve this access?')
  return card
}
const refusals = (key: string) =>
  story.records.audit().filter(({ kind, actor }) => kind === 'refused' && actor.id === key)
const codesOf = (key: string) => refusals(key).map(({ detail }) => detail.code)
const expectUntouched = async (request: RequestRecord) => {
  expect(story.records.request(request.id)).toMatchObject({ state: 'pending', decisions: 0 })
  expect((await vaultTruth(world)).policies).toEqual([])
}
const writes = () =>
  ['createConversation', 'sendToConversation', 'replyToActivity', 'updateActivity'].flatMap((method) =>
    teams.calls(method),
  ).length
const swapped =
  (from: string, to: string) =>
  (activity: Activity): Activity =>
    JSON.parse(JSON.stringify(activity).replaceAll(from, to))
const replaced = (change: object) => (activity: Activity) => ({ ...activity, ...change })

const notText = 'no token of the channel'
const foreignUrl = 'its token is for another service URL'
const otherPlace = 'https://attacker.example.com/'
/** Each delivery that must be a bare 401, with the reason in the log. */
const forged: readonly (readonly [string, string, DeliveryOptions])[] = [
  ['no token', notText, { attack: 'no-header' }],
  ['another scheme than a bearer', notText, { attack: 'basic' }],
  ['something else as a token', notText, { headers: { authorization: 'Bearer not.a' } }],
  ['an unsigned token', notText, { attack: 'alg-none' }],
  ['a token signed with the public key as a secret', notText, { attack: 'alg-hmac' }],
  ['another key under a known name', 'not signed by the channel', { attack: 'other-key' }],
  ['an unknown key', 'signed by an unknown key', { attack: 'unknown-key' }],
  ['a key of another channel', 'signed by a key of another channel', { attack: 'unendorsed-key' }],
  ['a token for another app', 'its token is not for us, by aud', { attack: 'other-audience' }],
  ['a token for several apps', 'its token has other claims', { claims: { aud: [teamsApp.id] } }],
  ['a token of another issuer', 'its token is not for us, by iss', { attack: 'other-issuer' }],
  ['an expired token', 'its token has expired', { attack: 'expired' }],
  ['a token without an end', 'its token is not for us, by exp', { attack: 'no-expiry' }],
  ['a token for later', 'its token is not for us, by nbf', { attack: 'not-yet-valid' }],
  ['a token for another service URL', foreignUrl, { attack: 'other-service-url-claim' }],
  ['a token without a service URL', 'its token has other claims', { attack: 'no-service-url-claim' }],
  ['a service URL that is not in its token', foreignUrl, { attack: 'other-service-url' }],
  [
    'a service URL that is not of Teams',
    'its service URL is not of Teams',
    { attack: 'other-service-url', claims: { serviceurl: otherPlace } },
  ],
  ['another channel', 'of another channel', { attack: 'other-channel' }],
  ['no object id', 'without the person or the tenant', { attack: 'no-object-id' }],
  [
    'no tenant',
    'without the person or the tenant',
    { change: ({ channelData: _, ...rest }) => ({ ...rest, conversation: { id: 'a:1' } }) },
  ],
]

describe('an approval that the channel does not vouch for', () => {
  let request: RequestRecord
  let card: TeamsMessage
  beforeAll(async () => {
    request = await askAndSettle()
    card = await openApproval(story.cast.owner, request)
  })

  test.for(forged)('with %s is a bare 401 and changes nothing', async ([, , how]) => {
    const before = { audit: story.records.audit().length, writes: writes() }
    expect(await screenOf(story.cast.owner).press(card, 'Approve', how)).toMatchObject({ ok: false, status: 401 })
    expect(await teams.replay()).toMatchObject({ status: 401, body: '' })
    await expectUntouched(request)
    expect({ audit: story.records.audit().length, writes: writes() }).toEqual(before)
  })

  test('is taken once Teams vouches for it', async () => {
    await screenOf(story.cast.owner).press(card, 'Approve')
    await end(await story.untilState(request, 'active'))
  })
})

describe('an approval by somebody who may not', () => {
  test('of another tenant, or by a guest, is refused and audited', async () => {
    const { owner } = story.cast
    const request = await askAndSettle()
    const card = await openApproval(owner, request)
    const answer = await screenOf(owner).press(card, 'Approve', { attack: 'other-tenant' })
    expect(answer).toMatchObject({ ok: true })
    const refused = story.records.audit().findLast(({ kind }) => kind === 'refused')
    expect(refused?.actor).toMatchObject({ kind: 'stranger', subject: owner.hands.id })
    expect(refused?.actor.tenant).not.toBe(tenant.id)
    expect(refused?.detail).toMatchObject({ code: 'not-admitted' })
    await expectUntouched(request)
    stage.setGuest(slackUsers.databaseOwner.id, true)
    await screenOf(owner).press(await openApprovalAgain(owner, request), 'Approve')
    await eventually(() => codesOf(owner.key).at(-1) === 'not-admitted', { about: () => 'the guest is refused' })
    stage.setGuest(slackUsers.databaseOwner.id, false)
    await expectUntouched(request)
    await cancel(request)
  })

  test('is refused to the requester, who is an owner as well, and audited', async () => {
    const { developer } = story.cast
    const request = await askAndSettle()
    const copy = messageOf(await story.cardOf(request, 'channel', teamsChannel.id))
    await screenOf(developer).press(copy, 'Approve')
    expect(screenOf(developer).notices().at(-1)?.text).toContain('You cannot decide on your own request')
    expect(codesOf('developer').at(-1)).toBe('own-request')
    await expectUntouched(request)
    await cancel(request)
  })

  test('with the data of another request, or of the card of another message, is refused and audited', async () => {
    const { owner, lead } = story.cast
    const mine = await askAndSettle()
    const theirs = await askAndSettle(ordersApi)
    const copy = messageOf(await story.cardOf(theirs, 'channel', teamsChannel.id))
    await screenOf(owner).press(copy, 'Approve')
    expect(codesOf(owner.key).at(-1)).toBe('not-an-owner')

    const foreign = () => codesOf(owner.key).filter((code) => code === 'foreign-message').length
    const before = foreign()
    const card = await openApproval(owner, mine)
    await screenOf(owner).press(card, 'Approve', { change: swapped(mine.id, theirs.id) })
    expect(foreign()).toBe(before + 1)
    const cardOfLead = messageOf(await story.cardOf(theirs, 'owner', lead.key))
    await screenOf(owner).press(cardOfLead, 'Approve', { asSeen: true, isTrespassing: true })
    expect(foreign()).toBe(before + 2)
    const cardId = (message: TeamsMessage) => /\\"card\\":\\"([^"\\]+)/.exec(JSON.stringify(message.cards))?.[1] ?? '?'
    screenOf(owner).forget(card)
    await screenOf(owner).press(card, 'Approve', { change: swapped(cardId(card), cardId(cardOfLead)) })
    expect(foreign()).toBe(before + 3)
    // The form of somebody else, as it stood in the place of their card.
    await openApproval(lead, theirs)
    await openApprovalAgain(owner, mine)
    const form = (by: Actor, message: TeamsMessage) =>
      /"form":("(?:[^"\\]|\\.)*")/.exec(JSON.stringify(screenOf(by).inPlace(message)))?.[1] ?? '?'
    await screenOf(owner).press(card, 'Approve', { change: swapped(form(owner, card), form(lead, cardOfLead)) })
    expect(foreign()).toBe(before + 4)
    await expectUntouched(mine)
    await expectUntouched(theirs)
    await cancel(mine)
    await cancel(theirs)
  })

  test('with an unknown verb, an unknown kind or no data gets a sentence and changes nothing', async () => {
    const { owner } = story.cast
    const request = await askAndSettle()
    const card = await openApproval(owner, request)
    const action = (change: object) => (activity: Activity) => {
      const value = activity.value as { action: object }
      return { ...activity, value: { ...value, action: { ...value.action, ...change } } }
    }
    const changes = [
      action({ verb: 'destroy' }),
      action({ data: { form: '{"form":"destroy"}' } }),
      action({ data: null }),
      replaced({ value: 'nothing' }),
      replaced({ name: 'task/unknown' }),
      replaced({ name: 'signin/verifyState' }),
    ]
    for (const change of changes) {
      expect(await screenOf(owner).press(card, 'Approve', { change })).toMatchObject({ status: 200 })
      expect((await teams.replay()).body).toMatch(
        /does not know this action|from another version of Latchkey|These buttons do not work/,
      )
      await expectUntouched(request)
      screenOf(owner).forget(card)
      await screenOf(owner).press(card, 'Approve')
    }
    await cancel(request)
  })
})

/** The question in the place of the card, also where another answer stands there now. */
const openApprovalAgain = async (by: Actor, request: RequestRecord): Promise<TeamsMessage> => {
  screenOf(by).forget(messageOf(await story.cardOf(request, 'owner', by.key)))
  return openApproval(by, request)
}

test('of two owners who approve in the same moment one decides, and the other is told', async () => {
  const { owner, secondOwner } = story.cast
  const request = await askAndSettle()
  const both = [owner, secondOwner]
  const cards = await Promise.all(both.map((by) => openApproval(by, request)))
  await Promise.all(both.map((by, index) => screenOf(by).press(cards[index] as TeamsMessage, 'Approve')))
  await story.untilState(request, 'active')
  expect(story.records.request(request.id).decisions).toBe(1)
  const late = both.flatMap(({ key }) => codesOf(key)).filter((code) => code === 'not-pending')
  expect(late).toHaveLength(1)
  expect((await vaultTruth(world)).policies).toHaveLength(1)
  await end(request)
})

test('"Refresh card" by an owner, the requester and somebody else writes nothing to Teams', async () => {
  const { developer, owner, newcomer } = story.cast
  const request = await askAndSettle()
  const copy = messageOf(await story.cardOf(request, 'channel', teamsChannel.id))
  const before = { writes: writes(), text: teams.textOf(copy), revision: story.records.request(request.id).revision }
  for (const by of [owner, developer, newcomer]) {
    expect(await screenOf(by).refresh(copy)).toMatchObject({ ok: true, status: 200 })
    await screenOf(by).look(teamsChannel.id)
  }
  expect(screenOf(newcomer).inPlace(copy)).toBeUndefined()
  const { revision } = story.records.request(request.id)
  expect({ writes: writes(), text: teams.textOf(copy), revision }).toEqual(before)
  await cancel(request)
})

test('a form that is sent three times at once is one request', async () => {
  const { developer } = story.cast
  await story.openForm(developer, { path: ordersApi })
  const before = story.records.requests().length
  const sends = [0, 1, 2].map(() => screenOf(developer).submit())
  expect((await Promise.all(sends)).map(({ ok }) => ok)).toEqual([true, true, true])
  expect(story.records.requests()).toHaveLength(before + 1)
  await developer.hands.closeView()
  const request = story.records.newestOf('developer')
  if (!request) throw new Error('a request was filed')
  await story.untilAllSay(request, 'Waiting until')
  await cancel(request)
})

/** What a start leaves in the audit log. */
const atStart = ['started', 'directory-loaded', 'configuration-changed']

test('activities that are sent again do nothing, also after a restart', async () => {
  const { developer, owner } = story.cast
  const from = teams.deliveries().length
  const request = await story.approve(owner, await story.ask(developer, { path: billing }))
  await story.link(developer, request)
  await story.untilAllSay(request, 'Approved by')
  const count = () => ({
    requests: story.records.requests().length,
    audit: story.records.audit().filter(({ kind }) => !atStart.includes(kind)).length,
    links: story.records.rows('SELECT id FROM fetch_links').length,
    writes: writes(),
    messages: teams.messages().length,
    revision: story.records.request(request.id).revision,
  })
  const before = count()
  // Searches while somebody types change nothing, and are answered each time.
  const deliveries = teams.deliveries().slice(from)
  expect(deliveries.length).toBeGreaterThanOrEqual(6)
  const replay = () => Promise.all([...deliveries, ...deliveries].map((delivery) => teams.replay(delivery)))
  expect((await replay()).every(({ status }) => status === 200)).toBe(true)
  await world.latchkey().stop()
  await world.restart()
  const late = await replay()
  expect(late.every(({ status }) => status === 200)).toBe(true)
  expect(late.some(({ body }) => body.includes('received before'))).toBe(true)
  expect(late.some(({ body }) => body.includes('/fetch/'))).toBe(false)
  // What came after the replays has been worked on, so the replays have been as well.
  await story.hear(developer, () => developer.hands.command('status'))
  const { writes: written, messages, ...rest } = count()
  expect({ ...rest, messages: messages - 2 }).toEqual({ ...before, writes: undefined, messages: before.messages })
  expect(written).toBeGreaterThanOrEqual(before.writes)
  await end(request)
})

test('each delivery that was not taken is counted in the log by its reason', async () => {
  await world.latchkey().stop()
  const lines = (await readFile(world.files.log, 'utf8')).split('\n').filter((line) => line.includes('were not taken'))
  const counts: Record<string, number> = {}
  for (const line of lines) {
    for (const [why, number] of Object.entries(JSON.parse(line) as Record<string, unknown>)) {
      if (typeof number === 'number') counts[why] = (counts[why] ?? 0) + number
    }
  }
  const expected: Record<string, number> = {}
  for (const [, why] of forged) expected[why] = (expected[why] ?? 0) + 2 // each came again
  expect(counts).toMatchObject(expected)
  expect(counts['here before']).toBeGreaterThan(0)
})
