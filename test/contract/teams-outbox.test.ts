import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Deps } from '../../src/app/deps.ts'
import { newPool } from '../../src/app/pool.ts'
import { cardsAtOnce, reconcileCards } from '../../src/app/reconcile-cards.ts'
import { newConnector } from '../../src/chat/teams/connector/connector.ts'
import { newConversations } from '../../src/chat/teams/connector/conversations.ts'
import { newTokens } from '../../src/chat/teams/connector/entra-token.ts'
import { newPacer } from '../../src/chat/teams/connector/rate.ts'
import { encodeReference } from '../../src/chat/teams/connector/reference.ts'
import { teamsPlatform } from '../../src/chat/teams/platform.ts'
import { teamsSection, teamsSettings } from '../../src/chat/teams/settings.ts'
import { accept } from '../../src/domain/refusal.ts'
import { secret } from '../../src/domain/secret.ts'
import { seconds } from '../../src/domain/time.ts'
import type { Store } from '../../src/ports.ts'
import { userId } from '../../src/simulator/teams/ids.ts'
import { startTeamsSimulator, type TeamsSimulator } from '../../src/simulator/teams/simulator.ts'
import { openStore } from '../../src/store/index.ts'
import { type HandClock, newHandClock } from '../support/hand-clock.ts'
import * as sample from './store-samples.ts'

const app = '11111111-aaaa-4aaa-8aaa-111111111111'
const tenant = '22222222-bbbb-4bbb-8bbb-222222222222'
const dba = '33333333-cccc-4ccc-8ccc-000000000001'
const channel = '19:access@thread.tacv2'
const lines: object[] = []
const note = (fields: object, message: string) => void lines.push({ ...fields, message })
const log = { info: note, warn: note, error: note }

let clock: HandClock
let teams: TeamsSimulator
let store: Store
beforeEach(async () => {
  clock = newHandClock()
  teams = await startTeamsSimulator({
    ...{ app: { id: app }, tenant, appSecret: 'the~secret', hasRates: true, now: clock.now },
    people: [{ oid: dba, name: 'Database administrator' }],
    chats: [{ id: channel, kind: 'channel', name: 'access', members: [dba] }],
  })
  store = await openStore(':memory:', { newId: randomUUID, now: clock.now })
})
afterEach(async () => {
  await store.close()
  await teams.close()
})

/** The outbox of Latchkey before a Teams that counts; it runs by the hand clock until all is done. */
const outbox = (appSecret = 'the~secret') => {
  const settings = teamsSettings(teamsSection.parse({ app, tenant, simulatorUrl: teams.url }), () => secret(appSecret))
  const connector = newConnector({
    ...{ settings, tokens: newTokens({ settings, fetch, clock }), pacer: newPacer(clock), fetch, clock },
    ...{ patience: 8_000, repeats: true },
  })
  const platform = teamsPlatform({
    ...{ settings, connector, conversations: newConversations(connector, clock), clock },
    admits: async () => accept(undefined),
  })
  const deps: Deps = {
    ...{ store, clock, log, newId: randomUUID, newNonce: randomUUID, hash: (text: string) => text, random: () => 0 },
    directory: { person: () => undefined, find: () => undefined, members: () => [], partiesOf: () => [] },
    ...{ integrations: new Map(), platforms: new Map([[platform.name, platform]]) },
    ...{ nudge: () => {}, troubleAt: () => undefined },
    settings: {
      ...{ linkBase: 'https://latchkey.example.com', linkInMessage: false, linkConfirm: 'none' },
      ...{ revokeOnMisuse: true, claim: seconds(60), wake: seconds(15), provedShare: 0 },
    },
  }
  const pool = newPool(cardsAtOnce, log)
  const reconcile = reconcileCards(deps, platform, pool)
  return async (isDone = async () => (await store.nextCard('teams')) === undefined): Promise<void> => {
    while (pool.running() > 0 || !(await isDone())) {
      await reconcile(() => {})
      // Time passes only while nothing is on the way: the simulated service counts by the same clock.
      while (pool.running() > clock.sleepers()) await new Promise((resolve) => setImmediate(resolve))
      await clock.advance(100)
    }
  }
}
const notice = { audience: 'notice', notice: { about: 'directory-rejected', problem: 'no such group' } } as const
const toChannel = () =>
  sample.card({ ...notice, recipient: { to: 'channel', channel: { platform: 'teams', id: channel } } })

test('a hundred cards for one channel arrive once each, none is refused, and nobody else waits for them', async () => {
  const identity = { platform: 'teams', tenant, subject: dba } as const
  await store.saveConversation(
    identity,
    encodeReference({ serviceUrl: teams.serviceUrl, user: userId(dba, app), tenant }),
  )
  const person = sample.card({ ...notice, recipient: { to: 'person', person: sample.grace, identity } })
  await store.addCards([...Array.from({ length: 100 }, toChannel), person])
  const start = clock.now()
  await outbox()()
  const sent = teams.calls('sendToConversation')
  expect(sent.filter(({ status }) => status !== 201)).toEqual([])
  expect(teams.messages(channel)).toHaveLength(100)
  const own = teams.messages().filter(({ conversation }) => conversation !== channel)
  expect(own).toHaveLength(1)
  expect((own[0]?.sentAt ?? 0) - start).toBeLessThan(3_000)
  expect(teams.calls('getConversationPagedMembers').length).toBeLessThan(20)
}, 60_000)

test('what Entra refuses waits in the rows with its reason, and no log has the secret', async () => {
  const card = toChannel()
  await store.addCards([card])
  lines.length = 0
  await outbox('wrong~secret')(async () => (await store.card(card.id))?.trouble !== undefined)
  expect((await store.card(card.id))?.trouble?.code).toBe('AADSTS7000215')
  expect(JSON.stringify(lines)).toContain('TEAMS_APP_SECRET is wrong')
  expect(JSON.stringify(lines)).not.toContain('wrong~secret')
  await outbox()()
  expect(teams.messages(channel)).toHaveLength(1)
  const given = teams.calls('token').map(({ answer }) => answer)
  expect(JSON.stringify(lines)).not.toMatch(/of\.the\.bot/)
  expect(given).toHaveLength(2)
}, 60_000)
