import { describe, expect, test } from 'vitest'
import { type ConnectorDeps, newConnector } from '../../../../src/chat/teams/connector/connector.ts'
import { editing, writingTo } from '../../../../src/chat/teams/connector/errors.ts'
import { secret } from '../../../../src/domain/secret.ts'
import { ExternalError } from '../../../../src/ports.ts'
import { newHandClock } from '../../../support/hand-clock.ts'

const app = 'a0000000-0000-4000-8000-00000000000a'
const tenant = 'b0000000-0000-4000-8000-00000000000b'
const serviceUrl = 'https://smba.trafficmanager.net/emea'
const personal = { serviceUrl, conversation: 'a:1x/y:z' }
const channel = { serviceUrl, conversation: '19:abc@thread.tacv2' }

type Answer = {
  readonly status?: number
  readonly code?: string
  readonly body?: unknown
  readonly headers?: Record<string, string>
  readonly cut?: true
}
type Call = { readonly method: string; readonly url: string; readonly token: string | null; readonly body: unknown }

/** The connector’s end of the wire: each call gets the next answer, or else success. */
const stage = (answers: Answer[] = [], overrides: Partial<ConnectorDeps> = {}) => {
  const calls: Call[] = []
  const clock = newHandClock()
  const rests: [string, number][] = []
  const turns: string[] = []
  const fetch: typeof globalThis.fetch = async (address, init) => {
    expect(init?.redirect).toBe('error')
    const token = new Headers(init?.headers).get('authorization')
    const body: unknown = init?.body === undefined ? undefined : JSON.parse(String(init.body))
    calls.push({ method: init?.method ?? '', url: String(address), token, body })
    const { status = 200, code, body: given, headers = {}, cut } = answers.shift() ?? {}
    if (cut) throw new TypeError('fetch failed')
    const content = given ?? (code ? { error: { code, message: 'words' } } : { id: `id-${calls.length}` })
    return Response.json(content, { status, headers })
  }
  let given = 1
  let token = secret('token-1')
  const tokens = {
    current: async () => token,
    insteadOf: async () => {
      given += 1
      token = secret(`token-${given}`)
      return token
    },
  }
  const pacer = {
    turn: async (conversation: string) => void turns.push(conversation),
    answer: (conversation: string) => void turns.push(`${conversation} at once`),
    note: () => void turns.push('noted'),
    rest: (conversation: string, pause: number) => void rests.push([conversation, pause]),
  }
  const connector = newConnector({
    ...{ settings: { app }, tokens, pacer, fetch, clock, patience: 8_000, repeats: true },
    ...overrides,
  })
  return { calls, clock, connector, rests, turns }
}

const failureOf = async (work: Promise<unknown>): Promise<ExternalError> => {
  const error = await work.then(
    () => expect.fail('it should have been refused'),
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ExternalError)
  return error as ExternalError
}
/** Lets the pause before a repetition pass. */
const within = async <T>(clock: { advance(milliseconds: number): Promise<void> }, work: Promise<T>): Promise<T> => {
  const done = Promise.allSettled([work])
  await clock.advance(2_000)
  await done
  return work
}

describe('a call to the connector', () => {
  test('opens the conversation of a person in the tenant', async () => {
    const { connector, calls, turns } = stage()
    expect(await connector.open(serviceUrl, '29:1abc', tenant)).toBe('id-1')
    expect(calls).toEqual([
      {
        method: 'POST',
        url: 'https://smba.trafficmanager.net/emea/v3/conversations',
        token: 'Bearer token-1',
        body: {
          bot: { id: `28:${app}` },
          isGroup: false,
          members: [{ id: '29:1abc' }],
          tenantId: tenant,
          channelData: { tenant: { id: tenant } },
        },
      },
    ])
    expect(turns).toEqual(['noted'])
  })

  test('posts without the id of another message, updates and deletes by it, each in its conversation', async () => {
    const { connector, calls, turns } = stage()
    expect(await connector.post(personal, { type: 'message' })).toBe('id-1')
    await connector.update(channel, '17/2', { type: 'message' })
    await connector.remove(channel, '1700')
    const base = 'https://smba.trafficmanager.net/emea/v3/conversations'
    expect(calls.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['POST', `${base}/a%3A1x%2Fy%3Az/activities`, { type: 'message' }],
      ['PUT', `${base}/19%3Aabc%40thread.tacv2/activities/17%2F2`, { type: 'message', id: '17/2' }],
      ['DELETE', `${base}/19%3Aabc%40thread.tacv2/activities/1700`, undefined],
    ])
    expect(turns).toEqual(['a:1x/y:z', channel.conversation, channel.conversation])
  })

  test('reads one member, and all of them page by page', async () => {
    const first = { id: '29:1', tenantId: tenant, userRole: 'user', objectId: 'o', name: 'DBA', surname: 'x' }
    const page = { members: [first], continuationToken: 'more/&' }
    const { connector, calls } = stage([{ body: first }, { body: page }, { body: { members: [] } }])
    expect(await connector.member(personal, '29:1')).toEqual({
      ...{ id: '29:1', tenantId: tenant, userRole: 'user', objectId: 'o', name: 'DBA' },
    })
    const { next } = await connector.members(channel)
    expect(await connector.members(channel, next)).toEqual({ members: [] })
    expect(calls.map(({ url }) => url.slice(url.indexOf('/v3') + 17))).toEqual([
      '/a%3A1x%2Fy%3Az/members/29%3A1',
      '/19%3Aabc%40thread.tacv2/pagedmembers?pageSize=500',
      '/19%3Aabc%40thread.tacv2/pagedmembers?pageSize=500&continuationToken=more%2F%26',
    ])
  })

  test.each(['https://evil.example/', 'http://127.0.0.1:8082/connector/', 'http://smba.trafficmanager.net/teams/', ''])(
    'never goes to %s, nor asks for a token for it',
    async (foreign) => {
      const { connector, calls, turns } = stage()
      const error = await failureOf(connector.post({ ...personal, serviceUrl: foreign }, { type: 'message' }))
      expect(error).toMatchObject({ code: 'foreign-address', transient: false })
      expect([calls, turns]).toEqual([[], []])
    },
  )

  test('goes to the simulated Teams alone where there is one', async () => {
    const { connector, calls } = stage([], { settings: { app, simulatorUrl: 'http://127.0.0.1:8082' } })
    await connector.post({ ...personal, serviceUrl: 'http://127.0.0.1:8082/connector/' }, { type: 'message' })
    expect(calls[0]?.url).toBe('http://127.0.0.1:8082/connector/v3/conversations/a%3A1x%2Fy%3Az/activities')
    expect(await failureOf(connector.post(personal, { type: 'message' }))).toMatchObject({ code: 'foreign-address' })
  })

  test.each(['', '.', '..'])('never uses "%s" as an id, which would lead to another call', async (id) => {
    const { connector, calls } = stage()
    expect(await failureOf(connector.remove(channel, id))).toMatchObject({ code: 'bad-id', transient: false })
    expect(calls).toEqual([])
  })

  test('ends at its time limit', async () => {
    const fetch: typeof globalThis.fetch = (_, init) =>
      new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)))
    const { connector } = stage([], { fetch, patience: 20, repeats: false })
    expect(await failureOf(connector.post(personal, { type: 'message' }))).toMatchObject({ code: 'chat-unreachable' })
  })

  test('has no token in its errors', async () => {
    const { connector } = stage([{ status: 401 }, { status: 401 }])
    const error = await failureOf(connector.member(personal, '29:1'))
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toMatch(/token-\d/)
  })

  test('is for now where the answer is none of the connector’s', async () => {
    const { connector } = stage([{ body: { hello: 'world' } }], { repeats: false })
    expect(await failureOf(connector.post(personal, { type: 'message' }))).toMatchObject({
      ...{ code: 'chat-unavailable', transient: true },
    })
  })
})

describe('what Teams refuses', () => {
  const refused = (answer: Answer) =>
    failureOf(stage([answer], { repeats: false }).connector.post(personal, { type: 'm' }))

  test.each([
    [403, 'ConversationBlockedByUser', 'account-blocked', 'channel-closed'],
    [403, 'BotNotInConversationRoster', 'app-missing', 'channel-closed'],
    [403, 'ForbiddenOperationException', 'app-missing', 'channel-closed'],
    [403, 'BotDisabledByAdmin', 'account-closed', 'channel-closed'],
    [403, 'MessageWritesBlocked', 'account-closed', 'channel-closed'],
    [403, 'NotEnoughPermissions', 'account-closed', 'channel-closed'],
    [404, 'ConversationNotFound', 'conversation-unknown', 'channel-unknown'],
    [404, 'MemberNotFoundInConversation', 'account-unknown', 'channel-unknown'],
    [400, 'MemberNotFoundInConversation', 'account-unknown', 'channel-unknown'],
  ])('with %i %s is for good: %s, or %s', async (status, code, account, closed) => {
    expect(await refused({ status, code })).toMatchObject({ code, transient: false })
    const again = async () => {
      throw await refused({ status, code })
    }
    expect(await failureOf(writingTo('account', again))).toMatchObject({ code: account, transient: false })
    expect(await failureOf(writingTo('channel', again))).toMatchObject({ code: closed, transient: false })
  })

  test.each([
    [401, 'BotNotRegistered', /check teams\.app, and that the bot has the Teams channel/],
    [403, 'InvalidBotApiHost', /write its address in teams\.serviceUrl/],
    [413, 'MessageSizeTooBig', /the message is too big/],
    [400, 'BadSyntax', /Teams refused post: BadSyntax \(400\)/],
  ])('with %i %s is for good, and of no single recipient', async (status, code, sentence) => {
    const answers = [
      { status, code },
      { status, code },
    ]
    const error = await failureOf(
      writingTo('account', () => stage(answers, { repeats: false }).connector.post(personal, { type: 'm' })),
    )
    expect(error).toMatchObject({ code, transient: false })
    expect(error.message).toMatch(sentence)
  })

  test.each([
    [412, 'PreconditionFailed', 'PreconditionFailed'],
    [429, 'Throttled', 'ratelimited'],
    [500, 'ServiceError', 'ServiceError'],
    [502, 'ServiceError', 'ServiceError'],
    [503, undefined, 'chat-unavailable'],
    [504, undefined, 'chat-unavailable'],
    [408, undefined, 'chat-unavailable'],
  ])('with %i %s is only for now', async (status, code, own) => {
    expect(await refused({ status, ...(code && { code }), body: code ? undefined : 'page' })).toMatchObject({
      ...{ code: own, transient: true },
    })
  })

  test.each([403, 404])('as %i without a body of the connector is of a proxy, and only for now', async (status) => {
    expect(await refused({ status, body: '<html>' })).toMatchObject({ code: 'chat-unavailable', transient: true })
  })

  test('on a line that is cut is only for now', async () => {
    expect(await refused({ cut: true })).toMatchObject({ code: 'chat-unreachable', transient: true })
  })

  test('as a missing message is “message-gone”, and as a missing conversation is not', async () => {
    const edit = (code: string) =>
      failureOf(editing(() => stage([{ status: 404, code }]).connector.update(personal, '1', { type: 'm' })))
    expect(await edit('ActivityNotFoundInConversation')).toMatchObject({ code: 'message-gone', transient: false })
    expect(await edit('ConversationNotFound')).toMatchObject({ code: 'ConversationNotFound' })
  })

  test('for too many calls has the pause that Teams names, for the outbox and for the next sends', async () => {
    const answer = { status: 429, code: 'Throttled', headers: { 'retry-after': '17' } }
    const { connector, rests, calls } = stage([answer])
    expect(await failureOf(connector.post(personal, { type: 'm' }))).toMatchObject({ retryAfter: 17_000 })
    expect([rests, calls.length]).toEqual([[['a:1x/y:z', 17_000]], 1])
    const date = { ...answer, headers: { 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' } }
    expect(await refused(date)).toMatchObject({ retryAfter: 30_000 })
    const forever = { ...answer, headers: { 'retry-after': '999999999' } }
    expect(await refused(forever)).toMatchObject({ retryAfter: 3_600_000 })
    const nonsense = { ...answer, headers: { 'retry-after': 'soon' } }
    expect((await refused(nonsense)).retryAfter).toBeUndefined()
  })
})

describe('a token that the connector refuses', () => {
  test('is replaced once, and the call repeated once, also a post', async () => {
    const { connector, calls } = stage([{ status: 401 }])
    expect(await connector.post(personal, { type: 'm' })).toBe('id-2')
    expect(calls.map(({ token }) => token)).toEqual(['Bearer token-1', 'Bearer token-2'])
  })

  test('twice is an error that says what to check', async () => {
    const { connector, calls } = stage([{ status: 401 }, { status: 401 }])
    const error = await failureOf(connector.post(personal, { type: 'm' }))
    expect(error).toMatchObject({ code: 'token-refused', transient: false })
    expect(error.message).toContain('check teams.app and teams.tenant')
    expect(calls).toHaveLength(2)
  })
})

describe('a failed call repeats itself', () => {
  const failing = (answer: Answer) => stage([answer])
  test.each<[string, Answer]>([
    ['412', { status: 412, code: 'PreconditionFailed' }],
    ['429 with a short pause', { status: 429, code: 'Throttled', headers: { 'retry-after': '1' } }],
  ])('once after %s, because that did nothing: also a post', async (_, answer) => {
    const { connector, calls, clock } = failing(answer)
    expect(await within(clock, connector.post(personal, { type: 'm' }))).toBe('id-2')
    expect(calls).toHaveLength(2)
  })

  test.each<[string, Answer]>([
    ['500', { status: 500, code: 'ServiceError' }],
    ['502', { status: 502, code: 'ServiceError' }],
    ['503', { status: 503, body: '' }],
    ['504', { status: 504, body: '' }],
    ['a cut line', { cut: true }],
  ])('once after %s, but never a post, which could appear twice', async (_, answer) => {
    const post = failing(answer)
    await failureOf(within(post.clock, post.connector.post(personal, { type: 'm' })))
    expect(post.calls).toHaveLength(1)
    const open = failing(answer)
    expect(await within(open.clock, open.connector.open(serviceUrl, '29:1', tenant))).toBe('id-2')
    const update = failing(answer)
    await within(update.clock, update.connector.update(personal, '1', { type: 'm' }))
    expect(update.calls).toHaveLength(2)
  })

  test('no second time', async () => {
    const { connector, calls, clock } = stage(Array.from({ length: 3 }, () => ({ status: 503, body: '' })))
    await failureOf(within(clock, connector.update(personal, '1', { type: 'm' })))
    expect(calls).toHaveLength(2)
  })

  test('never for good reasons, and never where a person waits', async () => {
    const refused = stage([{ status: 403, code: 'BotNotInConversationRoster' }])
    await failureOf(refused.connector.update(personal, '1', { type: 'm' }))
    const hasty = stage([{ status: 503, body: '' }], { repeats: false })
    await failureOf(hasty.connector.member(personal, '29:1'))
    expect([refused.calls.length, hasty.calls.length]).toEqual([1, 1])
  })
})
