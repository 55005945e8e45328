import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { calls } from '../support/crash-points.ts'
import { eventually } from '../support/eventually.ts'
import { type FragileWorld, fragileWorld } from '../support/fragile-world.ts'
import { untilSent } from '../support/hands.ts'
import type { RequestRecord } from '../support/records.ts'
import type { Actor, Story } from '../support/story.ts'
import { vaultTruth } from '../support/vault-truth.ts'

// Something else happens while a call to the chat is on its way.

let fragile: FragileWorld
let story: Story

beforeAll(async () => {
  fragile = await fragileWorld({
    durations: ['1h'],
    settings: { reconcile: { discoverEvery: '1h', driftEvery: '1h', wake: '1s', claim: '5s' } },
  })
  story = fragile.story
})
afterEach(() => fragile.chat.forgetHooks())
afterAll(() => fragile?.stop())

/** Holds a call to the chat until something else has happened; resolves when it goes on. */
const meanwhile = (call: RegExp, act: () => Promise<unknown>): Promise<unknown> =>
  fragile.chat.once({ when: 'after', call }, async () => {
    await act()
    return 'pass' as const
  })
const asked = async (): Promise<RequestRecord> => {
  const request = await story.ask(story.cast.developer)
  await story.untilAllSay(request, 'Waiting until')
  return request
}
const newest = (): RequestRecord => {
  const request = story.records.newestOf('developer')
  if (!request) throw new Error('a request was filed')
  return request
}
const cancel = async (request: RequestRecord) => {
  await story.press(story.cast.developer, request, 'Cancel request')
  await story.untilState(request, 'cancelled')
}
const codesOf = ({ key }: Actor) =>
  story.records
    .audit()
    .flatMap(({ kind, actor, detail }) => (kind === 'refused' && actor.id === key ? detail.code : []))
const expectNothingGiven = async () => {
  const { policies, armed } = await vaultTruth(fragile.world)
  expect({ policies, armed }).toEqual({ policies: [], armed: [] })
}

describe('while the chat is asked about an owner who approves', () => {
  test('the requester cancels: the approval comes too late, and its owner is told', async () => {
    const { owner } = story.cast
    const request = await asked()
    const cancelled = meanwhile(calls.looksAtAccount.call, () => cancel(request))
    const said = await story.hear(owner, () => story.press(owner, request, 'Approve'))
    await cancelled
    expect(said).toContain('This request was cancelled or closed')
    expect(story.records.request(request.id)).toMatchObject({ state: 'cancelled', decisions: 0 })
    await expectNothingGiven()
    await story.untilAllSay(request, 'cancelled by')
  })

  test('another owner denies: one of both decides, and the other one is told', async () => {
    const { owner, secondOwner } = story.cast
    const request = await asked()
    const denied = meanwhile(calls.looksAtAccount.call, () => story.deny(secondOwner, request, 'Not today.'))
    await story.press(owner, request, 'Approve')
    await denied
    await eventually(() => codesOf(owner).at(-1) === 'not-pending', { about: () => 'the approval comes too late' })
    expect(story.records.request(request.id)).toMatchObject({ state: 'denied', decisions: 1 })
    await expectNothingGiven()
    await story.untilAllSay(request, 'denied by')
  })
})

test('while the chat is asked about the holder an owner revokes: no link is given', async () => {
  const { developer, owner } = story.cast
  const request = await story.approve(owner, await asked())
  const card = await story.cardOf(request, 'access', developer.key)
  const revoked = meanwhile(calls.looksAtAccount.call, async () => {
    await story.press(owner, request, 'Revoke')
    await story.untilState(request, 'ended')
  })
  await developer.hands.press(card, 'Get my one-time link')
  await revoked
  await eventually(() => codesOf(developer).at(-1) === 'access-not-active', { about: () => 'it is over, and told' })
  expect(story.records.rows("SELECT id FROM fetch_links WHERE state = 'redeemed'")).toEqual([])
  await developer.hands.closeView()
  await expectNothingGiven()
  await story.untilAllSay(request, ' ended ')
})

describe('while a card is on its way', () => {
  test('as a new message, an owner denies on another card: all cards show it', async () => {
    const { developer, owner, secondOwner } = story.cast
    await story.openForm(developer)
    const denied = meanwhile(calls.posts.call, async () => {
      const by = await eventually(
        () => {
          const copies = story.copies(newest())
          return [owner, secondOwner].find(({ key }) => copies.some(({ to, ts }) => to === key && ts))
        },
        { about: () => 'an owner has a card' },
      )
      await story.deny(by, newest(), 'Not today.')
    })
    await untilSent(developer.hands)
    const request = newest()
    await denied
    await story.untilAllSay(request, 'denied by')
  })

  test('with an approval, the holder gives back: all cards show the end', async () => {
    const { developer, owner } = story.cast
    const request = await asked()
    const ended = meanwhile(calls.edits.call, async () => {
      await story.press(developer, request, 'Give back now')
      await story.untilState(request, 'ended')
    })
    await story.press(owner, request, 'Approve')
    await ended
    await expectNothingGiven()
    await story.untilAllSay(request, ' ended ')
  })
})
