import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../common/json.ts'
import { invokeActivity } from './activities.ts'
import type { Acknowledgement, DeliveryError, DeliveryOptions } from './delivery.ts'
import { UnusableAnswer } from './invoke-answers.ts'
import type { TeamsMessage } from './messages.ts'
import type { Screen } from './screen.ts'
import type { Simulation } from './simulation.ts'
import { type Conversation, type KnownPerson, personalChat } from './tenant.ts'

/** One person's client in the simulation; each use looks the person up again, because tests change people. */
export type Client = {
  simulation: Simulation
  /** Throws an Error when the account is deactivated: nobody acts then. */
  person(): KnownPerson
  screen: Screen
}

/** The result of an act, as the person sees it. */
export type Answer = {
  ok: boolean
  /** The HTTP status of the bot; 0 without an answer. */
  status: number
  error?: DeliveryError | 'unusable'
  /** Teams' line about a failure, or empty. */
  shown: string
  /** Why the answer was not usable, for the author of a test. */
  why?: string
}

/** What people read about an app that did not answer in time (page `respond-to-task-module-submit`), or not as it must. */
const lines: Readonly<Record<DeliveryError | 'unusable', string>> = {
  timeout: 'Unable to reach app. Please try again.',
  unreachable: 'Unable to reach app. Please try again.',
  'client-error': 'Something went wrong. Please try again.',
  'server-error': 'Something went wrong. Please try again.',
  unusable: 'Something went wrong. Please try again.',
}

/** The client of a person; throws an Error when nobody has this object id. */
export function createClient(simulation: Simulation, oid: string): Client {
  personalChat(simulation.tenant, oid)
  return {
    simulation,
    screen: simulation.screenOf(oid),
    person() {
      const found = simulation.tenant.people.get(oid)
      if (found === undefined) throw new Error(`nobody has the object id ${oid}`)
      if (found.isDeactivated) throw new Error(`the account of ${found.name} is deactivated`)
      return found
    },
  }
}

/** The conversation, in which the person must be; who trespasses has got hold of its id. */
export function ownConversation({ simulation, person }: Client, id: string, isTrespassing = false): Conversation {
  const [plain = ''] = id.split(';')
  const found = simulation.tenant.conversations.get(plain)
  if (found === undefined) throw new Error(`there is no conversation ${plain}`)
  if (!isTrespassing && !found.members.has(person().oid))
    throw new Error(`${person().name} is not in ${found.name || plain}`)
  return found
}

/** The current version of a message; throws an Error when it is gone. */
export function currentMessage({ simulation }: Client, { conversation, id }: TeamsMessage): TeamsMessage {
  const found = simulation.tenant.messages.find((each) => each.conversation === conversation && each.id === id)
  if (found === undefined) throw new Error('the message is gone')
  return found
}

/** Shows words to this person alone. */
export function tell(
  { simulation, screen }: Client,
  place: { conversation: string; message?: string | undefined },
  text: string,
  isFailure = false,
): void {
  const { conversation, message } = place
  screen.notices.push({ id: `n:${randomUUID()}`, conversation, message, text, at: simulation.now(), isFailure })
  simulation.recorder.changed()
}

/** Sends an invoke, unless the app cannot be reached from there. */
export async function invoke(
  { simulation, person }: Client,
  place: { conversation: Conversation; message?: TeamsMessage | undefined },
  name: string,
  value: JsonObject,
  options?: DeliveryOptions,
): Promise<Acknowledgement> {
  const { conversation } = place
  const isCut = simulation.tenant.isAppDisabled || conversation.closed !== undefined
  // A message extension works where the app is missing; cards there do not (page `create-task-module`).
  const needsApp = !name.startsWith('composeExtension/')
  if (isCut || (needsApp && !conversation.hasApp)) {
    return { ok: false, status: 0, body: '', json: undefined, error: 'unreachable' }
  }
  return simulation.delivery.deliver(invokeActivity(simulation, person(), place, name, value), options)
}

/** The result of an acknowledged act; `apply` uses the bot's answer, `show` tells about a failure. */
export function settle(ack: Acknowledgement, apply: () => void, show: (line: string) => void): Answer {
  const failed = (error: DeliveryError | 'unusable', why?: string): Answer => {
    show(lines[error])
    return { ok: false, status: ack.status, error, shown: lines[error], ...(why !== undefined && { why }) }
  }
  if (ack.error !== undefined) return failed(ack.error)
  try {
    apply()
    return { ok: true, status: ack.status, shown: '' }
  } catch (error) {
    if (error instanceof UnusableAnswer) return failed('unusable', error.message)
    throw error
  }
}
