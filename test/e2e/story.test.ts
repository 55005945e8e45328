import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { channel } from '../../src/demo/example.ts'
import { startWorld, type World } from '../../src/demo/world.ts'
import { chat } from '../support/chat.ts'
import { eventually } from '../support/eventually.ts'
import { pressAndAnswer, type SeenMessage, untilView } from '../support/hands.ts'
import { isWhere } from '../support/stage.ts'
import { billing, orders, type Story, storyIn } from '../support/story.ts'
import { untilNothingIsOrphaned, vaultTruth } from '../support/vault-truth.ts'

let world: World
let story: Story
const short = '8 seconds'
const hour = '1 hour'
const halfMinute = '30 seconds'

beforeAll(async () => {
  world = await startWorld({
    chat,
    durations: ['8s', '30s', '1h'],
    integration: { channel: channel.id },
    // Nothing may wait for the next look at the database: each step has to wake the one after it.
    settings: { reconcile: { discoverEvery: '5s', driftEvery: '10s', wake: '10m', claim: '30s' } },
  })
  story = storyIn(world)
})
afterAll(() => world?.stop())

const everyCopy = () => [
  `channel ${world.channel.id}`,
  'owner database-owner',
  'owner second-database-owner',
  'requester developer',
]
const withAccess = () => ['access developer', ...everyCopy()]

/** An approved request of the developer with the credential fetched, seen to open what was asked for and no more. */
const accessWithCredential = async (length: string) => {
  const { developer, owner } = story.cast
  const asked = await story.ask(developer, { length })
  const request = await story.approve(owner, asked)
  const { token } = await story.credential(developer, request)
  expect(await story.read(token, orders)).toBe(200)
  expect(await story.read(token, billing)).toBe(403)
  return { request, token }
}

describe('from a request to a credential', () => {
  test('every owner, the channel and the requester get a card, and the requester’s has no verdict to give', async () => {
    const { developer, owner } = story.cast
    const request = await story.ask(developer, { reason: 'The orders queue is stuck.' })
    const copies = await story.untilAllSay(request, 'Waiting until', 'The orders queue is stuck.', orders)
    expect([...copies].sort()).toEqual(everyCopy())
    const cards = story.copies(request)
    const withVerdict = cards.filter((card) => story.textOf(card).includes('[Approve]'))
    expect(withVerdict.map(({ audience }) => audience).sort()).toEqual(['channel', 'owner', 'owner'])
    await story.deny(owner, request, 'Only a look at the cards.')
  })

  test('an approval tells the requester in a new message, edits every copy, and the credential opens only what was asked for', async () => {
    const { developer, owner } = story.cast
    const asked = await story.ask(developer, { length: hour })
    const before = story.inbox(developer)
    const request = await story.approve(owner, asked)
    await story.untilTold(developer, 'Get my one-time link', before)
    const copies = await story.untilAllSay(request, 'Approved by')
    expect([...copies].sort()).toEqual(withAccess())

    const { token } = await story.credential(developer, request)
    expect([await story.read(token, orders), await story.read(token, billing)]).toEqual([200, 403])
    const { policies, armed } = await vaultTruth(world)
    expect({ policies, armed }).toEqual({ policies: story.records.request(request.id).grant?.policies, armed: [] })
    await story.press(developer, request, 'Give back now')
    await story.untilState(request, 'ended')
  })

  test('an owner may decide on the channel’s card as well, and somebody who is none may not', async () => {
    const { developer, owner, lead } = story.cast
    const request = await story.ask(developer, { length: hour })
    const card = await story.cardOf(request, 'channel', world.channel.id)
    for (const other of [developer, lead].filter(isWhere(card))) {
      const said = await story.hear(other, () => other.hands.press(card, 'Approve'))
      expect(said).toMatch(other === developer ? /your own request/ : /Only the owners of this resource/)
    }
    await pressAndAnswer(owner.hands, card, 'Approve')
    await story.untilState(request, 'active')
    await story.press(developer, request, 'Give back now')
    await story.untilState(request, 'ended')
  })

  test('pressing the button again gives a new link and ends the credential before', async () => {
    const { developer } = story.cast
    const { request, token } = await accessWithCredential(hour)
    const second = await story.credential(developer, request)
    expect([await story.read(token), await story.read(second.token)]).toEqual([403, 200])
    await story.press(developer, request, 'Give back now')
    await story.untilRefused(second.token)
    await story.untilState(request, 'ended')
  })
})

describe('every end', () => {
  test('access ends by itself when its time is up', async () => {
    const { request, token } = await accessWithCredential(short)
    const ended = await story.untilState(request, 'ended')
    expect(ended.grant?.because).toBe('expired')
    expect(await story.read(token)).toBe(403)
    expect([...(await story.untilAllSay(request, ' ended ', 'Its time was up'))].sort()).toEqual(withAccess())
    await untilNothingIsOrphaned(world, story.records)
  })

  test('its holder is told before it, asks for more with one press, and is told at the end that the newer one goes on', async () => {
    const { developer, owner } = story.cast
    const before = story.inbox(developer)
    const { request, token } = await accessWithCredential(halfMinute)
    const isNear = ({ id, text }: SeenMessage) => !before.has(id) && text.includes('[Ask for more]')
    const soon = await eventually(() => developer.hands.inbox().find(isNear), { limit: 60_000 })
    expect(soon.text).toMatch(
      /^⏳ Access to kv\/apps\/orders\/database ends .*\.\n\[Ask for more\] \[Give back now\]$/s,
    )
    await developer.hands.press(soon, 'Ask for more')
    const form = await untilView(developer.hands, 'Extend this access')
    const filled = Object.fromEntries(form.fields.map(({ label, value }) => [label, value]))
    expect(filled).toEqual({ 'How long': halfMinute, Why: 'The queue is stuck.' })
    await developer.hands.pick('How long', hour)
    await developer.hands.fill('Why', 'The queue is still stuck.')
    expect((await developer.hands.submit()).closed).toBe(true)
    const more = story.records.newestOf(developer.key)
    if (!more || more.id === request.id) throw new Error('nothing was filed')
    await story.untilAllSay(more, 'It extends an access that ends', 'The queue is still stuck.')
    await story.approve(owner, more)
    await story.untilState(request, 'ended')
    await story.untilTold(developer, 'Your newer access to it goes on until', before)
    expect(await story.read(token)).toBe(403)
    const { token: next } = await story.credential(developer, more)
    expect(await story.read(next)).toBe(200)
    await story.press(developer, more, 'Give back now')
    await story.untilState(more, 'ended')
    expect(await story.read(next)).toBe(403)
  })

  test('its holder gives it back, and requests it again with one press', async () => {
    const { request, token } = await accessWithCredential(hour)
    await story.press(story.cast.developer, request, 'Give back now')
    const ended = await story.untilState(request, 'ended')
    expect(ended.grant).toMatchObject({ because: 'given-back', proof: 'canary' })
    expect(await story.read(token)).toBe(403)
    await story.untilAllSay(request, ' ended ', 'Given back by')
    await untilNothingIsOrphaned(world, story.records)
    const { developer, owner } = story.cast
    const over = await story.cardOf(request, 'access', developer.key)
    await developer.hands.press(over, 'Request again')
    await untilView(developer.hands, 'Request access')
    expect((await developer.hands.submit()).closed).toBe(true)
    const again = story.records.newestOf(developer.key)
    if (!again || again.id === request.id) throw new Error('nothing was filed')
    await story.deny(owner, again, 'Only a look at the form.')
  })

  test('an owner of the resource revokes it, also one who did not approve it, and its holder is told in a new message', async () => {
    const { developer, secondOwner } = story.cast
    const { request, token } = await accessWithCredential(hour)
    const before = story.inbox(developer)
    await story.press(secondOwner, request, 'Revoke')
    const told = await story.untilTold(developer, 'Revoked by', before)
    expect(told.text).toContain('Revoked by Second database owner')
    const ended = await story.untilState(request, 'ended')
    expect(ended.grant).toMatchObject({ because: 'revoked', proof: 'canary' })
    expect(await story.read(token)).toBe(403)
    await story.untilAllSay(request, ' ended ', 'Revoked by Second database owner')
    await untilNothingIsOrphaned(world, story.records)
  })

  test('an owner of the integration finds it with “who” and revokes it', async () => {
    const { lead } = story.cast
    const { request, token } = await accessWithCredential(hour)
    const seen = story.inbox(lead)
    await lead.hands.command(`who ${orders}`)
    const list = await story.untilTold(lead, 'Who has access', seen)
    expect(list.text).toContain('Developer on call')
    const said = await story.hear(lead, () => pressAndAnswer(lead.hands, list, 'Revoke'))
    expect(said).toContain('counts as revoked only when the end is proved')
    await story.untilState(request, 'ended')
    expect(await story.read(token)).toBe(403)
    await story.untilAllSay(request, ' ended ', 'Revoked by Platform lead')
    await untilNothingIsOrphaned(world, story.records)
  })

  test('whoever gives it back from their own list reads the proof there, and the list’s old buttons tell the truth', async () => {
    const { developer } = story.cast
    const { token } = await accessWithCredential(hour)
    const seen = story.inbox(developer)
    await developer.hands.command('mine')
    const list = await story.untilTold(developer, 'Your access', seen)
    expect(list.text).toContain('As of')
    const before = story.inbox(developer)
    await pressAndAnswer(developer.hands, list, 'Give back now')
    const told = await story.untilTold(developer, 'was refused', before)
    expect([told.isPrivate, told.text]).toEqual([true, expect.stringContaining('given back by Developer on call')])
    expect(await story.read(token)).toBe(403)
    for (const button of ['Give back now', 'Get my one-time link']) {
      const late = await story.hear(developer, () => developer.hands.press(list, button, { asSeen: true }))
      expect(late).toMatch(/This access has ended.*As of/s)
    }
    await untilNothingIsOrphaned(world, story.records)
  })

  test('access that its holder gives back before fetching a credential ends as well', async () => {
    const { developer, owner } = story.cast
    const request = await story.approve(owner, await story.ask(developer, { length: hour }))
    await story.press(developer, request, 'Give back now')
    await story.untilState(request, 'ended')
    await story.untilAllSay(request, ' ended ', 'Given back by')
    await untilNothingIsOrphaned(world, story.records)
  })

  test('a link that was opened before the end gives nothing after it', async () => {
    const { developer, owner } = story.cast
    const request = await story.approve(owner, await story.ask(developer, { length: hour }))
    const url = await story.link(developer, request)
    const old = await story.cardOf(request, 'access', 'developer')
    await story.press(owner, request, 'Revoke')
    await story.untilState(request, 'ended')
    const answer = await fetch(url)
    expect(answer.status).toBe(404)
    const late = await story.hear(developer, () => developer.hands.press(old, 'Get my one-time link', { asSeen: true }))
    expect(late).toContain('This access has ended')
  })
})

describe('an extension', () => {
  test('is asked for from the card, follows the access with a token of its own, and neither ends the other', async () => {
    const { developer, owner } = story.cast
    const first = await accessWithCredential(halfMinute)
    await story.press(developer, first.request, 'Extend')
    await untilView(developer.hands, 'Extend this access')
    await developer.hands.pick('How long', hour)
    expect((await developer.hands.submit()).closed).toBe(true)
    const more = story.records.newestOf(developer.key)
    if (!more || more.id === first.request.id) throw new Error('nothing was filed')
    const card = () => story.cardOf(first.request, 'access', developer.key)
    await eventually(async () => (await card()).text.includes('Its extension waits for a decision'))
    expect((await card()).text).not.toContain('[Extend]')
    await story.approve(owner, more)
    const { token: next } = await story.credential(developer, more)
    await eventually(async () => (await card()).text.includes('A newer access follows it'))
    expect([await story.read(first.token), await story.read(next)]).toEqual([200, 200])

    await story.press(developer, first.request, 'Give back now')
    await story.untilState(first.request, 'ended')
    expect([await story.read(first.token), await story.read(next)]).toEqual([403, 200])
    await story.press(developer, more, 'Extend')
    await untilView(developer.hands, 'Extend this access')
    expect((await developer.hands.submit()).closed).toBe(true)
    const third = story.records.newestOf(developer.key)
    if (!third || third.id === more.id) throw new Error('nothing was filed')
    const says = async (words: string) => {
      const seen = story.inbox(developer)
      await developer.hands.command('extend')
      return story.untilTold(developer, words, seen)
    }
    await says('You have no access that can be extended now.')
    await story.deny(owner, third, 'The queue is fine again.')
    expect(await story.read(next)).toBe(200)
    expect((await says('Extend your access')).text).toContain('[Extend]')
    await story.press(owner, more, 'Revoke')
    await story.untilState(more, 'ended')
    expect(await story.read(next)).toBe(403)
    await untilNothingIsOrphaned(world, story.records)
  })
})

describe('no access', () => {
  test('a denial reaches the requester in a new message, with its reason, and nothing is made at the vault', async () => {
    const { developer, owner } = story.cast
    const before = story.inbox(developer)
    const request = await story.deny(owner, await story.ask(developer), 'Please use the read replica.')
    const told = await story.untilTold(developer, 'denied by', before)
    expect(told.text).toContain('Please use the read replica.')
    const copies = await story.untilAllSay(request, 'denied by Database owner', 'Please use the read replica.')
    expect([...copies].sort()).toEqual([...everyCopy(), 'outcome developer'].sort())
    expect((await vaultTruth(world)).policies).toEqual([])
  })

  test('a denial without a reason is held back with a sentence beside the field', async () => {
    const { developer, owner } = story.cast
    const request = await story.ask(developer)
    await story.press(owner, request, 'Deny')
    await untilView(owner.hands, 'Deny this request')
    await owner.hands.fill('Reason', '       ')
    const answer = await owner.hands.submit()
    expect(answer.closed).toBe(false)
    expect(answer.errors.Reason).toContain('5 characters')
    await owner.hands.closeView()
    await story.press(developer, request, 'Cancel request')
    await story.untilState(request, 'cancelled')
  })

  test('a cancelled request makes nothing at the vault, and a late approval is refused in private', async () => {
    const { developer, owner } = story.cast
    const request = await story.ask(developer)
    const old = await story.cardOf(request, 'owner', 'database-owner')
    await story.press(developer, request, 'Cancel request')
    await story.untilState(request, 'cancelled')
    expect([...(await story.untilAllSay(request, 'cancelled by'))].sort()).toEqual(everyCopy())
    const late = await story.hear(owner, () => owner.hands.press(old, 'Approve', { asSeen: true }))
    expect(late).toContain('This request was cancelled or closed')
    expect(story.records.request(request.id)).toMatchObject({ state: 'cancelled', decisions: 0 })
    expect((await vaultTruth(world)).policies).toEqual([])
  })

  test('whoever clicks after a decision is told in private what it was, and nothing changes', async () => {
    const { developer, owner, secondOwner } = story.cast
    const request = await story.ask(developer)
    const old = await story.cardOf(request, 'owner', 'second-database-owner')
    await story.deny(owner, request, 'Please use the read replica.')
    const late = await story.hear(secondOwner, () => secondOwner.hands.press(old, 'Approve', { asSeen: true }))
    expect(late).toContain('has already been denied')
    expect(story.records.request(request.id)).toMatchObject({ state: 'denied', decisions: 1 })
  })
})
