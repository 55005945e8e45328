import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { copyOf } from '../common/copies.ts'
import { type CommonFaults, createFaultList, deliveryMethod, type FaultKind } from '../common/faults.ts'
import { createRecorder, nextChange, type RecordedCall, until } from '../common/recorder.ts'
import { createClient } from './client.ts'
import { createConnector, type Env } from './connector.ts'
import { type Acknowledgement, createDelivery, type SentDelivery } from './delivery.ts'
import { createEntra } from './entra.ts'
import { createIdentityEndpoints } from './identity-endpoints.ts'
import type { TeamsMessage } from './messages.ts'
import type { TeamsChat, TeamsPerson, TeamsSimulatorOptions } from './options.ts'
import { createPage } from './page/endpoints.ts'
import { createHands, type TeamsHands } from './person.ts'
import { createRates } from './rate.ts'
import { createScreen, type Screen } from './screen.ts'
import { type ChannelKeys, createChannelKeys } from './signing.ts'
import type { Simulation } from './simulation.ts'
import { type Closed, createTenant, personalChat } from './tenant.ts'
import { messageText } from './visible-text.ts'

/** A Teams tenant with one bot, on this machine only. */
export type TeamsSimulator = {
  /** The address without a final slash; every other address is below it. */
  url: string
  /** What activities carry, `…/connector/`. */
  serviceUrl: string
  /** Sets the address of later signed activities. */
  setMessagingEndpoint(url: string): void
  /** The actions of one person; throws an Error when nobody has this object id. */
  person(oid: string): TeamsHands
  /** Changes a person, e.g. to a guest or a deactivated account, or adds a new one. */
  setPerson(oid: string, change: Partial<TeamsPerson>): void
  /** Adds a channel or a group chat. */
  addChat(chat: TeamsChat): void
  /** Changes a conversation: whether the app is in it, who is, or why the bot may not write. */
  setConversation(
    id: string,
    change: { hasApp?: boolean; members?: readonly string[]; closed?: Closed | undefined },
  ): void
  /** An administrator disables the app for everybody, or allows it again. */
  setAppDisabled(isDisabled: boolean): void
  /** All current messages, or those of a conversation. */
  messages(conversation?: string): TeamsMessage[]
  /** The visible words of a message, with times in UTC; those of one person with a card in its place. */
  textOf(message: TeamsMessage, oid?: string): string
  /** All calls by the bot so far, or those of one method, e.g. `sendToConversation` or `token`. */
  calls(method?: string): RecordedCall[]
  /** Every request and response body, in either direction, but no credential. */
  traffic(): string[]
  /** Deliveries to the bot, oldest first. */
  deliveries(): SentDelivery[]
  /** Sends a delivery again, byte for byte; the last one by default. */
  replay(delivery?: SentDelivery): Promise<Acknowledgement>
  /** New signing keys of the channel. */
  keys: Pick<ChannelKeys, 'rotate'>
  /** Ends all tokens of the bot; the connector then answers 401. */
  expireTokens(): void
  /** The bot's client secret has reached its end at Entra, or is good again. */
  setSecretExpired(isExpired: boolean): void
  faults: CommonFaults<FaultKind>
  /** Resolves at the next visible change. Take the promise before you cause the change. */
  nextChange(): Promise<void>
  /** Resolves with the first defined result of `check`, asked again after each change; waits at most 5 s by default. */
  until<T>(check: () => T, withinMilliseconds?: number): Promise<NonNullable<T>>
  close(): Promise<void>
}

/** Starts a simulated Teams on the loopback address. */
export async function startTeamsSimulator(options: TeamsSimulatorOptions): Promise<TeamsSimulator> {
  const server = createServer()
  await listen(server, options.port ?? 0, options.host ?? '127.0.0.1')
  const url = options.publicUrl ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { simulation, faults, keys, site, entra } = createParts(options, url)
  const { tenant, recorder, delivery } = simulation
  const people = new Map<string, TeamsHands>()
  const person = (oid: string): TeamsHands => {
    const known = people.get(oid) ?? createHands(createClient(simulation, oid), oid)
    people.set(oid, known)
    return known
  }
  const { company = 'Example', suggestions = [], extraPanels: panels, framedBy } = options
  site.route('/', createPage({ simulation, faults, person, company, suggestions, panels, framedBy }))
  server.on('request', getRequestListener(site.fetch))

  return {
    url,
    serviceUrl: simulation.serviceUrl(),
    setMessagingEndpoint: delivery.setEndpoint,
    person,
    setPerson(oid, change) {
      tenant.setPerson(oid, change)
      if (change.hasApp !== undefined) personalChat(tenant, oid).hasApp = change.hasApp
      recorder.changed()
    },
    addChat(chat) {
      tenant.addChat(chat)
      recorder.changed()
    },
    setConversation(id, change) {
      const found = tenant.conversations.get(id)
      if (found === undefined) throw new Error(`There is no conversation ${id}.`)
      if (change.hasApp !== undefined) found.hasApp = change.hasApp
      if (change.members !== undefined) found.members = new Set(change.members)
      if ('closed' in change) found.closed = change.closed
      recorder.changed()
    },
    setAppDisabled(isDisabled) {
      tenant.isAppDisabled = isDisabled
      recorder.changed()
    },
    messages: (conversation) =>
      tenant.messages.filter((each) => conversation === undefined || each.conversation === conversation).map(copyOf),
    textOf(message, oid) {
      const own = oid === undefined ? undefined : simulation.screenOf(oid).inPlace(message)
      return messageText(own === undefined ? message : { ...message, cards: [own] })
    },
    calls: recorder.calls,
    traffic: recorder.traffic,
    deliveries: delivery.sent,
    async replay(sent = delivery.sent().at(-1)) {
      if (sent === undefined) throw new Error('nothing was delivered yet')
      return delivery.replay(sent)
    },
    keys,
    expireTokens: entra.expireTokens,
    setSecretExpired: entra.setSecretExpired,
    faults,
    nextChange: () => nextChange(recorder),
    until: (check, withinMilliseconds = 5000) => until(recorder, check, withinMilliseconds),
    async close() {
      delivery.stop()
      await close(server)
    },
  }
}

function createParts(options: TeamsSimulatorOptions, url: string) {
  const now = options.now ?? Date.now
  const signingClock = options.signingClock ?? Date.now
  const recorder = createRecorder()
  const { faults, take } = createFaultList(recorder.changed, [deliveryMethod])
  const keys = createChannelKeys()
  const serviceUrl = () => `${url}/connector/`
  const screens = new Map<string, Screen>()
  const simulation: Simulation = {
    tenant: createTenant(options, now),
    recorder,
    takeFault: take,
    now,
    serviceUrl,
    hasTypeahead: options.hasTypeahead ?? true,
    delivery: createDelivery({
      endpoint: options.endpoint,
      appId: options.app.id,
      keys,
      signingClock,
      serviceUrl,
      answerWithinMilliseconds: options.answerWithinMilliseconds ?? 5000,
      repeatsInvokes: options.repeatsInvokes ?? true,
      recorder,
      takeFault: take,
    }),
    screenOf(oid) {
      const known = screens.get(oid) ?? createScreen()
      screens.set(oid, known)
      return known
    },
  }
  const entra = createEntra(options, signingClock)
  const site = new Hono<Env>()
  const rates = options.hasRates ? createRates(now) : undefined
  site.route('/connector', createConnector({ simulation, entra, rates }))
  site.route('/', createIdentityEndpoints({ simulation, entra, keys, url: () => url }))
  return { simulation, faults, keys, site, entra }
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
