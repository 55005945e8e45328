import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { slackUsers, team } from '../../src/demo/example.ts'
import { startWorld, type World } from '../../src/demo/world.ts'
import type { SimulatedUser } from '../../src/simulator/slack/people.ts'
import { chat } from '../support/chat.ts'
import { eventually } from '../support/eventually.ts'
import { pressAndAnswer } from '../support/hands.ts'
import { isWhere, stageOf } from '../support/stage.ts'
import { type Actor, ordersApi, type Story, storyIn } from '../support/story.ts'

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
    chat,
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
      const rows = story.records
        .audit()
        .filter(({ kind, actor }) => kind === 'refused' && (actor.id ?? actor.subject) === key)
      const newest = rows.slice(-codes.length).map(({ detail }) => detail.code)
      return JSON.stringify(newest) === JSON.stringify(codes)
    },
    { about: () => `${key} is refused: ${codes}` },
  )

/** In the dialog, or in private where none opened. */
const untilDialogSays = ({ hands }: Actor, words: string) =>
  eventually(() => JSON.stringify([hands.view() ?? '', hands.whispers().at(-1)?.text]).includes(words), {
    limit: 60_000,
    about: () => `it says ${words}`,
  })

describe('who may not ask', () => {
  test('a stranger is refused with the lines that an administrator needs, and the audit names the account', async () => {
    const { newcomer } = story.cast
    const said = await story.hear(newcomer, () => newcomer.hands.command('request orders database'))
    expect(said).toContain('Latchkey does not know you yet')
    expect(said).toContain('people:')
    const { platform, tenant, subject } = stageOf(world).accountOf(slackUsers.newcomer.id)
    expect(said).toContain(`${platform}: [${tenant}/${subject}]`)
    expect(said).toContain('engineers: [newcomer]')
    const refused = await eventually(() => story.records.audit().find(({ kind }) => kind === 'refused'))
    expect(refused.actor).toEqual({ kind: 'stranger', platform, tenant, subject })
    expect(refused.detail).toEqual({ code: 'unknown-person' })
  })

  test('somebody who is in the people file but not among the requesters is told so', async () => {
    const { secondOwner } = story.cast
    const said = await story.hear(secondOwner, () => secondOwner.hands.command('request orders database'))
    expect(said).toContain('You may not request anything here')
    await untilRefused('second-database-owner', 'not-a-requester')
  })

  const guests = 'Guests cannot use Latchkey'
  const refusedInSlack = [
    ['guest', guests],
    ['single', guests],
    ['leaver', 'This account is deactivated'],
    ['partner', 'People of another organisation cannot use Latchkey'],
  ] as const
  // Nobody acts with a deactivated account in Teams; a person of another tenant names that tenant.
  const refusedInTeams = [
    ['guest', guests],
    ['partner', 'Latchkey does not serve the organisation of this account'],
  ] as const
  test.for([...(chat === 'slack' ? refusedInSlack : refusedInTeams)])(
    'the %s gets no form, although the people file names them',
    async ([key, words]) => {
      const id = outsiders.find(({ name }) => name === key)?.id ?? ''
      const actor = story.actor(id, key)
      await actor.hands.command('request orders database')
      await untilDialogSays(actor, words)
      // Without a look into the people file, an account of another tenant is nobody's.
      await untilRefused(
        chat !== 'slack' && key === 'partner' ? stageOf(world).accountOf(id).subject : key,
        'not-admitted',
      )
      expect(story.records.newestOf(key)).toBeUndefined()
    },
  )

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
    for (const outsider of [developer, lead].filter(isWhere(card))) {
      const said = await story.hear(outsider, () => pressAndAnswer(outsider.hands, card, 'Approve', { asSeen: true }))
      expect(said).toContain('Latchkey does not update this message for you')
    }
    await untilRefused('platform-lead', 'foreign-message')
    expect(story.records.request(request.id)).toMatchObject({ state: 'pending', decisions: 0 })
    await story.deny(owner, request, 'Nobody else decided.')
  })

  test('an owner whose account became a guest’s since the card was posted decides nothing', async () => {
    const { developer, owner, secondOwner } = story.cast
    const request = await story.ask(developer)
    stageOf(world).setGuest(slackUsers.databaseOwner.id, true)
    const said = await story.hear(owner, () => story.press(owner, request, 'Approve'))
    expect(said).toContain('Guests cannot use Latchkey')
    stageOf(world).setGuest(slackUsers.databaseOwner.id, false)
    expect(story.records.request(request.id)).toMatchObject({ state: 'pending', decisions: 0 })
    await story.deny(secondOwner, request, 'Back to normal.')
  })

  test('nobody but the requester gets a link or gives the access back, whatever button they press', async () => {
    const { developer, owner, newcomer, lead } = story.cast
    const request = await story.approve(owner, await story.ask(developer))
    const card = await story.cardOf(request, 'access', 'developer')
    for (const outsider of [owner, lead].filter(isWhere(card))) {
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
