import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { boss, card, channel, dev, group, guest, message, newPair, type Pair, tenant, textBlock } from './teams-bot.ts'

let pair: Pair
let now: number
beforeEach(async () => {
  now = 1_800_000_000_000
  pair = await newPair({ now: () => now, hasRates: true })
})
afterEach(() => pair.close())

const hands = (oid = dev) => pair.teams.person(oid)
const idOf = async (oid: string) => {
  const { json } = await pair.call('GET', `conversations/${encodeURIComponent(group)}/members/${oid}`)
  return String(json.id)
}
const at = (conversation: string, rest = '') => `conversations/${encodeURIComponent(conversation)}/activities${rest}`
const words = { type: 'message', text: 'hello' }
const codeOf = ({ status, json }: { status: number; json: Record<string, unknown> }) => [
  status,
  (json.error as { code: string } | undefined)?.code,
]
const create = (member: string, more: object = {}) =>
  pair.call('POST', 'conversations', {
    bot: { id: '28:11111111-aaaa-4aaa-8aaa-111111111111' },
    isGroup: false,
    members: [{ id: member }],
    tenantId: tenant,
    channelData: { tenant: { id: tenant } },
    ...more,
  })

describe('the connector', () => {
  test('answers the same personal conversation each time', async () => {
    const member = await idOf(dev)
    expect(member).toMatch(/^29:/)
    const [one, other] = [await create(member), await create(member)]
    expect([one.status, one.json.id, other.json.id]).toEqual([201, hands().chat, hands().chat])
  })

  test('creates no conversation for an e-mail address, another tenant, a group, or a body of another shape', async () => {
    const member = await idOf(dev)
    expect(codeOf(await create('dev@example.com'))).toEqual([400, 'BadSyntax'])
    expect(codeOf(await create(member, { tenantId: 'other' }))).toEqual([400, 'BadSyntax'])
    expect(codeOf(await create(member, { isGroup: true }))).toEqual([400, 'BadSyntax'])
    expect(codeOf(await create(member, { topic: 'x' }))).toEqual([400, 'BadSyntax'])
  })

  test('starts a thread in a channel with its first message', async () => {
    const { status, json } = await pair.call('POST', 'conversations', {
      isGroup: true,
      channelData: { channel: { id: channel } },
      activity: words,
    })
    expect([status, json.id]).toEqual([201, `${channel};messageid=${json.activityId}`])
    const reply = await pair.call('POST', at(String(json.id)), words)
    const sent = hands().messages(channel)
    expect(sent.map(({ replyToId }) => replyToId)).toEqual([undefined, json.activityId])
    expect(sent[1]?.id).toBe(reply.json.id)
  })

  test('posts with and without an activity id, edits and deletes', async () => {
    const first = await pair.post(channel, words)
    const answer = await pair.call('POST', at(channel, `/${first}`), { ...words, text: 'an answer' })
    expect(answer.status).toBe(201)
    expect(hands().messages(channel).at(-1)).toMatchObject({ replyToId: first, version: 1 })
    const edited = await pair.call('PUT', at(channel, `/${first}`), { ...words, text: 'edited' })
    expect([edited.status, hands().messages(channel)[0]]).toMatchObject([200, { text: 'edited', version: 2 }])
    expect((await pair.call('DELETE', at(channel, `/${first}`))).status).toBe(200)
    expect(hands().messages(channel)).toHaveLength(1)
    expect(codeOf(await pair.call('PUT', at(channel, `/${first}`), words))).toEqual([
      404,
      'ActivityNotFoundInConversation',
    ])
  })

  test('lets a bot change nothing that a person wrote', async () => {
    const { id } = await hands().say('mine', channel)
    expect((await pair.call('PUT', at(channel, `/${id}`), words)).status).toBe(403)
  })

  test('refuses what it cannot read, and a card that does not work', async () => {
    expect(codeOf(await pair.call('POST', at(channel), { type: 'message' }))).toEqual([400, 'BadSyntax'])
    expect(codeOf(await pair.call('POST', at(channel), { ...words, color: 'red' }))).toEqual([400, 'BadSyntax'])
    const { status, json } = await pair.call('POST', at(channel), message(card([{ type: 'Table' }])))
    expect([status, JSON.stringify(json)]).toEqual([400, expect.stringContaining('Table')])
    expect(hands().messages(channel)).toEqual([])
  })

  test('counts the size of a message in UTF-16', async () => {
    const long = (length: number) => message(card([textBlock('ä'.repeat(length))]))
    expect((await pair.call('POST', at(channel), long(50_000))).status).toBe(201)
    expect(codeOf(await pair.call('POST', at(channel), long(51_200)))).toEqual([413, 'MessageSizeTooBig'])
  })

  test('knows no other conversation, and says by a code why the bot may not write', async () => {
    expect(codeOf(await pair.call('POST', at('19:other@thread.tacv2'), words))).toEqual([404, 'ConversationNotFound'])
    hands().block()
    expect(codeOf(await pair.call('POST', at(hands().chat), words))).toEqual([403, 'ConversationBlockedByUser'])
    hands().unblock()
    await hands().uninstall()
    expect(codeOf(await create(await idOf(dev)))).toEqual([403, 'BotNotInConversationRoster'])
    await hands().install()
    expect((await pair.call('POST', at(hands().chat), words)).status).toBe(201)
    pair.teams.setConversation(channel, { hasApp: false })
    expect(codeOf(await pair.call('POST', at(channel), words))).toEqual([403, 'BotNotInConversationRoster'])
    pair.teams.setPerson(boss, { isDeactivated: true })
    expect(codeOf(await pair.call('POST', at(hands(boss).chat), words))).toEqual([403, 'MessageWritesBlocked'])
    const own = await pair.call('GET', `conversations/${encodeURIComponent(hands(boss).chat)}/members/${boss}`)
    expect(codeOf(own)).toEqual([404, 'MemberNotFoundInConversation'])
    pair.teams.setAppDisabled(true)
    expect(codeOf(await pair.call('POST', at(hands().chat), words))).toEqual([403, 'BotDisabledByAdmin'])
  })

  test('says who is in a conversation: guests by their role and name, and nobody who is deactivated', async () => {
    const path = `conversations/${encodeURIComponent(group)}`
    const { json } = await pair.call('GET', `${path}/members`)
    expect(json).toMatchObject([
      {
        aadObjectId: dev,
        email: 'dev@example.com',
        userPrincipalName: 'dev@example.com',
        userRole: 'user',
        tenantId: tenant,
      },
      { aadObjectId: boss },
      { objectId: guest, userRole: 'guest', userPrincipalName: expect.stringContaining('#EXT#') },
    ])
    pair.teams.setPerson(boss, { isDeactivated: true })
    const gone = await pair.call('GET', `${path}/members/${boss}`)
    expect(codeOf(gone)).toEqual([404, 'MemberNotFoundInConversation'])
    expect((await pair.call('GET', `${path}/pagedmembers?pageSize=50`)).json).toMatchObject({ members: [{}, {}] })
  })

  test('gives large rosters in pages of at least fifty', async () => {
    const more = Array.from(
      { length: 70 },
      (_, index) => `44444444-0000-4000-8000-0000000001${String(index).padStart(2, '0')}`,
    )
    for (const oid of more) pair.teams.setPerson(oid, { name: oid })
    pair.teams.setConversation(group, { members: more })
    const path = `conversations/${encodeURIComponent(group)}/pagedmembers?pageSize=10`
    const first = (await pair.call('GET', path)).json as { members: unknown[]; continuationToken: string }
    const second = (await pair.call('GET', `${path}&continuationToken=${first.continuationToken}`)).json
    expect([first.members.length, second]).toMatchObject([50, { members: { length: 20 } }])
    expect(second.continuationToken).toBeUndefined()
  })

  test('lists the channels of a team', async () => {
    pair.teams.addChat({
      id: '19:b@thread.tacv2',
      kind: 'channel',
      name: 'b',
      team: { id: '19:team', name: 'Team' },
      members: [dev],
    })
    const { json } = await pair.call('GET', `teams/${encodeURIComponent('19:team')}/conversations`)
    expect(json).toEqual({ conversations: [{ id: '19:b@thread.tacv2', name: 'b' }] })
  })
})

describe('the limits of the connector', () => {
  const codesOf = async (times: number, conversation = channel) => {
    const codes: (number | string | null)[] = []
    for (let time = 0; time < times; time += 1) {
      const { status, headers } = await pair.call('POST', at(conversation), words)
      codes.push(status === 429 ? `wait ${headers.get('retry-after')}` : status)
    }
    return codes
  }

  test('are seven messages a second and eight in two seconds, in each conversation', async () => {
    expect(await codesOf(8)).toEqual([201, 201, 201, 201, 201, 201, 201, 'wait 1'])
    expect(await codesOf(1, group)).toEqual([201])
    now += 1000
    expect(await codesOf(2)).toEqual([201, 'wait 1'])
  })

  test('are sixty messages in half a minute', async () => {
    for (let time = 0; time < 20; time += 1) {
      expect(await codesOf(3)).toEqual([201, 201, 201])
      now += 1000
    }
    expect(await codesOf(1)).toEqual(['wait 10'])
  })
})

describe('a fault', () => {
  const { error, rateLimit, serverError, loseAnswer, drop, clear } = {
    error: (code: string) => pair.teams.faults.error('sendToConversation', code),
    rateLimit: () => pair.teams.faults.rateLimit('sendToConversation', { retryAfterSeconds: 3 }),
    serverError: () => pair.teams.faults.serverError('*'),
    loseAnswer: () => pair.teams.faults.loseAnswer('sendToConversation'),
    drop: () => pair.teams.faults.drop('sendToConversation'),
    clear: () => pair.teams.faults.clear(),
  }
  const send = () => pair.call('POST', at(channel), words)

  test('is a refusal with its code, once', async () => {
    error('PreconditionFailed')
    expect([codeOf(await send()), (await send()).status]).toEqual([[412, 'PreconditionFailed'], 201])
    error('MessageWritesBlocked')
    expect(codeOf(await send())).toEqual([403, 'MessageWritesBlocked'])
    expect(() => pair.teams.faults.error('sendToConversation', 'NoSuchCode')).not.toThrow()
    clear()
  })

  test('is a 429 with the time to wait, or a 502', async () => {
    rateLimit()
    const limited = await send()
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '3'])
    pair.teams.faults.serverError('sendToConversation')
    expect((await send()).status).toBe(502)
    serverError()
    clear()
    expect([(await send()).status, pair.teams.faults.pending()]).toEqual([201, []])
  })

  test('also hits tokens and keys, and a hanging call is answered by nobody', async () => {
    pair.teams.faults.serverError('keys')
    pair.teams.faults.error('openIdMetadata', 'PreconditionFailed')
    const ask = (path: string) => fetch(`${pair.teams.url}/v1/.well-known/${path}`)
    expect([(await ask('keys')).status, (await ask('openidconfiguration')).status]).toEqual([502, 412])
    expect((await ask('keys')).status).toBe(200)
    pair.teams.faults.hang('keys')
    const hanging = fetch(`${pair.teams.url}/v1/.well-known/keys`, { signal: AbortSignal.timeout(100) })
    await expect(hanging).rejects.toThrow('timeout')
  })

  test('is a lost answer after the message was posted, or a cut connection before', async () => {
    loseAnswer()
    await expect(send()).rejects.toThrow()
    expect(hands().messages(channel)).toHaveLength(1)
    drop()
    await expect(send()).rejects.toThrow()
    expect(hands().messages(channel)).toHaveLength(1)
    expect(pair.teams.calls('sendToConversation').map(({ status }) => status)).toEqual([201, 0])
  })
})
