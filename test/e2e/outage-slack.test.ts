import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { type FragileWorld, fragileWorld } from '../support/fragile-world.ts'
import { pressAndAnswer } from '../support/hands.ts'
import { orders, ordersApi, type Story } from '../support/story.ts'
import { vaultTruth } from '../support/vault-truth.ts'

let fragile: FragileWorld
let story: Story

beforeAll(async () => {
  fragile = await fragileWorld({
    durations: ['5s', '1h'],
    settings: { reconcile: { discoverEvery: '1h', driftEvery: '1h', wake: '1s', claim: '2s' } },
  })
  story = fragile.story
})
afterEach(() => {
  fragile.chat.heal()
  fragile.world.slack.faults.clear()
})
afterAll(() => fragile?.stop())

const shortAccess = async () => {
  const { developer, owner } = story.cast
  const request = await story.approve(owner, await story.ask(developer, { length: '5 seconds' }))
  const { token } = await story.credential(developer, request)
  expect(await story.read(token)).toBe(200)
  return { request, token }
}
const untilGoneAtVault = () =>
  eventually(async () => (await vaultTruth(fragile.world)).policies.length === 0, { about: () => 'the policy is gone' })

describe('Slack goes away', () => {
  test('access ends on time all the same, and the cards say so when Slack is back', async () => {
    const { request, token } = await shortAccess()
    fragile.chat.breakDown('refuse')
    const ended = await story.untilState(request, 'ended')
    expect(ended.grant?.because).toBe('expired')
    expect(await story.read(token)).toBe(403)
    expect(story.copies(request).some((card) => story.textOf(card).includes(' ended '))).toBe(false)
    fragile.chat.heal()
    await story.untilAllSay(request, ' ended ', 'Its time was up')
  })

  test('a Latchkey that starts while Slack is away ends access on time, and connects when Slack is back', async () => {
    const { request, token } = await shortAccess()
    await fragile.world.kill()
    fragile.chat.breakDown('refuse')
    const starting = fragile.world.restart()
    await untilGoneAtVault()
    await story.untilState(request, 'ended')
    expect(await story.read(token)).toBe(403)
    fragile.chat.heal()
    await starting
    await story.untilAllSay(request, ' ended ', 'Its time was up')
  })

  test('a verdict that Slack does not vouch for is not taken, and not carried out later either', async () => {
    const { developer, owner } = story.cast
    const request = await story.ask(developer)
    await story.cardOf(request, 'owner', 'database-owner')
    fragile.world.slack.faults.hang('users.info')
    const said = await story.hear(owner, () => story.press(owner, request, 'Approve'))
    expect(said).toContain('That did not work just now, and nothing was changed')
    expect(story.records.request(request.id)).toMatchObject({ state: 'pending', decisions: 0 })
    fragile.world.slack.faults.clear()
    await story.deny(owner, request, 'Asked and answered.')
  })

  test('what a person does waits for no call but those that it needs', async () => {
    const { developer, owner } = story.cast
    fragile.world.slack.faults.hang('auth.test', 100) // who the bot is has been asked at the start
    const request = await story.approve(owner, await story.ask(developer, { length: '1 hour' }))
    await story.press(developer, request, 'Give back now')
    await story.untilState(request, 'ended')
    expect(fragile.world.slack.faults.pending()).toMatchObject([{ method: 'auth.test', times: 100 }])
  })
})

describe('Slack does half of it', () => {
  test('when it asks for patience every card comes later, each once', async () => {
    const { developer, owner } = story.cast
    const { faults } = fragile.world.slack
    faults.rateLimit('chat.postMessage', { times: 4, retryAfterSeconds: 1 })
    faults.rateLimit('chat.update', { times: 3, retryAfterSeconds: 1 })
    const request = await story.ask(developer, { length: '1 hour', reason: 'asked in a rush' })
    const copies = await story.untilAllSay(request, 'Waiting until')
    expect([...copies].sort()).toEqual(['owner database-owner', 'owner second-database-owner', 'requester developer'])
    expect(mentions('asked in a rush')).toBe(3)
    await story.approve(owner, request)
    await story.untilAllSay(request, 'Approved by')
    await story.press(developer, request, 'Give back now')
    await story.untilState(request, 'ended')
    await story.untilAllSay(request, ' ended ')
  })

  test('when it asks for more patience than a card would have, the card waits as long as it asks', async () => {
    const { developer } = story.cast
    const { slack } = fragile.world
    const asked = 6 // seconds; a card's own first pause is two
    slack.faults.rateLimit('chat.postMessage', { times: 3, retryAfterSeconds: asked })
    const before = slack.calls('chat.postMessage').length
    const request = await story.ask(developer, { length: '1 hour' })
    await story.untilAllSay(request, 'Waiting until')
    const calls = slack.calls('chat.postMessage').slice(before)
    expect(calls.map(({ status }) => status)).toEqual([429, 429, 429, 200, 200, 200])
    const [first, , , fourth] = calls
    expect((fourth?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(asked * 1000)
    await story.press(developer, request, 'Cancel request')
    await story.untilAllSay(request, 'cancelled by')
  })

  test('a message that Slack is slow to take holds up no other', async () => {
    const { developer } = story.cast
    fragile.world.slack.faults.hang('chat.postMessage')
    const stuck = await story.ask(developer, { path: ordersApi, length: '1 hour' })
    const other = await story.ask(developer, { path: orders, length: '1 hour' })
    await story.untilAllSay(other, 'Waiting until')
    const shown = story.copies(stuck).filter((card) => story.textOf(card).includes('Waiting until'))
    expect(shown).toHaveLength(story.copies(stuck).length - 1)
    fragile.chat.breakDown('refuse') // the line is cut, and the message goes out again
    fragile.chat.heal()
    await story.untilAllSay(stuck, 'Waiting until')
    await story.press(developer, stuck, 'Cancel request')
    await story.press(developer, other, 'Cancel request')
    for (const each of [stuck, other]) await story.untilAllSay(each, 'cancelled by')
  })

  test('a card whose posting was not confirmed comes twice, and the first, which is kept nowhere, sends to it', async () => {
    const { developer, lead } = story.cast
    fragile.world.slack.faults.loseAnswer('chat.postMessage', 2)
    const request = await story.ask(developer, { path: ordersApi, length: '1 hour', reason: 'asked with an echo' })
    await story.untilAllSay(request, 'Waiting until')
    const cards = lead.hands.inbox().filter(({ text }) => text.includes('asked with an echo'))
    expect(cards.length).toBeGreaterThanOrEqual(2)
    const [first, second] = cards
    if (!first || !second) throw new Error('there is an echo')
    const said = await story.hear(lead, () => pressAndAnswer(lead.hands, first, 'Approve'))
    expect(said).toContain('Use the newest message about it')
    expect(story.records.request(request.id)).toMatchObject({ state: 'pending', decisions: 0 })
    await pressAndAnswer(lead.hands, second, 'Approve')
    await story.untilState(request, 'active')
    expect((await vaultTruth(fragile.world)).policies).toHaveLength(1)
    await story.press(developer, request, 'Give back now')
    await story.untilState(request, 'ended')
  })

  test('a card whose message somebody deleted is let go, and the others go on', async () => {
    const { developer, owner } = story.cast
    const request = await story.ask(developer, { path: orders, length: '1 hour' })
    await story.untilAllSay(request, 'Waiting until')
    fragile.world.slack.faults.error('chat.update', 'message_not_found')
    await story.approve(owner, request)
    await eventually(() => story.copies(request).filter(({ audience }) => audience !== 'access').length === 2, {
      about: () => 'two of the three cards are left',
    })
    await story.untilAllSay(request, 'Approved by')
    const [card] = story.copies(request).filter(({ audience }) => audience === 'access')
    expect(card).toBeDefined()
    await story.press(developer, request, 'Give back now')
    await story.untilState(request, 'ended')
  })
})

const mentions = (words: string): number =>
  fragile.world.slack.messages().filter((message) => fragile.world.slack.textOf(message).includes(words)).length
