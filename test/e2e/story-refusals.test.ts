import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { team } from '../../src/demo/example.ts'
import { startWorld, type World } from '../../src/demo/world.ts'
import type { SimulatedUser } from '../../src/simulator/slack/people.ts'
import { eventually } from '../support/eventually.ts'
import { pressAndAnswer } from '../support/hands.ts'
import { type Actor, ordersApi, type Story, storyIn } from '../support/story.ts'
import { vaultTruth } from '../support/vault-truth.ts'

let world: World
let story: Story

const outsiders: readonly SimulatedUser[] = [
  { id: 'U0GUEST', name: 'guest', realName: 'Guest', isRestricted: true },
  { id: 'U0SINGLE', name: 'single', realName: 'Guest of one channel', isUltraRestricted: true },
  { id: 'U0LEAVER', name: 'leaver', realName: 'Leaver', deleted: true },
  { id: 'U0PARTNER', name: 'partner', realName: 'Partner', isStranger: true, teamId: 'T0OTHER' },
]

beforeAll(async () => {
  const people = outsiders.map(({ id, name, realName }) => [name, { name: realName, slack: [`${team.id}/${id}`] }])
  world = await startWorld({
    integration: { requesters: ['group:engineers', 'group:platform'] },
    more: {
      users: outsiders,
      people: Object.fromEntries(people),
      groups: { engineers: ['developer', 'database-owner', ...outsiders.map(({ name }) => name)] },
    },
  })
  story = storyIn(world)
})
afterAll(() => world?.stop())

/** Waits until these are the codes of the newest audited refusals of this person. */
const untilRefused = (key: string, ...codes: string[]) =>
  eventually(
    () => {
      const rows = story.records.audit().filter(({ kind, actor }) => kind === 'refused' && actor.id === key)
      const newest = rows.slice(-codes.length).map(({ detail }) => detail.code)
      return JSON.stringify(newest) === JSON.stringify(codes)
    },
    { about: () => `${key} is refused: ${codes}` },
  )

const untilDialogSays = ({ hands }: Actor, words: string) =>
  eventually(() => JSON.stringify(hands.view() ?? '').includes(words), {
    limit: 20_000,
    about: () => `it says ${words}`,
  })

describe('who may not ask', () => {
  test('a stranger is refused with the lines that an administrator needs, and the audit names the account', async () => {
    const { newcomer } = story.cast
    const said = await story.hear(newcomer, () => newcomer.hands.command('request orders database'))
    expect(said).toContain('Latchkey does not know you yet')
    expect(said).toContain('people:')
    expect(said).toContain(`slack: [${team.id}/${newcomer.hands.id}]`)
    expect(said).toContain('engineers: [newcomer]')
    const refused = await eventually(() => story.records.audit().find(({ kind }) => kind === 'refused'))
    expect(refused.actor).toEqual({ kind: 'stranger', platform: 'slack', tenant: team.id, subject: newcomer.hands.id })
    expect(refused.detail).toEqual({ code: 'unknown-person' })
  })

  test('somebody who is in the people file but not among the requesters is told so', async () => {
    const { secondOwner } = story.cast
    const said = await story.hear(secondOwner, () => secondOwner.hands.command('request orders database'))
    expect(said).toContain('You may not request anything here')
    await untilRefused('second-database-owner', 'not-a-requester')
  })

  test.for([
    ['guest', 'Guests cannot use Latchkey'],
    ['single', 'Guests cannot use Latchkey'],
    ['leaver', 'This account is deactivated'],
    ['partner', 'People of another organisation cannot use Latchkey'],
  ] as const)('the %s gets no form, although the people file names them', async ([key, words]) => {
    const actor = story.actor(outsiders.find(({ name }) => name === key)?.id ?? '', key)
    await actor.hands.command('request orders database')
    await untilDialogSays(actor, words)
    await untilRefused(key, 'not-admitted')
    expect(story.records.newestOf(key)).toBeUndefined()
  })

  test('a request on which nobody but its requester could decide is refused with the reason, and audited', async () => {
    const { lead } = story.cast
    const answer = await story.tryToAsk(lead, { path: ordersApi })
    expect(answer.closed).toBe(false)
    expect(answer.errors.What).toContain('Only you could decide on this')
    await lead.hands.closeView()
    expect(story.records.newestOf('platform-lead')).toBeUndefined()
    await untilRefused('platform-lead', 'nobody-to-decide')
  })

  test('the same wish cannot be asked for twice', async () => {
    const { developer, owner } = story.cast
    const request = await story.ask(developer)
    const said = await story.hear(developer, async () => {
      expect((await story.tryToAsk(developer)).closed).toBe(true)
    })
    expect(said).toContain('You already asked for exactly this')
    expect(said).toContain('[Cancel request]')
    await story.deny(owner, request, 'Once is enough.')
  })
})

describe('who may not decide', () => {
  test('an owner who asks gets no card to decide on, and another owner’s buttons do nothing in their hands', async () => {
    const { owner, secondOwner } = story.cast
    const request = await story.ask(owner)
    const copies = await story.untilAllSay(request, 'Waiting until')
    expect([...copies].sort()).toEqual(['owner second-database-owner', 'requester database-owner'])

    const foreign = await story.cardOf(request, 'owner', 'second-database-owner')
    for (const button of ['Approve', 'Deny']) {
      const said = await story.hear(owner, () => pressAndAnswer(owner.hands, foreign, button, { asSeen: true }))
      expect(said).toContain('Latchkey does not update this message for you')
    }
    expect(owner.hands.view()).toBeUndefined()
    await untilRefused('database-owner', 'foreign-message', 'foreign-message')
    expect(story.records.request(request.id)).toMatchObject({ state: 'pending', decisions: 0 })
    await story.deny(secondOwner, request, 'Another owner decides.')
  })

  test('whoever is not an owner is refused on a signed click with an owner’s button', async () => {
    const { developer, owner, lead } = story.cast
    const request = await story.ask(developer)
    const card = await story.cardOf(request, 'owner', 'database-owner')
    for (const outsider of [developer, lead]) {
      const said = await story.hear(outsider, () => pressAndAnswer(outsider.hands, card, 'Approve', { asSeen: true }))
      expect(said).toContain('Latchkey does not update this message for you')
    }
    await untilRefused('platform-lead', 'foreign-message')
    expect(story.records.request(request.id)).toMatchObject({ state: 'pending', decisions: 0 })
    await story.deny(owner, request, 'Nobody else decided.')
  })

  test('a refusal is audited even if Slack does not let it be told', async () => {
    const { developer, owner, lead } = story.cast
    const request = await story.ask(developer)
    const card = await story.cardOf(request, 'owner', 'database-owner')
    world.slack.faults.error('response_url', 'used_url', 5)
    await lead.hands.press(card, 'Approve', { asSeen: true })
    await untilRefused('platform-lead', 'foreign-message', 'foreign-message')
    world.slack.faults.clear()
    await story.deny(owner, request, 'Nobody else decided.')
  })

  test('an owner whose account became a guest’s since the card was posted decides nothing', async () => {
    const { developer, owner, secondOwner } = story.cast
    const request = await story.ask(developer)
    world.slack.setUser(owner.hands.id, { isRestricted: true })
    const said = await story.hear(owner, () => story.press(owner, request, 'Approve'))
    expect(said).toContain('Guests cannot use Latchkey')
    world.slack.setUser(owner.hands.id, { isRestricted: false })
    expect(story.records.request(request.id)).toMatchObject({ state: 'pending', decisions: 0 })
    await story.deny(secondOwner, request, 'Back to normal.')
  })

  test('nobody but the requester gets a link or gives the access back, whatever button they press', async () => {
    const { developer, owner, newcomer, lead } = story.cast
    const request = await story.approve(owner, await story.ask(developer))
    const card = await story.cardOf(request, 'access', 'developer')
    for (const outsider of [owner, lead]) {
      const said = await story.hear(outsider, () =>
        outsider.hands.press(card, 'Get my one-time link', { asSeen: true }),
      )
      expect(said).toContain('Latchkey does not update this message for you')
    }
    const stranger = await story.hear(newcomer, () => newcomer.hands.press(card, 'Give back now', { asSeen: true }))
    expect(stranger).toContain('Latchkey does not know you yet')
    expect(story.records.request(request.id).grant?.state).toBe('active')
    await story.press(developer, request, 'Give back now')
    await story.untilState(request, 'ended')
  })
})

describe('deliveries that Slack did not make now', () => {
  test.for([
    ['a wrong signature', { signature: 'wrong' }],
    ['no signature', { signature: 'missing' }],
    ['a time of six minutes ago', { shiftSeconds: -360 }],
    ['a time in six minutes', { shiftSeconds: 360 }],
  ] as const)('an approval with %s changes nothing', async ([, how]) => {
    const { developer, owner } = story.cast
    const request = await story.ask(developer)
    const { id, conversation } = await story.cardOf(request, 'owner', 'database-owner')
    const person = world.slack.person(owner.hands.id)
    const card = person.messages(conversation).find(({ ts }) => ts === id)
    const answer = card && (await person.click(card, 'Approve', how))
    expect(answer).toMatchObject({ ok: false, status: 401 })
    expect(story.records.request(request.id)).toMatchObject({ state: 'pending', decisions: 0 })
    await story.press(developer, request, 'Cancel request')
    await story.untilState(request, 'cancelled')
    expect((await vaultTruth(world)).policies).toEqual([])
  })
})
