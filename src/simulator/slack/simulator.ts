import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { copyOf } from '../common/copies.ts'
import type { JsonObject } from '../common/json.ts'
import { createRecorder, nextChange, type RecordedCall, until } from '../common/recorder.ts'
import { type Answer, answerOf } from './answers.ts'
import { allScopes } from './api-methods.ts'
import { createFaults, type Faults } from './faults.ts'
import type { SimulatedMessage } from './messages.ts'
import type { SimulatorOptions } from './options.ts'
import { createPace } from './pace.ts'
import { createPage } from './page/endpoints.ts'
import { eventPayload } from './payloads.ts'
import type { Sharing, SimulatedUser } from './people.ts'
import { createPerson, type SimulatedPerson } from './person.ts'
import { createPersonContext } from './person-context.ts'
import { createResponseUrlEndpoint } from './response-url-endpoint.ts'
import { createResponseUrls } from './response-urls.ts'
import type { Simulation } from './simulation.ts'
import { createSocketMode, type Sockets } from './socket-mode.ts'
import { type Acknowledgement, createTransport, type DeliveryOptions, type SentDelivery } from './transport.ts'
import { createTriggers } from './triggers.ts'
import { visibleText } from './visible-text.ts'
import { createWebApi } from './web-api.ts'
import { createIds, createWorkspace } from './workspace.ts'

/** A Slack workspace with one app installed, on this machine only. */
export type SlackSimulator = {
  /** The address of the page for people, without a final slash. */
  url: string
  /** For `clientOptions.slackApiUrl`; ends in `/api/`. */
  apiUrl: string
  /** Sets the address of later signed deliveries. */
  setRequestUrl(url: string): void
  /** The actions of one person; throws an Error when nobody has this id. */
  person(id: string): SimulatedPerson
  /** Changes a person, e.g. to a guest or a deactivated account, or adds a new person. */
  setUser(id: string, change: Partial<SimulatedUser>): void
  /** Archives or restores a channel, or adds or removes the app; throws an Error for an unknown channel. */
  setChannel(id: string, change: { isArchived?: boolean; hasApp?: boolean; shared?: Sharing }): void
  /** Replaces the members of a user group. */
  setUserGroup(id: string, users: readonly string[]): void
  /** All current messages, or those of a conversation, including those that only one person sees. */
  messages(channel?: string): SimulatedMessage[]
  /** The visible words of a message, with times in UTC. */
  textOf(message: SimulatedMessage): string
  /** All calls of the Web API so far, or those of one method. */
  calls(method?: string): RecordedCall[]
  /** Every request and response body, in either direction. */
  traffic(): string[]
  /** Deliveries to the app by HTTP, oldest first. */
  deliveries(): SentDelivery[]
  /** Sends a delivery again, byte for byte; the last one by default. */
  replay(delivery?: SentDelivery): Promise<Acknowledgement>
  /** Sends an event of the Events API, e.g. `{ type: 'user_change', user }`. */
  sendEvent(event: JsonObject, options?: DeliveryOptions): Promise<Answer>
  faults: Faults
  /** The app's Socket Mode connections. */
  sockets: Sockets
  /** Resolves at the next visible change. Take the promise before you cause the change. */
  nextChange(): Promise<void>
  /**
   * Resolves with the first defined result of `check`, which runs again after each change. Waits at most 5 s by
   * default.
   */
  until<T>(check: () => T, withinMilliseconds?: number): Promise<NonNullable<T>>
  close(): Promise<void>
}

/** Starts a simulated Slack on the loopback address. */
export async function startSlackSimulator(options: SimulatorOptions): Promise<SlackSimulator> {
  const server = createServer()
  await listen(server, options.port ?? 0, options.host ?? '127.0.0.1')
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const { simulation, faults, socketMode } = createSimulation(options, options.publicUrl ?? url)
  const { workspace, recorder, transport } = simulation

  const people = new Map<string, SimulatedPerson>()
  const person = (id: string): SimulatedPerson => {
    const known = people.get(id) ?? createPerson(createPersonContext(simulation, id))
    people.set(id, known)
    return known
  }
  const site = new Hono()
  site.route('/api', createWebApi(simulation))
  site.route('/commands', createResponseUrlEndpoint(simulation))
  site.route(
    '/',
    createPage({ simulation, faults, person, extraPanels: options.extraPanels, framedBy: options.framedBy }),
  )
  socketMode.attach(server)
  server.on('request', getRequestListener(site.fetch))

  const reader = () => ({ workspace, timeZone: 'UTC', nowSeconds: Math.floor(simulation.now() / 1000) })
  return {
    url,
    apiUrl: `${url}/api/`,
    setRequestUrl: transport.setRequestUrl,
    person,
    setUser(id, change) {
      const known = workspace.users.get(id) ?? { id, name: id.toLowerCase(), realName: id }
      workspace.users.set(id, { ...known, ...change })
      recorder.changed()
    },
    setChannel(id, { isArchived, hasApp, shared }) {
      const channel = workspace.conversations.get(id)
      if (channel === undefined) throw new Error(`There is no channel ${id}.`)
      if (isArchived !== undefined) channel.isArchived = isArchived
      if (shared !== undefined) channel.shared = shared
      if (hasApp === true) channel.members.add(workspace.bot.userId)
      if (hasApp === false) channel.members.delete(workspace.bot.userId)
      recorder.changed()
    },
    setUserGroup(id, users) {
      workspace.userGroups = workspace.userGroups.map((group) => (group.id === id ? { ...group, users } : group))
    },
    messages: (channel) =>
      workspace.messages.filter((message) => channel === undefined || message.channel === channel).map(copyOf),
    textOf: (message) => visibleText(message, reader()),
    calls: recorder.calls,
    traffic: recorder.traffic,
    deliveries: transport.sent,
    async replay(delivery = transport.sent().at(-1)) {
      if (delivery === undefined) throw new Error('nothing was delivered yet')
      return transport.replay(delivery)
    },
    async sendEvent(event, how) {
      const ack = await transport.deliver({ kind: 'event', payload: eventPayload(simulation, event) }, how)
      return answerOf('This event', ack, () => {})
    },
    faults,
    nextChange: () => nextChange(recorder),
    until: (check, withinMilliseconds = 5000) => until(recorder, check, withinMilliseconds),
    sockets: socketMode.sockets,
    async close() {
      await socketMode.close()
      await close(server)
    },
  }
}

function createSimulation(options: SimulatorOptions, url: string) {
  const now = options.now ?? Date.now
  const recorder = createRecorder()
  const ids = createIds(now)
  const workspace = createWorkspace(options)
  const socketMode = createSocketMode(workspace.bot.appId, recorder)
  const { faults, take } = createFaults(recorder.changed)
  const transport = createTransport({
    requestUrl: options.requestUrl,
    signingSecret: options.signingSecret,
    signingClock: options.signingClock ?? Date.now,
    answerWithinMilliseconds: options.answerWithinMilliseconds ?? 3000,
    recorder,
    takeFault: take,
    socket: options.socketMode ? socketMode.deliver : undefined,
  })
  const simulation: Simulation = {
    workspace,
    newTicket: socketMode.newTicket,
    ids,
    recorder,
    triggers: createTriggers(now, ids, take),
    responseUrls: createResponseUrls(now, ids, () => `${url}/commands/${options.team.id}`),
    transport,
    takeFault: take,
    pace: createPace(workspace, options.messagesApart ?? 0, now),
    now,
    url: () => url,
    tokens: { bot: options.botToken, app: options.appToken },
    scopes: new Set(options.scopes ?? allScopes),
    takesMailForDeactivated: options.takesMailForDeactivated ?? false,
    command: options.command ?? { name: '/latchkey', hint: '' },
    hasHomeTab: options.hasHomeTab ?? false,
  }
  return { simulation, faults, socketMode }
}

const listen = (server: Server, port: number, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
