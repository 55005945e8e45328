import { z } from 'zod'
import type { Secret } from '../../../domain/secret.ts'
import { timestamp } from '../../../domain/time.ts'
import { type Clock, ExternalError } from '../../../ports.ts'
import { isServiceUrl, withSlash } from '../hosts.ts'
import type { TeamsSettings } from '../settings.ts'
import type { Tokens } from './entra-token.ts'
import { connectorError, pauseIn } from './errors.ts'
import { jsonIn } from './json-body.ts'
import type { Pacer } from './rate.ts'

/** A conversation, and where its connector listens. */
export type Place = { readonly serviceUrl: string; readonly conversation: string }

/** A message as the connector takes it; only `render.ts` and the answers to activities make its content. */
export type OutgoingActivity = { readonly type: string; readonly [key: string]: unknown }

const member = z.object({
  id: z.string().min(1),
  name: z.string().optional().catch(undefined),
  aadObjectId: z.string().optional().catch(undefined),
  objectId: z.string().optional().catch(undefined),
  tenantId: z.string().optional().catch(undefined),
  userRole: z.string().optional().catch(undefined),
  userPrincipalName: z.string().optional().catch(undefined),
  email: z.string().optional().catch(undefined),
})
const page = z.object({ members: z.array(member).catch([]), continuationToken: z.string().nullish() })
const made = z.object({ id: z.string().min(1) })

/** A member of a conversation, as its roster has them. */
export type Member = z.output<typeof member>
/** Some members, and where the next ones begin. */
export type MemberPage = { readonly members: readonly Member[]; readonly next?: string }

/**
 * The Bot Connector's REST API, by our own calls: the SDK's client repeats posts by itself, and so posts a card several
 * times. Every call throws an `ExternalError`.
 */
export type Connector = {
  /** Opens the personal conversation with a user (`29:…`) of a tenant, or finds the open one; returns its id. */
  open(serviceUrl: string, user: string, tenant: string): Promise<string>
  /** Posts a new message; returns its id. */
  post(place: Place, activity: OutgoingActivity): Promise<string>
  /** The same for an answer to a person, which waits for no other message. */
  answer(place: Place, activity: OutgoingActivity): Promise<string>
  update(place: Place, message: string, activity: OutgoingActivity): Promise<void>
  remove(place: Place, message: string): Promise<void>
  member(place: Place, user: string): Promise<Member>
  /** Up to 500 members, from the beginning or from where another page ended. */
  members(place: Place, from?: string): Promise<MemberPage>
}

export type ConnectorDeps = {
  readonly settings: Pick<TeamsSettings, 'app' | 'simulatorUrl'>
  readonly tokens: Tokens
  readonly pacer: Pacer
  readonly fetch: typeof fetch
  readonly clock: Clock
  /** The time limit of one call, in milliseconds. */
  readonly patience: number
  /** Whether a failed call may be repeated once: not where a person waits. */
  readonly repeats: boolean
}

type Call = {
  /** For messages and logs, such as `post`. */
  readonly name: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly serviceUrl: string
  readonly path: readonly string[]
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** The conversation whose limits apply; absent for calls that send nothing. */
  readonly sendsTo?: string
  readonly isAnswer?: boolean
}

export const newConnector = (deps: ConnectorDeps): Connector => {
  const call = (one: Call) => patiently(deps, one)
  const at = ({ serviceUrl, conversation }: Place, ...rest: readonly string[]) => ({
    serviceUrl,
    path: [conversation, ...rest],
  })
  const posted = (place: Place, body: OutgoingActivity): Call => ({
    ...{ name: 'post', method: 'POST', ...at(place, 'activities'), body, sendsTo: place.conversation },
  })
  return {
    open: async (serviceUrl, user, tenant) => {
      const body = {
        bot: { id: `28:${deps.settings.app}` },
        isGroup: false,
        members: [{ id: user }],
        tenantId: tenant,
        channelData: { tenant: { id: tenant } },
      }
      return idIn(await call({ name: 'open', method: 'POST', serviceUrl, path: [], body }), 'open')
    },
    post: async (place, body) => idIn(await call(posted(place, body)), 'post'),
    answer: async (place, body) => idIn(await call({ ...posted(place, body), isAnswer: true }), 'post'),
    update: async (place, id, body) => {
      const activity = { ...body, id }
      const { conversation: sendsTo } = place
      await call({ name: 'update', method: 'PUT', ...at(place, 'activities', id), body: activity, sendsTo })
    },
    remove: async (place, id) => {
      await call({ name: 'delete', method: 'DELETE', ...at(place, 'activities', id), sendsTo: place.conversation })
    },
    member: async (place, user) =>
      read(member, await call({ name: 'member', method: 'GET', ...at(place, 'members', user) }), 'member'),
    members: async (place, from) => {
      const query = { pageSize: '500', ...(from !== undefined && { continuationToken: from }) }
      const name = 'members'
      const answer = await call({ name, method: 'GET', ...at(place, 'pagedmembers'), query })
      const { members, continuationToken: next } = read(page, answer, name)
      return { members, ...(next && { next }) }
    },
  }
}

const read = <Shape extends z.ZodType>(shape: Shape, body: unknown, call: string): z.output<Shape> => {
  const { data } = shape.safeParse(body)
  if (data !== undefined) return data
  throw new ExternalError('chat-unavailable', `Teams answered ${call} with something else`, { transient: true })
}
const idIn = (body: unknown, call: string): string => read(made, body, call).id

/**
 * What one call repeats by itself, once, after a moment. The outbox does all other waiting.
 * - A post that may have arrived is never repeated: the connector knows no idempotency key, so it would appear twice.
 *   412 and 429 did nothing for certain.
 * - All other calls lead to the same state however often they run.
 */
const isRepeated = ({ name }: Call, error: ExternalError): boolean =>
  error.transient && (name !== 'post' || error.code === 'PreconditionFailed' || error.code === 'ratelimited')

/** Milliseconds before the repetition, at random, so that calls that failed together do not meet again. */
const moment = (): number => 200 + Math.random() * 400
const never = new AbortController().signal
/** The longest pause that a call waits for itself, in milliseconds: nobody else would send an answer again. */
const longestPause = { outbox: 1_000, answer: 15_000 }

const patiently = async (deps: ConnectorDeps, call: Call): Promise<unknown> => {
  if (!isServiceUrl(call.serviceUrl, deps.settings.simulatorUrl)) {
    throw new ExternalError('foreign-address', 'a conversation names an address that is not of Teams', {
      transient: false,
    })
  }
  const address = addressOf(call)
  await deps.tokens.current() // before the turn: a send that waits for Entra would arrive together with later ones
  await turnOf(deps, call)
  try {
    return await authorised(deps, call, address)
  } catch (error) {
    if (!deps.repeats || !(error instanceof ExternalError) || !isRepeated(call, error)) throw error
    const { retryAfter = 0 } = error
    if (retryAfter > longestPause[call.isAnswer ? 'answer' : 'outbox']) throw error
    await deps.clock.sleep(timestamp(deps.clock.now() + Math.max(retryAfter, moment())), never)
    await turnOf(deps, call)
    return authorised(deps, call, address)
  }
}

const turnOf = async ({ pacer }: ConnectorDeps, { sendsTo, isAnswer }: Call): Promise<void> => {
  if (sendsTo === undefined) pacer.note()
  else if (isAnswer) pacer.answer(sendsTo)
  else await pacer.turn(sendsTo)
}

/** A refused token is replaced once: Entra may have withdrawn it. A refused call did nothing, so a post is repeated, too. */
const authorised = async (deps: ConnectorDeps, call: Call, address: URL): Promise<unknown> => {
  const send = (token: Secret) => exchange(deps, call, address, token)
  const token = await deps.tokens.current()
  const first = await send(token)
  if (first.status !== 401) return accepted(deps, call, first)
  const other = await deps.tokens.insteadOf(token)
  return accepted(deps, call, other === token ? first : await send(other))
}

type Answer = { readonly status: number; readonly body: unknown; readonly retryAfter: string | null }

const accepted = ({ pacer, clock }: ConnectorDeps, call: Call, answer: Answer): unknown => {
  if (answer.status >= 200 && answer.status < 300) return answer.body
  const pause = answer.status === 429 ? pauseIn(answer.retryAfter, clock.now()) : undefined
  if (pause !== undefined && call.sendsTo !== undefined) pacer.rest(call.sendsTo, pause)
  throw connectorError(answer, call.name, clock.now())
}

const exchange = async (
  { fetch, patience }: ConnectorDeps,
  { name, method, body }: Call,
  address: URL,
  token: Secret,
): Promise<Answer> => {
  try {
    const response = await fetch(address, {
      method,
      headers: {
        authorization: `Bearer ${token.reveal()}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: 'error', // a redirect would carry the token elsewhere
      signal: AbortSignal.timeout(patience),
    })
    const content: unknown = await jsonIn(response).catch(() => undefined)
    return { status: response.status, body: content, retryAfter: response.headers.get('retry-after') }
  } catch (cause) {
    throw new ExternalError('chat-unreachable', `Teams could not be reached for ${name}`, { transient: true, cause })
  }
}

/** Each id is one segment of the path: an id with dots or slashes must not lead to another call. */
const addressOf = ({ serviceUrl, path, query }: Call): URL => {
  const segments = path.map((part) => {
    if (/^\.{0,2}$/.test(part)) throw new ExternalError('bad-id', 'an id of Teams is none', { transient: false })
    return `/${encodeURIComponent(part)}`
  })
  const address = new URL(`${withSlash(serviceUrl)}v3/conversations${segments.join('')}`)
  for (const [key, value] of Object.entries(query ?? {})) address.searchParams.set(key, value)
  return address
}
