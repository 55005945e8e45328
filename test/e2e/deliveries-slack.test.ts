import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startWorld, type World } from '../../src/demo/world.ts'
import { eventually } from '../support/eventually.ts'
import { billing, ordersApi, type Story, storyIn } from '../support/story.ts'
import { vaultTruth } from '../support/vault-truth.ts'

// What only Slack's wire can do: answers that are lost, forged signatures, deliveries that come twice.

let world: World
let story: Story
beforeAll(async () => {
  world = await startWorld({ integration: { requesters: ['group:engineers', 'group:platform'] } })
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

test('a refusal is audited even if Slack does not let it be told', async () => {
  const { developer, owner, lead } = story.cast
  const request = await story.ask(developer)
  const card = await story.cardOf(request, 'owner', 'database-owner')
  world.slack.faults.error('response_url', 'used_url', 5)
  await lead.hands.press(card, 'Approve', { asSeen: true })
  await untilRefused('platform-lead', 'foreign-message')
  world.slack.faults.clear()
  await story.deny(owner, request, 'Nobody else decided.')
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

test('a form that is sent three times at once is one request', async () => {
  const { developer } = story.cast
  await story.openForm(developer, { path: ordersApi })
  const before = story.records.requests().length
  const person = world.slack.person(developer.hands.id)
  const sent = [0, 1, 2].map((shiftSeconds) => person.submit({ shiftSeconds }))
  const answers = await Promise.all(sent)
  expect(answers.map(({ ok }) => ok)).toEqual([true, true, true])
  expect(story.records.requests()).toHaveLength(before + 1)
  const request = story.records.newestOf('developer')
  if (!request) throw new Error('no request was filed')
  await story.press(developer, request, 'Cancel request')
  await story.untilState(request, 'cancelled')
})

test('signed deliveries that are sent again do nothing', async () => {
  const { developer, owner } = story.cast
  const { slack } = world
  const from = slack.deliveries().length
  const request = await story.approve(owner, await story.ask(developer, { path: billing }))
  await story.link(developer, request)
  await story.untilAllSay(request, 'Approved by')
  const count = () => ({
    requests: story.records.requests().length,
    audit: story.records.audit().length,
    links: story.records.rows('SELECT id FROM fetch_links').length,
    dialogs: slack.calls('views.open').length,
    messages: slack.messages().length,
    revision: story.records.request(request.id).revision,
  })
  const before = count()
  const deliveries = slack.deliveries().slice(from)
  expect(deliveries.length).toBeGreaterThanOrEqual(4)
  const answers = await Promise.all([...deliveries, ...deliveries].map((delivery) => slack.replay(delivery)))
  expect(answers.every(({ body }) => body === '')).toBe(true)
  // What came after the replays has been worked on, so the replays have been as well.
  await story.hear(developer, () => developer.hands.command('status'))
  expect(count()).toEqual({ ...before, messages: before.messages + 1 })
  await story.press(developer, request, 'Give back now')
  await story.untilState(request, 'ended')
})
