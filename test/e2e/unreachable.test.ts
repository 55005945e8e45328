import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { channel, slackUsers, team } from '../../src/demo/example.ts'
import { startWorld, type World } from '../../src/demo/world.ts'
import { eventually } from '../support/eventually.ts'
import { runCli } from '../support/run-cli.ts'
import { ordersApi, type Story, storyIn } from '../support/story.ts'

// People and channels that Slack refuses for good: who hears of it, and how it heals.

let world: World
let story: Story
const { databaseOwner, secondDatabaseOwner, platformLead } = slackUsers

beforeAll(async () => {
  world = await startWorld({
    durations: ['1h'],
    settings: { reconcile: { discoverEvery: '1h', driftEvery: '1h', wake: '1s', claim: '5s', accountsEvery: '1s' } },
    integration: { channel: channel.id },
  })
  story = storyIn(world)
})
afterEach(async () => {
  const left = story.records.newestOf('developer')
  if (left?.state === 'pending') await story.press(story.cast.developer, left, 'Cancel request')
  if (left?.state === 'pending') await story.untilState(left, 'cancelled')
  for (const { id } of Object.values(slackUsers)) world.slack.setUser(id, { deleted: false })
  world.slack.setChannel(channel.id, { isArchived: false, hasApp: true })
})
afterAll(() => world?.stop())

const leave = (...people: { readonly id: string }[]) => {
  for (const { id } of people) world.slack.setUser(id, { deleted: true })
}
const status = async () => (await runCli(['status', '--config', world.files.config])).out
const untilStatus = async (about: string, check: (text: string) => boolean) => {
  let text = ''
  const isSo = async () => {
    text = await status()
    return check(text)
  }
  return eventually(isSo, { limit: 60_000, about: () => `status ${about}, but: ${text}` })
}

describe('a request whose owners have all left Slack', () => {
  test('after they had got it goes on to others all the same', async () => {
    const { developer, lead } = story.cast
    const request = await story.ask(developer)
    await story.cardOf(request, 'owner', 'database-owner')
    await story.cardOf(request, 'owner', 'second-database-owner')
    leave(databaseOwner, secondDatabaseOwner)
    await story.cardOf(request, 'owner', 'platform-lead')
    await story.untilTold(developer, 'The owners cannot be reached')
    await story.deny(lead, request, 'Ask again next week.')
    await untilStatus('has no trouble with that card any more', (text) => !text.includes(`(${databaseOwner.id}) since`))
  })

  test('goes to the owners of the integration, who may decide; the requester is told who cannot be reached', async () => {
    const { developer, lead } = story.cast
    leave(databaseOwner, secondDatabaseOwner)
    const before = story.inbox(developer)
    const request = await story.ask(developer)
    const news = (await story.untilTold(developer, 'The owners cannot be reached', before)).text
    const why = 'the account is deactivated'
    expect(news).toContain(`Database owner (${why}), Second database owner (${why})`)
    expect(news).toContain('The owners of the integration have been asked to decide instead.')
    await story.untilTold(lead, 'The owners cannot be reached')
    const card = (await story.cardOf(request, 'owner', 'platform-lead')).text
    expect(card).toContain('because the others cannot be reached')
    await story.approve(lead, request)
    await story.press(developer, request, 'Give back now')
    await story.untilState(request, 'ended')
  })

  test('is told to an operator by name with what to do, and heals when they are back', async () => {
    const { developer } = story.cast
    leave(databaseOwner, secondDatabaseOwner)
    const request = await story.ask(developer)
    await untilStatus('names both', (text) =>
      [databaseOwner, secondDatabaseOwner].every(({ id }) => text.includes(`(${id}) since`)),
    )
    expect(await status()).toContain('the account is deactivated. What to do: remove the person from the people file')
    world.slack.setUser(databaseOwner.id, { deleted: false })
    await world.latchkey().stop()
    await world.restart() // or an hour later
    await story.cardOf(request, 'owner', 'database-owner')
    await untilStatus('has the other one alone', (text) => !text.includes(databaseOwner.id) && text.includes('REFUSED'))
    await story.deny(story.cast.owner, request, 'Not needed any more.')
  })

  test('and that nobody else can decide is told once, to the requester', async () => {
    const { developer } = story.cast
    leave(databaseOwner, secondDatabaseOwner, platformLead)
    const before = story.inbox(developer)
    const request = await story.ask(developer)
    await story.untilTold(developer, 'Nobody else may decide', before)
    await untilStatus('says why', (text) => text.includes(`(${platformLead.id}) since`))
    expect(await status()).not.toContain('there is no such account')
    await story.press(developer, request, 'Cancel request')
    await story.untilState(request, 'cancelled')
    const told = developer.hands.inbox().filter(({ id }) => !before.has(id))
    expect(told.filter(({ text }) => text.includes('Nobody else may decide'))).toHaveLength(1)
  })

  test('goes to those who join the owners afterwards', async () => {
    const { developer } = story.cast
    const before = await readFile(world.files.people, 'utf8')
    leave(platformLead)
    const request = await story.ask(developer, { path: ordersApi })
    await story.untilTold(developer, 'Nobody else may decide')
    const people = JSON.parse(before)
    people.people.newcomer = { name: 'Newcomer', slack: [`${team.id}/${slackUsers.newcomer.id}`] }
    people.groups.platform.push('newcomer')
    await writeFile(world.files.people, JSON.stringify(people))
    await story.cardOf(request, 'owner', 'newcomer')
    await story.deny(story.cast.newcomer, request, 'Not needed any more.')
    await writeFile(world.files.people, before)
  })
})

describe('a channel that is archived or that the app was removed from', () => {
  test.each([
    ['archived', { isArchived: true }, 'the channel is archived'],
    ['left', { hasApp: false }, 'Latchkey may not write in the channel'],
  ])('is named with what to do, asked rarely, and gets what it missed: %s', async (_, change, words) => {
    const { developer } = story.cast
    world.slack.setChannel(channel.id, change)
    const request = await story.ask(developer)
    await untilStatus('names the channel', (text) => text.includes(`for ${channel.id} since`) && text.includes(words))
    const tries = () =>
      world.slack.calls('chat.postMessage').filter(({ args }) => JSON.stringify(args).includes(channel.id)).length
    const before = tries()
    await story.press(developer, request, 'Cancel request')
    await story.untilState(request, 'cancelled')
    expect(tries()).toBe(before)
    world.slack.setChannel(channel.id, { isArchived: false, hasApp: true })
    const next = await story.ask(developer) // whatever arrives there brings the rest
    await untilStatus('does not name it any more', (text) => !text.includes(`for ${channel.id} since`))
    const missed = await story.cardOf(request, 'channel', channel.id)
    expect(missed.text).toContain('cancelled by')
    await story.press(developer, next, 'Cancel request')
    await story.untilState(next, 'cancelled')
  })
})
