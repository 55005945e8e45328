import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { UseCases } from '../../src/app/use-cases.ts'
import type { Chat } from '../../src/chat/kind.ts'
import { slackChat } from '../../src/chat/slack/app.ts'
import type { SlackSettings } from '../../src/chat/slack/settings.ts'
import { neededScopes } from '../../src/chat/slack/token.ts'
import { systemClock } from '../../src/clock.ts'
import type { Actor } from '../../src/domain/audit-event.ts'
import type { Audience, Recipient } from '../../src/domain/card.ts'
import { cardId, grantId, integrationId, personId, requestId, resourceId } from '../../src/domain/ids.ts'
import type { Integration } from '../../src/domain/integration.ts'
import { accept, type Refusal, refuse } from '../../src/domain/refusal.ts'
import type { Resource } from '../../src/domain/resource.ts'
import { secret } from '../../src/domain/secret.ts'
import { seconds, timestamp } from '../../src/domain/time.ts'
import type { Loaded, Person } from '../../src/ports.ts'
import type { SimulatorOptions } from '../../src/simulator/slack/options.ts'
import { type SlackSimulator, startSlackSimulator } from '../../src/simulator/slack/simulator.ts'
import { requestCard } from '../../src/views/cards.ts'
import type { MessageView } from '../../src/views/view-model.ts'

export const hour = seconds(3600)
export const developer: Person = {
  id: personId('developer'),
  name: 'Developer on call',
  identities: [{ platform: 'slack', tenant: 'T0TEAM', subject: 'U0DEV' }],
}
export const owner: Person = {
  id: personId('owner'),
  name: 'Owner of the database',
  identities: [{ platform: 'slack', tenant: 'T0TEAM', subject: 'U0OWNER' }],
}
export const guest: Person = {
  id: personId('guest'),
  name: 'Guest',
  identities: [{ platform: 'slack', tenant: 'T0TEAM', subject: 'U0GUEST' }],
}
export const people = [developer, owner, guest]

export const vault: Integration = {
  id: integrationId('main-vault'),
  requesters: ['group:developers'],
  owners: ['person:owner'],
  durations: [seconds(1800), hour, seconds(28800)],
  decideWithin: seconds(86400),
}
export const otherVault: Integration = { ...vault, id: integrationId('other-vault'), durations: [seconds(900)] }

const resource = (id: string, path: string, more: Partial<Resource> = {}): Resource => ({
  id: resourceId(id),
  integration: vault.id,
  type: 'secret',
  path,
  permissions: ['read', 'read-write'],
  seenAt: timestamp(0),
  ...more,
})
export const longPath = `kv/${'very/'.repeat(20)}deep/place`
export const resources: readonly Resource[] = [
  resource('r1', 'kv/apps/db'),
  resource('r2', 'kv/apps/mail', { permissions: ['read'] }),
  resource('r3', 'kv/odd*name', { obstacle: 'its name has a character that means something else in a policy' }),
  resource('r4', longPath),
  resource('r5', 'kv/other/thing', { integration: otherVault.id }),
]

export const request: Loaded['request'] = {
  id: requestId('q1'),
  draft: 'd1',
  requester: developer.id,
  integration: vault.id,
  items: [{ resource: resourceId('r1'), type: 'secret', path: 'kv/apps/db', permission: 'read' }],
  reason: 'debug <!channel> & *failing* payments',
  duration: hour,
  plan: { document: 'path "kv/data/apps/db" { capabilities = ["read"] }', hash: 'abc123' },
  requirements: [{ owners: ['person:owner'], approvals: 1, by: 'integration' }],
  decisions: [],
  submittedAt: timestamp(1_000),
  revision: 0,
  state: 'pending',
  decideBy: timestamp(4_000_000_000_000),
}
const { decideBy: _, ...undecided } = request
export const active: Loaded = {
  request: { ...undecided, state: 'approved', at: timestamp(2_000) },
  grant: {
    id: grantId('g1'),
    request: request.id,
    person: developer.id,
    integration: vault.id,
    items: request.items,
    duration: hour,
    plan: request.plan,
    attempts: 0,
    state: 'active',
    since: timestamp(2_000),
    expiresAt: timestamp(4_000_000_000_000),
  },
}

const { request: approved, grant } = active
if (grant?.state !== 'active') throw new Error('the grant of this test is active')
const extendable = { request: approved, grant }

/** What the form shows when the developer asks for it again. */
const wishAgain = {
  ...{
    integration: vault,
    allOrNothing: false,
    others: 'leave-out' as const,
    leftOut: ['kv/apps/gone'],
    duration: hour,
    reason: request.reason,
  },
  chosen: resources.slice(0, 1).map((found) => ({ resource: found, permission: 'read' })),
}

/** What of it its owner decides on. */
export const seen = { items: [0], plan: request.plan.hash }

/** What was asked of the use cases, in order, and what was refused. */
export type Record = {
  calls: { verb: string; args: readonly unknown[] }[]
  refusals: { actor: Actor; refusal: Refusal }[]
}

/** Use cases that remember what they were asked and accept everything that `overrides` does not refuse. */
export const fakeUseCases = (overrides: Partial<UseCases> = {}): UseCases & Record => {
  const calls: Record['calls'] = []
  const refusals: Record['refusals'] = []
  const noting =
    <Args extends readonly unknown[], Result>(verb: string, act: (...args: Args) => Result) =>
    (...args: Args): Result => {
      calls.push({ verb, args })
      return act(...args)
    }
  const all: UseCases = {
    webPages: undefined,
    answerTrial: () => accept('noted'),
    caveats: async () => [],
    outlastingBy: () => new Map(),
    lendsFor: () => undefined,
    terminal: async () => accept({ label: 'ada-laptop', address: '192.0.2.7', rights: 'own' }),
    permitTerminal: async () => accept(undefined),
    signsTerminalsIn: true,
    controlGroups: {
      isOffered: true,
      report: async () => refuse({ code: 'no-such-control-group' }),
      list: async () => [],
      show: async () => refuse({ code: 'no-such-control-group' }),
      authorise: async () => refuse({ code: 'no-such-control-group' }),
      mayDeny: async () => refuse({ code: 'no-such-control-group' }),
      deny: async () => refuse({ code: 'no-such-control-group' }),
    },
    submitRequest: async () => accept({ request }),
    extendGrant: async () => accept({ request }),
    foldersToAsk: async () => accept([]),
    smallerFolders: async () => [],
    decideRequest: async () => accept({ request }),
    cancelRequest: async () => accept({ request }),
    remindOwners: async () => accept({ request }),
    requesterGroups: () => ['developers'],
    isKeyTaken: async () => false,
    askedAdministrators: async () => ({ at: undefined, people: [owner.id] }),
    askAdministrators: async () => accept([owner.id]),
    revokeGrant: async () => accept(active),
    explainAlarm: async () => accept(active),
    mayExplain: async () => accept(active),
    keepConversation: async () => {},
    openHome: async () => {},
    welcome: async () => {},
    skipWelcome: async () => {},
    openFetchLink: async () =>
      accept({
        url: secret('https://latchkey.test/fetch/nonce-of-this-test'),
        expiresAt: timestamp(0),
        loaded: active,
      }),
    mayDecide: async () => accept({ request, part: seen }),
    provedEnd: async () => undefined,
    mayApproveFor: async () => undefined,
    mayCancel: async () => accept({ request }),
    mayRemind: async () => accept({ request }),
    mayExtend: async () => accept({ ...extendable, integration: vault, lengths: [hour] }),
    mayEnd: async () => accept(active),
    checkPress: async ({ card }) => (card === ownCard ? accept(undefined) : refuse({ code: 'foreign-message' })),
    cardView: async () => accept(ownerCard),
    mayAskFor: () => [vault],
    searchResources: async (_person, integrations, words) =>
      accept(
        resources.filter(
          ({ integration, path }) =>
            integrations.includes(integration) && words.split(' ').every((word) => path.includes(word)),
        ),
      ),
    similarResources: async () => [],
    usualResources: async () => [],
    examplePath: async () => 'kv/apps/db',
    decidersOf: () => ['person:owner'],
    offering: async () => 'something',
    workloads: () => undefined,
    linkMaker: 'https://latchkey.test/request',
    wishAgain: async (_request, person) =>
      person === developer.id ? accept(wishAgain) : refuse({ code: 'not-the-requester' }),
    resource: async (_person, id) => resources.find((each) => each.id === id),
    accessOf: async () => [active, { request }],
    decisionsFor: async () => ({ shown: [], hasMore: false }),
    whoHas: async () => refuse({ code: 'no-such-resource' }),
    itemsOf: async () => accept({ request, part: { items: [0] } }),
    planOf: async () => accept({ ...request.plan, of: 'all' as const, items: request.items, isExact: true }),
    status: async () => [{ integration: vault, healthy: true, away: [] }],
    identify: (identity) => {
      const person = people.find(({ identities }) =>
        identities.some(({ tenant, subject }) => tenant === identity.tenant && subject === identity.subject),
      )
      return person ? accept(person) : refuse({ code: 'unknown-person', ...identity })
    },
    formerHolder: async () => undefined,
    recordRefusal: async (actor, refusal) => void refusals.push({ actor, refusal }),
    ...overrides,
  }
  return {
    ...all,
    permitTerminal: noting('permitTerminal', all.permitTerminal),
    submitRequest: noting('submitRequest', all.submitRequest),
    decideRequest: noting('decideRequest', all.decideRequest),
    cancelRequest: noting('cancelRequest', all.cancelRequest),
    remindOwners: noting('remindOwners', all.remindOwners),
    askAdministrators: noting('askAdministrators', all.askAdministrators),
    revokeGrant: noting('revokeGrant', all.revokeGrant),
    openFetchLink: noting('openFetchLink', all.openFetchLink),
    calls,
    refusals,
  }
}

export const simulatorOptions: SimulatorOptions = {
  signingSecret: 'signing secret of this test',
  botToken: 'xoxb-of-this-test',
  appToken: 'xapp-of-this-test',
  team: { id: 'T0TEAM', name: 'Example', domain: 'example' },
  people: [
    { id: 'U0DEV', name: 'dev', realName: 'Developer on call' },
    { id: 'U0OWNER', name: 'owner', realName: 'Owner of the database' },
    { id: 'U0GUEST', name: 'guest', realName: 'Guest', isRestricted: true },
    { id: 'U0NEW', name: 'new', realName: 'New colleague' },
    { id: 'U0PARTNER', name: 'partner', realName: 'Partner', teamId: 'T0ELSE', isStranger: true },
  ],
  channels: [
    { id: 'C0OPEN', name: 'access', members: ['U0LATCHBOT', 'U0DEV', 'U0OWNER', 'U0NEW', 'U0GUEST', 'U0PARTNER'] },
  ],
  command: { name: '/vault', hint: 'request' },
  scopes: neededScopes,
}

export type Stage = {
  readonly slack: SlackSimulator
  readonly chat: Chat
  readonly logs: object[]
  stop(): Promise<void>
}

/** A simulated workspace and the real Slack adapter, over signed HTTP or Socket Mode. */
export const stage = async (
  useCases: UseCases,
  options: Partial<SimulatorOptions> = {},
  settings: Partial<SlackSettings> = {},
): Promise<Stage> => {
  const merged = { ...simulatorOptions, ...options }
  const slack = await startSlackSimulator(merged)
  const logs: object[] = []
  const write = (fields: object, message: string) => void logs.push({ ...fields, message })
  const seen = new Set<string>()
  let drafts = 0
  const now = () => timestamp((merged.now ?? Date.now)())
  const chat = slackChat({
    outbound: { fetch },
    useCases,
    directory: { find: (id) => people.find((person) => person.id === id), members: () => [] },
    clock: { now, sleep: (until, signal) => systemClock.sleep(timestamp(Date.now() + until - now()), signal) },
    log: { info: write, warn: write, error: write },
    newId: () => `draft-${++drafts}`,
    isFirstSight: async (signature) => !seen.has(signature) && seen.add(signature) === seen,
    conversationOf: async () => undefined,
    settings: {
      botToken: secret(merged.botToken),
      delivery: merged.socketMode
        ? { kind: 'socket', appToken: secret(merged.appToken ?? '') }
        : { kind: 'http', signingSecret: secret(merged.signingSecret) },
      tenants: ['T0TEAM'],
      command: '/vault',
      apiUrl: slack.apiUrl,
      ...settings,
    },
  })
  await chat.start().catch(async (error: unknown) => {
    await slack.close()
    throw error
  })
  const server = createServer((request, response) => {
    if (chat.inbound) chat.inbound.listener(request, response)
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  slack.setRequestUrl(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`)
  return {
    slack,
    chat,
    logs,
    stop: async () => {
      await chat.stop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await slack.close()
    },
  }
}

/** A person as a recipient of cards. */
export const directTo = (person: Person): Recipient => {
  const [identity] = person.identities
  if (!identity) throw new Error(`${person.name} has no identity`)
  return { to: 'person', person: person.id, identity }
}
export const channel: Recipient = { to: 'channel', channel: { platform: 'slack', id: 'C0OPEN' } }

const cardContext = {
  now: timestamp(Date.now()),
  nameOf: (id: string) => {
    const person = people.find((each) => each.id === id)
    return { person: person?.name ?? id, identities: person?.identities ?? [] }
  },
  integration: vault,
}
const ownCard = cardId('card-of-this-test')
const cardFor = (subject: Loaded, audience: Audience): MessageView => ({
  ...requestCard(subject, { ...cardContext, audience }),
  origin: { card: ownCard },
})
export const ownerCard = cardFor({ request }, 'owner')
export const requesterCard = cardFor({ request }, 'requester')
export const cancelledCard = cardFor(
  { request: { ...undecided, state: 'cancelled', at: timestamp(2_000) } },
  'requester',
)
export const accessCard = cardFor(active, 'access')
export const liveOwnerCard = cardFor(active, 'owner')
