import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { slackUsers } from '../../src/demo/example.ts'
import { startWorld, type World } from '../../src/demo/world.ts'
import { chat } from '../support/chat.ts'
import { eventually } from '../support/eventually.ts'
import { pressAndConfirm, untilTold } from '../support/hands.ts'
import { stageOf } from '../support/stage.ts'
import { orders, type Story, storyIn } from '../support/story.ts'

let world: World
let story: Story

beforeAll(async () => {
  world = await startWorld({
    chat,
    settings: { reconcile: { discoverEvery: '1h', driftEvery: '1h', wake: '1s', claim: '2s' } },
  })
  story = storyIn(world)
})
afterAll(() => world?.stop())

describe('an owner who looks for what to do', () => {
  test('finds it first in their list, decides there, and it waits for them no more', async () => {
    const { developer, owner, lead } = story.cast
    const request = await story.ask(developer, { reason: 'The orders queue is stuck.' })
    const list = await story.hear(owner, () => owner.hands.command('mine'))
    for (const words of ['Waits for you', orders, 'The orders queue is stuck.', '[Approve]', '[Deny]'])
      expect(list).toContain(words)
    expect(await story.hear(lead, () => lead.hands.command('mine'))).toContain('Nothing waits for you')

    await pressAndConfirm(owner.hands, await untilTold(owner.hands, 'Waits for you'), 'Approve')
    await untilTold(owner.hands, 'You approved it')
    await story.untilState(request, 'active')
    expect(await story.hear(owner, () => owner.hands.command('mine'))).toContain('Nothing waits for you')
    await story.press(developer, request, 'Give back now')
    await story.untilState(request, 'ended')
  })
})

describe('a requester who waits', () => {
  test('reads who can decide, reminds them once, and they decide in the reminder', async () => {
    const { developer, owner, secondOwner } = story.cast
    const request = await story.ask(developer)
    await story.untilAllSay(request, 'group databases')
    const card = (await story.cardOf(request, 'requester', developer.key)).text
    expect(card).toContain('If nobody decides in time')
    const before = new Map([owner, secondOwner].map((each) => [each, story.inbox(each)]))

    await story.press(developer, request, 'Remind them')
    for (const [each, seen] of before) await story.untilTold(each, 'Reminder: please decide', seen)
    await eventually(async () =>
      (await story.cardOf(request, 'requester', developer.key)).text.includes('You reminded'),
    )
    const said = await story.hear(developer, () => story.press(developer, request, 'Remind them'))
    expect(said).toContain('You can remind them again')
    expect(story.records.auditOf(request.id).filter(({ kind }) => kind === 'request-reminded')).toHaveLength(1)

    const reminder = await story.untilTold(secondOwner, 'Reminder: please decide')
    await pressAndConfirm(secondOwner.hands, reminder, 'Approve')
    await story.untilState(request, 'active')
    for (const each of [owner, secondOwner]) await story.untilTold(each, 'Nothing waits for you here any more')
  })
})

describe('somebody whom nobody has added', () => {
  test('asks the administrators, who paste the lines, and then the request works', async () => {
    const { newcomer, lead, owner } = story.cast
    const said = await story.hear(newcomer, () => newcomer.hands.command(`request ${orders}`))
    expect(said).toContain('engineers: [newcomer]')
    const answer = await untilTold(newcomer.hands, '[Ask the administrators]')
    const told = await story.hear(newcomer, () => newcomer.hands.press(answer, 'Ask the administrators'))
    expect(told).toContain('The lines went to')
    const { tenant, subject } = stageOf(world).accountOf(slackUsers.newcomer.id)
    const notice = (await story.untilTold(lead, 'Somebody asks to use Latchkey')).text
    expect(notice).toContain(`latchkey people add ${tenant}/${subject} `)
    expect(notice).toContain('--group engineers')

    const lines = notice.slice(notice.indexOf('people:'), notice.indexOf(']', notice.indexOf('groups:')) + 1)
    const added = parse(lines)
    const file = JSON.parse(await readFile(world.files.people, 'utf8'))
    Object.assign(file.people, added.people)
    file.groups.engineers.push(...added.groups.engineers)
    await writeFile(world.files.people, JSON.stringify(file))
    await eventually(() => story.records.audit().filter(({ kind }) => kind === 'directory-loaded').length === 2)

    const request = await story.ask({ ...newcomer, key: 'newcomer' })
    await story.deny(owner, request, 'This was only to see whether it works.')
  })
})
