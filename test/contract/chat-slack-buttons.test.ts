import { afterEach, describe, expect, test } from 'vitest'
import type { UseCases } from '../../src/app/use-cases.ts'
import { type Refusal, refuse } from '../../src/domain/refusal.ts'
import { timestamp } from '../../src/domain/time.ts'
import type { SimulatorOptions } from '../../src/simulator/slack/options.ts'
import { untilHolds } from '../support/until-holds.ts'
import {
  accessCard,
  channel,
  developer,
  directTo,
  fakeUseCases,
  liveOwnerCard,
  owner,
  ownerCard,
  requesterCard,
  type Stage,
  seen,
  stage,
} from './chat-fakes.ts'

let running: Stage | undefined
afterEach(async () => {
  await running?.stop()
  running = undefined
})

const play = async (overrides: Partial<UseCases> = {}, options: Partial<SimulatorOptions> = {}) => {
  const useCases = fakeUseCases(overrides)
  running = await stage(useCases, options)
  const { slack, chat, logs } = running
  return { useCases, slack, chat, logs, dev: slack.person('U0DEV'), boss: slack.person('U0OWNER') }
}

describe('an owner', () => {
  test('approves in a dialog that repeats who, what, how long and why; the press alone does nothing', async () => {
    const { useCases, chat, boss } = await play()
    await chat.platform.post(directTo(owner), ownerCard)
    await boss.click(await boss.waitForMessage('Please decide'), 'Approve')
    const dialog = await boss.waitForView('Approve this access?')
    for (const words of ['@Developer on call', 'read kv/apps/db', '1 hour', 'debug <!channel> & *failing*'])
      expect(dialog.text).toContain(words)
    expect([dialog.submit, dialog.close]).toEqual(['Approve', 'Not now'])
    expect(useCases.calls).toEqual([])
    await boss.fill('Note', ' only today ')
    expect((await boss.submit()).closed).toBe(true)
    await untilHolds(() =>
      expect(useCases.calls).toEqual([
        { verb: 'decideRequest', args: ['q1', { by: owner.id, verdict: 'approve', seen, note: 'only today' }] },
      ]),
    )
  })

  test('leaves the dialog, and nothing happens', async () => {
    const { useCases, chat, boss } = await play()
    await chat.platform.post(directTo(owner), ownerCard)
    await boss.click(await boss.waitForMessage('Please decide'), 'Approve')
    await boss.waitForView('Approve this access?')
    await boss.closeView()
    await boss.command('status')
    await boss.waitForMessage('Status')
    expect(useCases.calls).toEqual([])
  })

  test('is told at the press, without a dialog, that there is nothing left to decide', async () => {
    const { useCases, chat, boss } = await play({
      mayDecide: async () => refuse({ code: 'not-pending', state: 'approved' }),
    })
    await chat.platform.post(directTo(owner), ownerCard)
    await boss.click(await boss.waitForMessage('Please decide'), 'Approve')
    await boss.waitForMessage('has already been approved')
    expect(boss.view()).toBeUndefined()
    expect(useCases.calls).toEqual([])
  })

  test('denies in a dialog that demands a reason', async () => {
    const { useCases, chat, boss } = await play()
    await chat.platform.post(directTo(owner), ownerCard)
    await boss.click(await boss.waitForMessage('Please decide'), 'Deny')
    await boss.waitForView('Deny this request')
    await boss.fill('Reason', '      x      ')
    const short = await boss.submit()
    expect(short).toMatchObject({
      closed: false,
      errors: { Reason: expect.stringContaining('at least 5 characters') },
    })
    await boss.fill('Reason', '  use the replica  ')
    expect((await boss.submit()).closed).toBe(true)
    await untilHolds(() =>
      expect(useCases.calls).toEqual([
        { verb: 'decideRequest', args: ['q1', { by: owner.id, verdict: 'deny', seen, note: 'use the replica' }] },
      ]),
    )
  })

  test('is told in private, where the card is, when a denial comes too late', async () => {
    const { slack, chat, boss, dev } = await play({
      decideRequest: async () => refuse({ code: 'not-pending', state: 'approved' }),
    })
    await chat.platform.post(channel, ownerCard)
    await boss.click(await boss.waitForMessage('asks to', 'C0OPEN'), 'Deny')
    await boss.waitForView('Deny this request')
    await boss.fill('Reason', 'use the replica')
    await boss.submit()
    const told = await boss.waitForMessage('has already been approved', 'C0OPEN')
    expect(told.ephemeralFor).toBe('U0OWNER')
    expect(dev.messages('C0OPEN')).toHaveLength(1)
    expect(slack.calls('chat.postMessage')).toHaveLength(1)
  })

  test('sees the exact policy', async () => {
    const { chat, boss } = await play()
    await chat.platform.post(directTo(owner), ownerCard)
    await boss.click(await boss.waitForMessage('Please decide'), 'Show the policy')
    expect((await boss.waitForView('What the vault gets')).text).toContain(
      'path "kv/data/apps/db" { capabilities = ["read"] }',
    )
  })

  test('revokes what is active, and says why', async () => {
    const { useCases, chat, boss } = await play()
    await chat.platform.post(directTo(owner), liveOwnerCard)
    await boss.click(await boss.waitForMessage('[Revoke]'), 'Revoke')
    const asked = await boss.waitForView('Revoke this access?')
    expect(asked).toMatchObject({ submit: 'Revoke', close: 'Keep it' })
    expect(asked.text).toMatch(/Developer on call.*kv\/apps\/db.*debug/s)
    await boss.fill('Reason', 'The incident is over.')
    await boss.submit()
    const args = ['g1', owner.id, 'The incident is over.']
    await untilHolds(() => expect(useCases.calls).toEqual([{ verb: 'revokeGrant', args }]))
  })
})

describe('a requester', () => {
  test('cancels', async () => {
    const { useCases, chat, dev } = await play()
    await chat.platform.post(directTo(developer), requesterCard)
    await dev.press(await dev.waitForMessage('Waiting until'), 'Cancel request')
    await untilHolds(() => expect(useCases.calls).toEqual([{ verb: 'cancelRequest', args: ['q1', developer.id] }]))
  })

  test('gets the link in a dialog, and it is never posted', async () => {
    const { slack, chat, dev } = await play()
    await chat.platform.post(directTo(developer), accessCard)
    await dev.click(await dev.waitForMessage('Get my one-time link'), 'Get my one-time link')
    const dialog = await dev.waitForView('Your one-time link')
    expect(dialog.text).toContain('https://latchkey.test/fetch/nonce-of-this-test')
    expect((await dev.clickInView('Open the link')).url).toBe('https://latchkey.test/fetch/nonce-of-this-test')
    const posted = [...slack.calls('chat.postMessage'), ...slack.calls('chat.postEphemeral')]
    expect(JSON.stringify(posted)).not.toContain('nonce-of-this-test')
  })

  test('reads that the link is gone once access ends, instead of a dialog', async () => {
    const { chat, dev } = await play({
      openFetchLink: async () => refuse({ code: 'access-not-active', state: 'ended' }),
    })
    await chat.platform.post(directTo(developer), accessCard)
    await dev.click(await dev.waitForMessage('Get my one-time link'), 'Get my one-time link')
    expect((await dev.waitForMessage('This access has ended')).ephemeralFor).toBe('U0DEV')
    expect(dev.view()).toBeUndefined()
  })
})

describe('a "no"', () => {
  test.each<[Refusal, string]>([
    [{ code: 'own-request' }, 'You cannot decide on your own request'],
    [{ code: 'not-an-owner' }, 'Only the owners of this resource can do that'],
    [{ code: 'not-pending', state: 'cancelled' }, 'was cancelled or closed'],
    [{ code: 'deadline-passed', at: timestamp(1_790_000_000_000) }, 'The time for a decision ended'],
    [{ code: 'vault-unreachable', trouble: 'sealed' }, 'Press the button again in a minute'],
    [{ code: 'rerouted' }, 'your decision does not count'],
  ])('%o is told to the actor alone and goes to the audit', async (refusal, words) => {
    const { useCases, chat, dev, boss } = await play({ decideRequest: async () => refuse(refusal) })
    await chat.platform.post(channel, ownerCard)
    await dev.press(await dev.waitForMessage('asks to', 'C0OPEN'), 'Approve')
    const told = await dev.waitForMessage(words, 'C0OPEN')
    expect(told.ephemeralFor).toBe('U0DEV')
    expect(boss.messages('C0OPEN')).toHaveLength(1)
    await untilHolds(() =>
      expect(useCases.refusals).toEqual([{ actor: { kind: 'person', id: developer.id }, refusal }]),
    )
  })

  test('a button that no version of today knows says so', async () => {
    const { chat, useCases, dev } = await play()
    const old = { label: 'Prolong', command: { do: 'prolong', grant: 'g1' } } as never
    await chat.platform.post(directTo(developer), { ...accessCard, actions: [old] })
    await dev.click(await dev.waitForMessage('kv/apps/db'), 'Prolong')
    await dev.waitForMessage('This button is from an older version of Latchkey')
    expect(useCases.calls).toEqual([])
  })

  test('a bug is told with a reference, and nothing of its inside', async () => {
    const { chat, logs, dev } = await play({ cancelRequest: async () => Promise.reject(new Error('on fire')) })
    await chat.platform.post(directTo(developer), requesterCard)
    await dev.press(await dev.waitForMessage('Waiting until'), 'Cancel request')
    const text = dev.textOf(await dev.waitForMessage('Something went wrong'))
    expect(text).not.toContain('fire')
    expect(logs).toContainEqual(expect.objectContaining({ reference: /Reference ([0-9A-F]{4})/.exec(text)?.[1] }))
  })
})

describe('when Slack fails', () => {
  test('a dialog whose time is over is asked for again', async () => {
    const { slack, chat, dev } = await play()
    await chat.platform.post(directTo(developer), accessCard)
    const card = await dev.waitForMessage('Get my one-time link')
    slack.faults.expireTriggers()
    await dev.click(card, 'Get my one-time link')
    await dev.waitForMessage('Please try again')
  })

  test('nobody decides while it cannot be asked who they are', async () => {
    const { slack, useCases, chat, boss } = await play()
    await chat.platform.post(directTo(owner), ownerCard)
    const card = await boss.waitForMessage('Please decide')
    slack.faults.serverError('users.info')
    await boss.click(card, 'Approve')
    await boss.waitForMessage('Please try again')
    expect(useCases.calls).toEqual([])
  })

  test('a card that meets a rate limit or an outage is owed, and one that is gone is told apart', async () => {
    const { slack, chat } = await play()
    const posted = await chat.platform.post(directTo(owner), ownerCard)
    slack.faults.rateLimit('chat.postMessage', { times: 1, retryAfterSeconds: 30 })
    await expect(chat.platform.post(channel, ownerCard)).rejects.toMatchObject({
      ...{ code: 'ratelimited', transient: true },
      retryAfter: 30_000,
    })
    slack.faults.error('chat.update', 'message_not_found')
    await expect(chat.platform.update(posted, ownerCard)).rejects.toMatchObject({
      code: 'message-gone',
      transient: false,
    })
    slack.faults.error('chat.update', 'internal_error')
    await expect(chat.platform.update(posted, ownerCard)).rejects.toMatchObject({
      code: 'internal_error',
      transient: true,
    })
    const nowhere = { to: 'channel', channel: { platform: 'slack', id: 'C0NOWHERE' } } as const
    await expect(chat.platform.post(nowhere, ownerCard)).rejects.toMatchObject({
      code: 'channel-unknown',
      transient: false,
    })
  })
})

test('a card is edited in place, its links are never unfurled, and the conversation is looked up once', async () => {
  const { slack, chat, boss } = await play()
  const posted = await chat.platform.post(directTo(owner), ownerCard)
  await chat.platform.update(posted, { ...ownerCard, headline: ['It was denied'], actions: [] })
  await chat.platform.post(directTo(owner), liveOwnerCard)
  expect(boss.inbox().map((message) => boss.textOf(message).split('\n')[0])).toEqual([
    '⏳ It was denied',
    expect.stringContaining('✅ @Developer on call: read kv/apps/db'),
  ])
  expect(slack.messages().every(({ unfurlLinks, unfurlMedia }) => unfurlLinks === false && unfurlMedia === false)).toBe(
    true,
  )
  expect(slack.calls('conversations.open')).toHaveLength(1)
})

test('a person’s own words reach the card letter by letter', async () => {
  const { chat, boss } = await play()
  await chat.platform.post(directTo(owner), ownerCard)
  expect(boss.textOf(await boss.waitForMessage('Please decide'))).toContain('debug <!channel> & *failing* payments')
})

test('everything works over a socket just the same', async () => {
  const { useCases, chat, boss, dev } = await play({}, { socketMode: true })
  await chat.platform.post(directTo(owner), ownerCard)
  await boss.press(await boss.waitForMessage('Please decide'), 'Approve')
  await untilHolds(() => expect(useCases.calls.map(({ verb }) => verb)).toEqual(['decideRequest']))
  await dev.command('request read kv/apps/db because payments fail')
  await dev.waitForView('Request access')
  expect((await dev.submit()).closed).toBe(true)
})
