import { describe, expect, test } from 'vitest'
import type { Connector, OutgoingActivity, Place } from '../../../../src/chat/teams/connector/connector.ts'
import { newConversations } from '../../../../src/chat/teams/connector/conversations.ts'
import { encodeReference } from '../../../../src/chat/teams/connector/reference.ts'
import { teamsPlatform } from '../../../../src/chat/teams/platform.ts'
import { personId } from '../../../../src/domain/ids.ts'
import { accept } from '../../../../src/domain/refusal.ts'
import { ExternalError } from '../../../../src/ports.ts'
import type { MessageView } from '../../../../src/views/view-model.ts'
import { newHandClock } from '../../../support/hand-clock.ts'

const tenant = 'b0000000-0000-4000-8000-00000000000b'
const subject = 'd0000000-0000-4000-8000-00000000000d'
const ours = 'https://smba.trafficmanager.net/teams/'
const theirs = 'https://smba.trafficmanager.net/emea/'
const channel = '19:abc@thread.tacv2'
const reference = encodeReference({ serviceUrl: theirs, user: '29:1', tenant })
const person = {
  to: 'person',
  person: personId('dba'),
  identity: { platform: 'teams', tenant, subject },
} as const
const toChannel = { to: 'channel', channel: { platform: 'teams', id: channel } } as const
const view: MessageView = {
  ...{ tone: 'waiting', title: 'Access to kv/apps/db', summary: 'somebody asks', lines: [['somebody asks']] },
  ...{ fields: [], quotes: [], notes: [], actions: [] },
}

const stage = (failures: Partial<Record<'open' | 'post' | 'update' | 'members', readonly ExternalError[]>> = {}) => {
  const calls: (readonly [string, ...unknown[]])[] = []
  const left = { open: [], post: [], update: [], members: [], ...failures } as Record<string, readonly ExternalError[]>
  const call = (name: string, ...what: readonly unknown[]) => {
    calls.push([name, ...what])
    const [first, ...rest] = left[name] ?? []
    left[name] = rest
    if (first) throw first
  }
  const sent: OutgoingActivity[] = []
  const connector: Connector = {
    open: async (serviceUrl, user, of) => {
      call('open', serviceUrl, user, of)
      return 'a:1'
    },
    post: async (place: Place, activity) => {
      sent.push(activity)
      call('post', place)
      return '1700'
    },
    update: async (place, message, activity) => {
      sent.push(activity)
      call('update', place, message)
    },
    answer: async () => expect.fail('nobody is answered'),
    remove: async () => expect.fail('nothing is deleted'),
    member: async () => expect.fail('nobody is looked up'),
    members: async (place) => {
      call('members', place)
      return { members: [{ id: '29:1', tenantId: tenant, userRole: 'user' }] }
    },
  }
  const clock = newHandClock()
  const platform = teamsPlatform({
    settings: { tenants: [tenant], serviceUrl: ours },
    connector,
    ...{ clock, conversations: newConversations(connector, clock) },
    admits: async (identity, freshness) => {
      calls.push(['admits', identity, freshness])
      return accept(undefined)
    },
  })
  return { platform, calls, sent, clock }
}
const refusal = (code: string, transient = false) => new ExternalError(code, code, { transient })

describe('a message to a person', () => {
  test('goes to the personal conversation, where the person acted last', async () => {
    const { platform, calls, sent } = stage()
    expect(platform.needsConversation).toBe(true)
    expect(await platform.post(person, view, reference)).toEqual({ conversation: 'a:1', message: '1700' })
    expect(calls).toEqual([
      ['open', theirs, '29:1', tenant],
      ['post', { serviceUrl: theirs, conversation: 'a:1' }],
    ])
    expect(JSON.stringify(sent)).toContain('somebody asks')
  })

  test.each([undefined, 'nonsense'])('of whom nothing is known (%s) waits for the app', async (text) => {
    const { platform, calls } = stage()
    await expect(platform.post(person, view, text)).rejects.toMatchObject({ code: 'app-missing', transient: false })
    expect(calls).toEqual([])
  })

  test.each([
    ['open', 'BotNotInConversationRoster', 'app-missing'],
    ['post', 'ConversationBlockedByUser', 'account-blocked'],
    ['post', 'ConversationNotFound', 'conversation-unknown'],
  ] as const)('that Teams refuses at %s with %s is refused for the reason %s', async (at, code, reason) => {
    const { platform } = stage({ [at]: [refusal(code)] })
    await expect(platform.post(person, view, reference)).rejects.toMatchObject({ code: reason, transient: false })
  })

  test('after a refusal opens the conversation anew, and after an outage does not', async () => {
    const { platform, calls } = stage({ post: [refusal('chat-unreachable', true), refusal('ConversationNotFound')] })
    await expect(platform.post(person, view, reference)).rejects.toMatchObject({ transient: true })
    await expect(platform.post(person, view, reference)).rejects.toMatchObject({ code: 'conversation-unknown' })
    await platform.post(person, view, reference)
    expect(calls.map(([name]) => name)).toEqual(['open', 'post', 'post', 'open', 'post'])
  })

  test('is changed where the person acted last, or at the address of the configuration', async () => {
    const { platform, calls } = stage()
    const message = { conversation: 'a:1', message: '1700' }
    await platform.update(message, view, reference)
    await platform.update(message, view)
    expect(calls).toEqual([
      ['update', { serviceUrl: theirs, conversation: 'a:1' }, '1700'],
      ['update', { serviceUrl: ours, conversation: 'a:1' }, '1700'],
    ])
  })

  test('that is gone is “message-gone”', async () => {
    const { platform } = stage({ update: [refusal('ActivityNotFoundInConversation')] })
    const changed = platform.update({ conversation: 'a:1', message: '1700' }, view, reference)
    await expect(changed).rejects.toMatchObject({ code: 'message-gone', transient: false })
  })
})

describe('a message to a channel', () => {
  test('begins a thread there, at the address of the configuration', async () => {
    const { platform, calls } = stage()
    expect(await platform.post(toChannel, view)).toEqual({ conversation: channel, message: '1700' })
    await platform.update({ conversation: channel, message: '1700' }, view)
    expect(calls).toEqual([
      ['post', { serviceUrl: ours, conversation: channel }],
      ['update', { serviceUrl: ours, conversation: channel }, '1700'],
    ])
  })

  test('has the reasons of a channel when Teams refuses it', async () => {
    const { platform } = stage({
      post: [refusal('BotNotInConversationRoster')],
      update: [refusal('ConversationNotFound')],
    })
    await expect(platform.post(toChannel, view)).rejects.toMatchObject({ code: 'channel-closed' })
    const changed = platform.update({ conversation: channel, message: '1700' }, view)
    await expect(changed).rejects.toMatchObject({ code: 'channel-unknown' })
  })

  test('knows who reads along, by one call for many cards of a moment', async () => {
    const { platform, calls, clock } = stage()
    const all = await Promise.all(Array.from({ length: 5 }, () => platform.reach?.(channel)))
    expect(new Set(all)).toEqual(new Set(['inside']))
    expect(calls).toEqual([['members', { serviceUrl: ours, conversation: channel }]])
    await clock.advance(10_000)
    await platform.reach?.(channel)
    expect(calls).toHaveLength(2)
  })
})

test('the port always asks Teams anew whether it admits an account', async () => {
  const { platform, calls } = stage()
  expect(await platform.admits(person.identity)).toMatchObject({ ok: true })
  expect(calls).toEqual([['admits', person.identity, 'fresh']])
})
