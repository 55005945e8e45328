import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newConnector, type Place } from '../../src/chat/teams/connector/connector.ts'
import { newConversations } from '../../src/chat/teams/connector/conversations.ts'
import { newTokens } from '../../src/chat/teams/connector/entra-token.ts'
import { editing, writingTo } from '../../src/chat/teams/connector/errors.ts'
import { newPacer } from '../../src/chat/teams/connector/rate.ts'
import { encodeReference } from '../../src/chat/teams/connector/reference.ts'
import { newReferences } from '../../src/chat/teams/connector/references.ts'
import { askTeams, fullNameOf, reachOf } from '../../src/chat/teams/connector/roster.ts'
import { teamsExaminer } from '../../src/chat/teams/doctor.ts'
import { type TeamsCredential, teamsSection, teamsSettings } from '../../src/chat/teams/settings.ts'
import { systemClock } from '../../src/clock.ts'
import type { Identity } from '../../src/domain/card.ts'
import { secret } from '../../src/domain/secret.ts'
import { ExternalError } from '../../src/ports.ts'
import { userId } from '../../src/simulator/teams/ids.ts'
import type { TeamsSimulatorOptions } from '../../src/simulator/teams/options.ts'
import { startTeamsSimulator, type TeamsSimulator } from '../../src/simulator/teams/simulator.ts'
import { newAppCertificate } from '../support/app-certificate.ts'

const app = '11111111-aaaa-4aaa-8aaa-111111111111'
const tenant = '22222222-bbbb-4bbb-8bbb-222222222222'
const partner = '22222222-bbbb-4bbb-8bbb-999999999999'
const dba = '33333333-cccc-4ccc-8ccc-000000000001'
const lead = '33333333-cccc-4ccc-8ccc-000000000002'
const channel = '19:access@thread.tacv2'
const appSecret = 'the~secret'

let teams: TeamsSimulator
const start = async (options: Partial<TeamsSimulatorOptions> = {}) => {
  teams = await startTeamsSimulator({
    ...{ app: { id: app }, tenant, appSecret },
    people: [
      { oid: dba, name: 'Database administrator', upn: 'dba@example.com' },
      { oid: lead, name: 'Platform lead' },
    ],
    chats: [{ id: channel, kind: 'channel', name: 'access', team: { id: '19:t', name: 'T' }, members: [dba, lead] }],
    ...options,
  })
}
beforeEach(() => start())
afterEach(() => teams.close())

const identityOf = (subject: string): Identity => ({ platform: 'teams', tenant, subject })
const referenceTo = (oid: string) => ({ serviceUrl: teams.serviceUrl, user: userId(oid, app), tenant })
const message = { type: 'message', text: 'hello' }

const outbound = (credential?: TeamsCredential) => {
  const section = teamsSection.parse({ app, tenant, simulatorUrl: teams.url })
  const settings = { ...teamsSettings(section, () => secret(appSecret)), ...(credential && { credential }) }
  const tokens = newTokens({ settings, fetch, clock: systemClock })
  const connector = newConnector({
    ...{ settings, tokens, pacer: newPacer(systemClock), fetch, clock: systemClock },
    ...{ patience: 2_000, repeats: true },
  })
  const conversations = newConversations(connector, systemClock)
  const references = newReferences({
    conversationOf: async ({ subject }) => encodeReference(referenceTo(subject)),
  })
  const roster = { settings, connector, conversations, references }
  return { settings, connector, conversations, ask: askTeams(roster), nameOf: fullNameOf(roster) }
}
const inChannel = (): Place => ({ serviceUrl: teams.serviceUrl, conversation: channel })
const textsIn = (conversation: string) => teams.messages(conversation).map((one) => teams.textOf(one))
const failureOf = async (work: Promise<unknown>): Promise<ExternalError> => {
  const error = await work.then(
    () => expect.fail('it should have been refused'),
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ExternalError)
  return error as ExternalError
}

describe('the client of the connector at a simulated Teams', () => {
  test('opens, posts, changes and deletes, with one token for all', async () => {
    const { connector, conversations } = outbound()
    const place = await conversations.of(referenceTo(dba))
    const id = await connector.post(place, message)
    await connector.update(place, id, { ...message, text: 'changed' })
    await connector.post(inChannel(), message)
    expect(textsIn(place.conversation)).toEqual(['changed'])
    expect(textsIn(channel)).toEqual(['hello'])
    await connector.remove(place, id)
    expect(textsIn(place.conversation)).toEqual([])
    expect(await failureOf(editing(() => connector.update(place, id, message)))).toMatchObject({ code: 'message-gone' })
    expect(teams.calls('token')).toHaveLength(1)
  })

  test('proves the application by its certificate', async () => {
    await teams.close()
    const { certificate, key } = newAppCertificate()
    await start({ appCertificate: certificate })
    const { connector } = outbound({ kind: 'certificate', value: secret(certificate + key) })
    await connector.post(inChannel(), message)
    expect(textsIn(channel)).toEqual(['hello'])
  })

  test('is refused by Entra with what to do', async () => {
    const wrong = outbound({ kind: 'secret', value: secret('wrong') })
    const error = await failureOf(wrong.connector.post(inChannel(), message))
    expect(error).toMatchObject({ code: 'AADSTS7000215', transient: false })
    const other = newAppCertificate()
    const unknown = outbound({ kind: 'certificate', value: secret(other.certificate + other.key) })
    expect(await failureOf(unknown.connector.post(inChannel(), message))).toMatchObject({ code: 'AADSTS700027' })
  })

  test('replaces a token that was ended, and repeats the call', async () => {
    const { connector } = outbound()
    await connector.post(inChannel(), message)
    teams.expireTokens()
    await Promise.all(Array.from({ length: 3 }, () => connector.post(inChannel(), message)))
    expect(textsIn(channel)).toHaveLength(4)
    expect(teams.calls('token')).toHaveLength(2)
    teams.expireTokens()
    expect(await failureOf(connector.post(inChannel(), message))).toMatchObject({ code: 'token-refused' })
  })

  test('posts once when the answer is lost, and changes again', async () => {
    const { connector } = outbound()
    const id = await connector.post(inChannel(), message)
    teams.faults.loseAnswer('sendToConversation')
    expect(await failureOf(connector.post(inChannel(), message))).toMatchObject({ code: 'chat-unreachable' })
    expect(textsIn(channel)).toEqual(['hello', 'hello'])
    teams.faults.loseAnswer('updateActivity')
    await connector.update(inChannel(), id, { ...message, text: 'changed' })
    expect(teams.calls('updateActivity')).toHaveLength(2)
    expect(textsIn(channel)).toContain('changed')
  })

  test('repeats a post that did nothing, and leaves a long wait to the outbox', async () => {
    const { connector } = outbound()
    teams.faults.error('sendToConversation', 'PreconditionFailed')
    await connector.post(inChannel(), message)
    expect(textsIn(channel)).toEqual(['hello'])
    teams.faults.rateLimit('sendToConversation', { retryAfterSeconds: 30 })
    const error = await failureOf(connector.post(inChannel(), message))
    expect(error).toMatchObject({ code: 'ratelimited', transient: true, retryAfter: 30_000 })
  })

  test('stays below the limits of a service that counts', async () => {
    await teams.close()
    await start({ hasRates: true })
    const { connector } = outbound()
    const all = await Promise.allSettled(Array.from({ length: 40 }, () => connector.post(inChannel(), message)))
    const waiting = all.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    expect(textsIn(channel).length).toBe(40 - waiting.length)
    expect(textsIn(channel).length).toBeGreaterThanOrEqual(7)
    expect(waiting.filter(({ code, retryAfter }) => code !== 'ratelimited' || !(retryAfter > 0))).toEqual([])
    expect(teams.calls('sendToConversation').filter(({ status }) => status === 429)).toEqual([])
  })

  test.each([
    ['the person blocked the app', 'ConversationBlockedByUser', 'account-blocked'],
    ['the app is not there', 'BotNotInConversationRoster', 'app-missing'],
    ['an administrator forbids it', 'BotDisabledByAdmin', 'account-closed'],
    ['the conversation is gone', 'ConversationNotFound', 'conversation-unknown'],
    ['the message is too big', 'MessageSizeTooBig', 'MessageSizeTooBig'],
  ])('is refused for good where %s', async (_, code, reason) => {
    const { connector, conversations } = outbound()
    const place = await conversations.of(referenceTo(dba))
    teams.faults.error('sendToConversation', code)
    const error = await failureOf(writingTo('account', () => connector.post(place, message)))
    expect(error).toMatchObject({ code: reason, transient: false })
    expect(teams.calls('sendToConversation')).toHaveLength(1)
  })
})

describe('the roster of a simulated Teams', () => {
  const refused = (why: string) => ({ ok: false, refusal: { code: 'not-admitted', why } })

  test('admits an ordinary member, and knows the name', async () => {
    const { ask, nameOf } = outbound()
    expect(await ask(identityOf(dba))).toMatchObject({ ok: true })
    expect(await nameOf(identityOf(dba))).toBe('Database administrator')
  })

  test('shows at once who became a guest, or was deactivated, also after a restart', async () => {
    const { ask } = outbound()
    expect(await ask(identityOf(dba))).toMatchObject({ ok: true })
    teams.setPerson(dba, { role: 'guest' })
    expect(await ask(identityOf(dba))).toMatchObject(refused('guest'))
    teams.setPerson(dba, { role: 'member', isDeactivated: true })
    expect(await ask(identityOf(dba))).toMatchObject(refused('deactivated'))
    expect(await outbound().ask(identityOf(dba))).toMatchObject(refused('deactivated'))
  })

  test('says nothing about somebody who removed the app', async () => {
    const { ask } = outbound()
    teams.setPerson(dba, { hasApp: false })
    expect(await failureOf(ask(identityOf(dba)))).toMatchObject({ code: 'BotNotInConversationRoster' })
  })

  test('says who reads along in a channel', async () => {
    const { settings, connector } = outbound()
    const reach = () => reachOf({ settings, connector, serviceUrl: teams.serviceUrl }, channel)
    expect(await reach()).toBe('inside')
    teams.setPerson(lead, { tenant: partner })
    expect(await reach()).toBe('outside')
    teams.setPerson(lead, { tenant, role: 'guest' })
    expect(await reach()).toBe('outside')
    teams.setConversation(channel, { hasApp: false })
    expect(await reach()).toBe('unknown')
  })
})

test('doctor finds a simulated Teams in order, and no secret is in what it says or sends to the connector', async () => {
  const { settings } = outbound()
  const conversationOf = async ({ subject }: Identity) => encodeReference(referenceTo(subject))
  const examiner = teamsExaminer({ ...settings, way: fetch, conversationOf })
  const findings = await examiner.app()
  expect(findings.map(({ what, state }) => [what, state])).toEqual([
    ['Teams: app secret', 'ok'],
    ['Teams: connector', 'ok'],
    ['Teams: keys of deliveries', 'ok'],
    ['Teams: clock', 'ok'],
  ])
  expect(await examiner.channel(channel)).toEqual({ name: '' })
  expect(await examiner.account(identityOf(dba))).toBeUndefined()
  expect(await examiner.nameOf(identityOf(dba))).toEqual({ name: 'Database administrator', handle: 'dba' })
  expect(JSON.stringify([findings, teams.traffic()])).not.toContain(appSecret)
})
