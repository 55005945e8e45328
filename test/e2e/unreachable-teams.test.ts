import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { teamsChannel } from '../../src/demo/chats.ts'
import { channel } from '../../src/demo/example.ts'
import { startWorld, type World } from '../../src/demo/world.ts'
import type { TeamsHands } from '../../src/simulator/teams/person.ts'
import type { TeamsSimulator } from '../../src/simulator/teams/simulator.ts'
import { refusedText } from '../../src/views/copy-unreachable.ts'
import { eventually } from '../support/eventually.ts'
import { runCli } from '../support/run-cli.ts'
import { type Story, storyIn } from '../support/story.ts'

// People and channels that Teams refuses for good: who hears of it, and how it heals.

let world: World
let teams: TeamsSimulator
let story: Story
let owners: readonly TeamsHands[]

beforeAll(async () => {
  world = await startWorld({
    chat: 'teams',
    durations: ['1h'],
    settings: { reconcile: { discoverEvery: '1h', driftEvery: '1h', wake: '1s', claim: '5s' } },
    integration: { channel: channel.id },
  })
  if (!world.teams) throw new Error('this world has Teams')
  teams = world.teams
  story = storyIn(world)
  owners = [story.cast.owner, story.cast.secondOwner].map(({ hands }) => teams.person(hands.id))
})
afterEach(() => {
  teams.setAppDisabled(false)
  for (const { chat } of owners) teams.setConversation(chat, { hasApp: true, closed: undefined })
  teams.setConversation(teamsChannel.id, { hasApp: true, closed: undefined })
})
afterAll(() => world?.stop())

const status = async () => (await runCli(['status', '--config', world.files.config])).out
const saidOf = (code: string): string => {
  const { found, remedy } = refusedText(code)
  return `${found}. What to do: ${remedy}`
}
const untilStatus = async (about: string, check: (text: string) => boolean) => {
  let text = ''
  const isSo = async () => {
    text = await status()
    return check(text)
  }
  return eventually(isSo, { limit: 60_000, about: () => `status ${about}, but: ${text}` })
}

describe('owners who cannot be reached', () => {
  test.each([
    ['blocked Latchkey', (owner: TeamsHands) => owner.block(), 'account-blocked'],
    ['removed the app', (owner: TeamsHands) => owner.uninstall(), 'app-missing'],
    [
      'take no messages',
      ({ chat }: TeamsHands) => teams.setConversation(chat, { closed: 'MessageWritesBlocked' }),
      'account-closed',
    ],
    [
      'lost their conversation',
      ({ chat }: TeamsHands) => teams.setConversation(chat, { closed: 'ConversationNotFound' }),
      'conversation-unknown',
    ],
  ])('because they %s are told to an operator, others decide, and it heals when they are back', async (_, go, code) => {
    const { developer, owner, lead } = story.cast
    for (const each of owners) await go(each)
    const before = story.inbox(developer)
    const request = await story.ask(developer)
    const news = (await story.untilTold(developer, 'The owners cannot be reached', before)).text
    expect(news).toContain('The owners of the integration have been asked to decide instead.')
    const card = (await story.cardOf(request, 'owner', 'platform-lead')).text
    expect(card).toContain('because the others cannot be reached')
    await untilStatus('names both with what to do', (text) =>
      owners.every(({ oid }) => text.split('\n').some((line) => line.includes(oid) && line.includes(saidOf(code)))),
    )

    for (const each of owners) {
      each.unblock()
      await each.install()
    }
    await owner.hands.command('mine') // or an hour later
    await story.cardOf(request, 'owner', 'database-owner')
    await untilStatus('names that person no more', (text) => !text.includes(owner.hands.id))
    await story.approve(lead, request)
    await teams.person(story.cast.secondOwner.hands.id).say('mine')
    await story.press(developer, request, 'Give back now')
    await story.untilState(request, 'ended')
    await story.untilAllSay(request, ' ended ')
  })
})

test('while an administrator has disabled the app access ends, and everything is said once it is allowed again', async () => {
  const { developer, owner } = story.cast
  const request = await story.approve(owner, await story.ask(developer))
  const { token } = await story.credential(developer, request)
  await story.untilAllSay(request, 'Approved by')
  teams.setAppDisabled(true)
  const ended = await runCli([
    'revoke',
    request.grant?.id ?? '',
    '--reason',
    'it is over',
    '--config',
    world.files.config,
  ])
  expect(ended).toMatchObject({ code: 0 })
  await story.untilState(request, 'ended')
  expect(await story.read(token)).toBe(403)
  await untilStatus('says why', (text) => text.includes(saidOf('account-closed')))
  teams.setAppDisabled(false)
  await world.latchkey().stop()
  await world.restart() // or an hour later
  await story.untilAllSay(request, ' ended ')
})

test.each([
  ['has no app any more', { hasApp: false }, 'channel-closed'],
  ['takes no messages', { closed: 'MessageWritesBlocked' as const }, 'channel-closed'],
])('a channel that %s is named with what to do, asked rarely, and gets what it missed', async (_, change, code) => {
  const { developer } = story.cast
  teams.setConversation(teamsChannel.id, change)
  const request = await story.ask(developer)
  const isNamed = (text: string) => text.includes(`for ${teamsChannel.id} since`)
  await untilStatus('names the channel', (text) => isNamed(text) && text.includes(saidOf(code)))
  const tries = () =>
    teams.calls('sendToConversation').filter(({ args }) => args.conversation === teamsChannel.id).length
  const before = tries()
  await story.press(developer, request, 'Cancel request')
  await story.untilState(request, 'cancelled')
  expect(tries()).toBe(before)
  teams.setConversation(teamsChannel.id, { hasApp: true, closed: undefined })
  const next = await story.ask(developer) // whatever arrives there brings the rest
  await untilStatus('does not name it any more', (text) => !isNamed(text))
  const missed = await story.cardOf(request, 'channel', teamsChannel.id)
  expect(missed.text).toContain('cancelled by')
  await story.press(developer, next, 'Cancel request')
  await story.untilState(next, 'cancelled')
})
