import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { UseCases } from '../../src/app/use-cases.ts'
import type { Chat } from '../../src/chat/kind.ts'
import { teamsChat } from '../../src/chat/teams/app.ts'
import { type TeamsSettings, teamsPath, teamsSection, teamsSettings } from '../../src/chat/teams/settings.ts'
import { systemClock } from '../../src/clock.ts'
import type { Identity, Recipient } from '../../src/domain/card.ts'
import { accept, refuse } from '../../src/domain/refusal.ts'
import { secret } from '../../src/domain/secret.ts'
import { timestamp } from '../../src/domain/time.ts'
import type { Person } from '../../src/ports.ts'
import type { TeamsSimulatorOptions } from '../../src/simulator/teams/options.ts'
import { startTeamsSimulator, type TeamsSimulator } from '../../src/simulator/teams/simulator.ts'
import { developer, fakeUseCases, guest, owner, people, type Record } from '../contract/chat-fakes.ts'

const clientSecret = 'client secret of this test'
const appId = '0a0a0a0a-0000-4000-8000-000000000001'
export const tenant = '0b0b0b0b-0000-4000-8000-000000000001'
/** Object ids of people at Entra. */
export const oid = {
  dev: '0c0c0c0c-0000-4000-8000-000000000001',
  owner: '0c0c0c0c-0000-4000-8000-000000000002',
  guest: '0c0c0c0c-0000-4000-8000-000000000003',
  newcomer: '0c0c0c0c-0000-4000-8000-000000000004',
} as const
export const accessChannel = '19:access@thread.tacv2'
export const groupChat = '19:group@thread.v2'

const accounts = new Map<string, Person>([
  [oid.dev, developer],
  [oid.owner, owner],
  [oid.guest, guest],
])

/** The fake use cases, which know people by their Teams accounts. */
export const teamsUseCases = (overrides: Partial<UseCases> = {}): UseCases & Record =>
  fakeUseCases({
    identify: (identity) => {
      const person = accounts.get(identity.subject)
      return person && identity.tenant === tenant ? accept(person) : refuse({ code: 'unknown-person', ...identity })
    },
    ...overrides,
  })

const simulated: TeamsSimulatorOptions = {
  app: { id: appId, name: 'Latchkey' },
  tenant,
  appSecret: clientSecret,
  people: [
    { oid: oid.dev, name: 'Developer on call' },
    { oid: oid.owner, name: 'Owner of the database' },
    { oid: oid.guest, name: 'Guest', role: 'guest' },
    { oid: oid.newcomer, name: 'New colleague' },
  ],
  chats: [
    { id: accessChannel, kind: 'channel', name: 'access', members: Object.values(oid) },
    { id: groupChat, kind: 'group', name: 'on call', members: Object.values(oid), hasApp: false },
  ],
}

/** A person as a recipient of cards. */
export const directToTeams = (who: keyof typeof oid): Recipient => ({
  to: 'person',
  person: accounts.get(oid[who])?.id ?? owner.id,
  identity: { platform: 'teams', tenant, subject: oid[who] },
})

export type TeamsStage<Cases = UseCases & Record> = {
  readonly teams: TeamsSimulator
  readonly chat: Chat
  readonly useCases: Cases
  readonly logs: object[]
  readonly endpoint: string
  /** How the newest action of a person said that they are reached. */
  reference(who: keyof typeof oid): Promise<string | undefined>
  /** Posts to a path of the connector with the bot's own rights, as whoever has its secret can. */
  postAsBot(path: string, body: object): Promise<Response>
  stop(): Promise<void>
}

/** A simulated tenant and the real Teams adapter, over signed HTTP. */
export const teamsStage = async <Cases extends UseCases>(
  useCases: Cases,
  options: Partial<TeamsSimulatorOptions> = {},
  settings: Partial<TeamsSettings> = {},
): Promise<TeamsStage<Cases>> => {
  const teams = await startTeamsSimulator({ ...simulated, ...options })
  const logs: object[] = []
  const write = (fields: object, message: string) => void logs.push({ ...fields, message })
  const seen = new Set<string>()
  const known = new Map<string, string>()
  const keyOf = ({ tenant: of, subject }: Identity) => `${of}/${subject}`
  const now = () => timestamp((options.now ?? Date.now)())
  let drafts = 0
  const section = teamsSection.parse({ app: appId, tenant, simulatorUrl: teams.url })
  const chat = teamsChat({
    outbound: { fetch },
    useCases: {
      ...useCases,
      keepConversation: async (identity, reference) => void known.set(keyOf(identity), reference),
    },
    directory: { find: (id) => people.find((person) => person.id === id), members: () => [] },
    clock: { now, sleep: (until, signal) => systemClock.sleep(timestamp(Date.now() + until - now()), signal) },
    log: { info: write, warn: write, error: write },
    newId: () => `draft-${++drafts}`,
    isFirstSight: async (key) => !seen.has(key) && seen.add(key) === seen,
    conversationOf: async (identity) => known.get(keyOf(identity)),
    settings: { ...teamsSettings(section, () => secret(clientSecret)), ...settings },
  })
  const server = createServer((request, response) => {
    if (chat.inbound) chat.inbound.listener(request, response)
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}${teamsPath}`
  teams.setMessagingEndpoint(endpoint)
  const close = async () => {
    await chat.stop()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await teams.close()
  }
  await chat.start().catch(async (error: unknown) => {
    await close()
    throw error
  })
  const reference = async (who: keyof typeof oid) => known.get(`${tenant}/${oid[who]}`)
  const postAsBot = async (path: string, body: object) => {
    const scope = 'https://api.botframework.com/.default'
    const form = { grant_type: 'client_credentials', client_id: appId, client_secret: clientSecret, scope }
    const token = await fetch(`${teams.url}/${tenant}/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    })
    const { access_token } = (await token.json()) as { access_token: string }
    const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' }
    return fetch(`${teams.serviceUrl}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  }
  return { teams, chat, useCases, logs, endpoint, reference, postAsBot, stop: close }
}
