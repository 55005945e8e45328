import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { TeamsSimulator } from '../../src/simulator/teams/simulator.ts'
import { runProcess } from '../support/cli-process.ts'
import { eventually } from '../support/eventually.ts'
import { type FragileWorld, fragileWorld } from '../support/fragile-world.ts'
import { pressAndAnswer, untilSent } from '../support/hands.ts'
import type { RequestRecord } from '../support/records.ts'
import { runCli } from '../support/run-cli.ts'
import { orders, ordersApi, type Story, type Wish } from '../support/story.ts'
import { vaultTruth } from '../support/vault-truth.ts'

let fragile: FragileWorld
let teams: TeamsSimulator
let story: Story

beforeAll(async () => {
  fragile = await fragileWorld({
    chat: 'teams',
    durations: ['5s', '1h'],
    settings: { reconcile: { discoverEvery: '1h', driftEvery: '1h', wake: '1s', claim: '2s' } },
  })
  story = fragile.story
  if (!fragile.world.teams) throw new Error('this world has Teams')
  teams = fragile.world.teams
})
afterEach(() => {
  fragile.chat.heal()
  teams.faults.clear()
  teams.setSecretExpired(false)
})
afterAll(() => fragile?.stop())

const shortAccess = async () => {
  const { developer, owner } = story.cast
  const request = await story.approve(owner, await story.ask(developer, { length: '5 seconds' }))
  const { token } = await story.credential(developer, request)
  expect(await story.read(token)).toBe(200)
  return { request, token }
}
const longAccess = async () => {
  const { developer, owner } = story.cast
  const request = await story.approve(owner, await story.ask(developer, { length: '1 hour' }))
  await story.untilAllSay(request, 'Approved by')
  return request
}
const giveBack = async (request: RequestRecord) => {
  await story.press(story.cast.developer, request, 'Give back now')
  await story.untilState(request, 'ended')
}
const cancel = async (request: RequestRecord) => {
  await story.press(story.cast.developer, request, 'Cancel request')
  await story.untilAllSay(request, 'cancelled by')
}
/** Fills in the form, breaks something, and sends it. */
const askWhile = async (breakIt: () => void, wish: Wish = {}): Promise<RequestRecord> => {
  const { developer } = story.cast
  const before = story.records.newestOf('developer')?.id
  await story.openForm(developer, { length: '1 hour', ...wish })
  breakIt()
  await untilSent(developer.hands)
  const request = story.records.newestOf('developer')
  if (!request || request.id === before) throw new Error('no request was filed')
  return request
}
const mentions = (words: string): number =>
  teams.messages().filter((message) => teams.textOf(message).includes(words)).length
const status = async () => (await runCli(['status', '--config', fragile.world.files.config])).out
const untilStatus = (...words: string[]) => {
  let text = ''
  const isSo = async () => {
    text = await status()
    return words.every((each) => text.includes(each))
  }
  return eventually(isSo, { limit: 60_000, about: () => `status says ${words}, but: ${text}` })
}

describe('Teams goes away', () => {
  test('access ends on time all the same, and the cards say so when Teams is back', async () => {
    const { request, token } = await shortAccess()
    fragile.chat.breakDown('refuse')
    const ended = await story.untilState(request, 'ended')
    expect(ended.grant?.because).toBe('expired')
    expect(await story.read(token)).toBe(403)
    expect(story.copies(request).some((card) => story.textOf(card).includes(' ended '))).toBe(false)
    fragile.chat.heal()
    await story.untilAllSay(request, ' ended ', 'Its time was up')
  })

  test('a Latchkey that starts while Teams is away ends access on time, and connects when Teams is back', async () => {
    const { request, token } = await shortAccess()
    await fragile.world.kill()
    fragile.chat.breakDown('refuse')
    const starting = fragile.world.restart()
    await story.untilState(request, 'ended')
    expect((await vaultTruth(fragile.world)).policies).toEqual([])
    expect(await story.read(token)).toBe(403)
    fragile.chat.heal()
    await starting
    await story.untilAllSay(request, ' ended ', 'Its time was up')
  })

  test('a holder gives back while the connector and Entra leave every call waiting', async () => {
    const request = await longAccess()
    fragile.chat.breakDown('hang')
    await giveBack(request)
    expect((await vaultTruth(fragile.world)).policies).toEqual([])
    fragile.chat.heal()
    await story.untilAllSay(request, ' ended ')
  })

  test('a verdict that Teams does not vouch for is not taken, and not carried out later either', async () => {
    const { developer, owner } = story.cast
    const request = await story.ask(developer)
    await story.cardOf(request, 'owner', 'database-owner')
    teams.faults.hang('getConversationMember')
    const said = await story.hear(owner, () => story.press(owner, request, 'Approve'))
    expect(said).toContain('That did not work just now, and nothing was changed')
    expect(story.records.request(request.id)).toMatchObject({ state: 'pending', decisions: 0 })
    teams.faults.clear()
    await story.deny(owner, request, 'Asked and answered.')
  })

  test('decisions and ends go on while no message gets through, and the cards converge', async () => {
    const { developer, owner } = story.cast
    const request = await story.ask(developer, { length: '1 hour' })
    await story.untilAllSay(request, 'Waiting until')
    for (const method of ['sendToConversation', 'updateActivity']) teams.faults.hang(method, 1000)
    await story.approve(owner, request)
    await story.press(owner, request, 'Approve', { asSeen: true }) // nobody has taken the button away yet
    await runCli(['revoke', story.records.request(request.id).grant?.id ?? '', '--config', fragile.world.files.config])
    await story.untilState(request, 'ended')
    expect((await vaultTruth(fragile.world)).policies).toEqual([])
    expect(story.records.request(request.id).decisions).toBe(1)
    teams.faults.clear()
    fragile.chat.breakDown('refuse') // what hangs is cut
    fragile.chat.heal()
    await story.untilAllSay(request, ' ended ')
  })

  test('what a person does waits for no call but those that it needs', async () => {
    for (const method of ['token', 'openIdMetadata', 'keys']) teams.faults.hang(method, 100)
    await giveBack(await longAccess())
    expect(teams.faults.pending().map(({ times }) => times)).toEqual([100, 100, 100])
  })
})

describe('Entra gives out no token', () => {
  test('because it is away, or the secret has expired: ends go on, operators read what to do, the cards come', async () => {
    const { request, token } = await shortAccess()
    teams.faults.drop('token', 1000)
    teams.expireTokens()
    await story.untilState(request, 'ended')
    expect(await story.read(token)).toBe(403)
    await untilStatus('messages are not up to date yet')
    expect(await status()).not.toContain('REFUSED')

    teams.setSecretExpired(true)
    teams.faults.clear()
    await untilStatus('REFUSED by teams', 'AADSTS7000222', 'What to do: latchkey doctor')
    const environment = { TEAMS_APP_SECRET: fragile.world.teamsSecret }
    const doctor = await runProcess(['doctor', '--config', fragile.world.files.config], { environment })
    expect(doctor.out.replace(/\s+/g, ' ')).toContain('create another in Entra and put it in TEAMS_APP_SECRET')

    teams.setSecretExpired(false)
    await story.untilAllSay(request, ' ended ', 'Its time was up')
  })
})

describe('Teams does half of it', () => {
  test.each([
    ['asks for patience', () => teams.faults.rateLimit('sendToConversation', { times: 4, retryAfterSeconds: 1 })],
    ['is bad as a gateway', () => teams.faults.serverError('sendToConversation', 2)],
    ['is unavailable', () => teams.faults.error('sendToConversation', 'ServiceUnavailable', 2)],
    ['takes too long behind its gateway', () => teams.faults.error('sendToConversation', 'GatewayTimeout', 2)],
    ['does other things at once', () => teams.faults.error('sendToConversation', 'PreconditionFailed', 4)],
    ['cuts connections', () => teams.faults.drop('createConversation', 3)],
  ])('when it %s every card comes later, each once, and changes as well', async (words, breakIt) => {
    const reason = `asked while it ${words}`
    const request = await askWhile(breakIt, { reason })
    const copies = await story.untilAllSay(request, 'Waiting until')
    expect([...copies].sort()).toEqual(['owner database-owner', 'owner second-database-owner', 'requester developer'])
    expect(mentions(reason)).toBe(3)
    teams.faults.rateLimit('updateActivity', { times: 2, retryAfterSeconds: 1 })
    teams.faults.serverError('updateActivity', 2)
    await cancel(request)
  })

  test('when it asks for more patience than a card would have, the card waits as long as it asks', async () => {
    const asked = 6 // seconds; a card's own first pause is two
    let before = 0
    const request = await askWhile(() => {
      teams.faults.rateLimit('sendToConversation', { times: 3, retryAfterSeconds: asked })
      before = teams.calls('sendToConversation').length
    })
    await story.untilAllSay(request, 'Waiting until')
    const calls = teams.calls('sendToConversation').slice(before)
    expect(calls.map(({ status: code }) => code)).toEqual([429, 429, 429, 201, 201, 201])
    expect((calls[3]?.at ?? 0) - (calls[0]?.at ?? 0)).toBeGreaterThanOrEqual(asked * 1000)
    await cancel(request)
  })

  test('a message that Teams is slow to take holds up no other', async () => {
    const { developer } = story.cast
    const stuck = await askWhile(() => teams.faults.hang('sendToConversation'), { path: ordersApi })
    await eventually(() => teams.faults.pending().length === 0, { about: () => 'a card of the first one hangs' })
    const other = await story.ask(developer, { path: orders, length: '1 hour' })
    await story.untilAllSay(other, 'Waiting until')
    const shown = story.copies(stuck).filter((card) => story.textOf(card).includes('Waiting until'))
    expect(shown).toHaveLength(story.copies(stuck).length - 1)
    await story.untilAllSay(stuck, 'Waiting until')
    await cancel(stuck)
    await cancel(other)
  })

  test('a card whose posting was not confirmed comes twice, and the first, which is kept nowhere, sends to it', async () => {
    const { lead } = story.cast
    const reason = 'asked with an echo'
    const request = await askWhile(() => teams.faults.loseAnswer('sendToConversation', 2), { path: ordersApi, reason })
    await story.untilAllSay(request, 'Waiting until')
    expect(mentions('asked with an echo')).toBe(4)
    const cards = lead.hands.inbox().filter(({ text }) => text.includes('asked with an echo'))
    expect(cards).toHaveLength(2)
    const [first, second] = cards
    if (!first || !second) throw new Error('there is an echo')
    const said = await story.hear(lead, () => pressAndAnswer(lead.hands, first, 'Approve'))
    expect(said).toContain('Use the newest message about it')
    expect(story.records.request(request.id)).toMatchObject({ state: 'pending', decisions: 0 })
    await pressAndAnswer(lead.hands, second, 'Approve')
    await story.untilState(request, 'active')
    expect((await vaultTruth(fragile.world)).policies).toHaveLength(1)
    await giveBack(request)
  })

  test('a card whose message somebody deleted is let go, and the others go on', async () => {
    const { developer, owner } = story.cast
    const request = await story.ask(developer, { path: orders, length: '1 hour' })
    await story.untilAllSay(request, 'Waiting until')
    teams.faults.error('updateActivity', 'ActivityNotFoundInConversation')
    await story.approve(owner, request)
    await eventually(() => story.copies(request).filter(({ audience }) => audience !== 'access').length === 2, {
      about: () => 'two of the three cards are left',
    })
    await story.untilAllSay(request, 'Approved by')
    await giveBack(request)
  })

  test('a card that is too big for Teams is told to an operator, and the others go on', async () => {
    const request = await askWhile(() => teams.faults.error('sendToConversation', 'MessageSizeTooBig'))
    await untilStatus('REFUSED by teams', 'MessageSizeTooBig')
    await story.untilAllSay(request, 'Waiting until')
    await cancel(request)
  })
})
