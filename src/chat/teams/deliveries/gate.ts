import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Log } from '../../../app/deps.ts'
import type { Timestamp } from '../../../domain/time.ts'
import { bugView } from '../../../views/copy.ts'
import type { Sender } from '../../conversation/port.ts'
import type { Intake } from '../../intake/bodies.ts'
import type { Counted } from '../../intake/counted.ts'
import { newReference } from '../failure.ts'
import { type Activity, readActivity } from './activity.ts'
import { type Answer, nothing, sentenceAnswer } from './answers.ts'
import { senderOf } from './identity.ts'
import { keyOf, newRepeats } from './repeats.ts'
import { channel, isSameAddress, type TokenCheck, tokenIn } from './token-check.ts'

type GateDeps = {
  /** The one path of deliveries. */
  readonly path: string
  /** The tenants whose members are served. */
  readonly tenants: readonly string[]
  readonly check: TokenCheck
  /** Whether we would send our token to this service URL. */
  readonly isOurHost: (serviceUrl: string) => boolean
  readonly intake: Intake
  readonly isFirstSight: (key: string, until: Timestamp) => Promise<boolean>
  /** The machine's time in milliseconds: the channel signs with the real clock. */
  readonly now: () => number
  /** Whether deliveries are accepted. */
  readonly isReady: () => boolean
  readonly refused: Counted
  readonly log: Log
}

/** An activity whose sender the channel vouches for. */
export type Delivered = {
  readonly activity: Activity
  readonly sender: Sender
  /** When its delivery began, by `performance.now()`. */
  readonly arrivedAt: number
}

/** Handles an admitted activity. */
type Next = (delivered: Delivered) => Promise<Answer>

const repeated = 'This was received before, and is worked on once. Look into your chat with Latchkey for its answer.'

/**
 * Guards the chat library, which checks less: admits only activities that the channel signed for us. A body is read
 * only after its token was found good. All refusals look the same from outside.
 */
export const guarded = (deps: GateDeps, next: Next): RequestListener => {
  const once = newRepeats<Sent>(deps)
  const handle = async (delivered: Delivered, until: number): Promise<Sent> => {
    const { activity } = delivered
    const run = () => next(delivered).then(asSent)
    const told = (error: unknown) => asSent(failed(deps.log, activity, error))
    if (activity.type === 'invoke' && isQuery(activity.name)) return run().catch(told)
    const earlier = (): Sent => {
      deps.refused('here before')
      return asSent(activity.type === 'invoke' ? sentenceAnswer(activity.name, repeated) : nothing)
    }
    return once(keyOf(activity), until, { run, earlier }).catch(told)
  }
  return (request, response) => {
    void admit(deps, request, response, handle).catch((error: unknown) => {
      deps.log.error(
        { failure: error instanceof Error ? error.stack : String(error) },
        'a delivery could not be worked on',
      )
      if (!response.headersSent) response.writeHead(500).end()
    })
  }
}

/** People read a reference, never the error. */
const failed = (log: Log, activity: Activity, error: unknown): Answer => {
  const { summary } = bugView(newReference(log, error))
  return activity.type === 'invoke' ? sentenceAnswer(activity.name, summary) : nothing
}

/** A query changes nothing, and people type fast. */
const isQuery = (name: string): boolean => name === 'application/search' || name === 'composeExtension/query'

const admit = async (
  { path, tenants, check, isOurHost, intake, isReady, refused }: GateDeps,
  request: IncomingMessage,
  response: ServerResponse,
  next: (delivered: Delivered, until: number) => Promise<Sent>,
): Promise<void> => {
  /** Also closes the connection, so that no more of the body is read. */
  const refuse = (status: number, why?: string): void => {
    if (why) refused(why)
    response.writeHead(status, { connection: 'close' }).end()
  }
  const arrivedAt = performance.now()
  if (request.url?.split('?')[0] !== path || request.method !== 'POST') return refuse(404)
  if (!isReady()) return refuse(503)
  const given = tokenIn(request.headers.authorization)
  if (given === undefined) return refuse(401, 'no token of the channel')
  const token = await check(given)
  if ('why' in token) return refuse(401, token.why)
  const body = await intake.read(request)
  if (body === 'too-large') return refuse(413, 'too large')
  if (body === 'too-slow') return refuse(408, 'too slow')
  if (body === 'aborted') return refuse(400, 'aborted')
  const activity = readActivity(parsed(body.toString()))
  if (activity === undefined) return refuse(400, 'of no known shape')
  if (activity === 'unread') return send(response, asSent(nothing))
  if (!isSameAddress(activity.serviceUrl, token.serviceUrl)) return refuse(401, 'its token is for another service URL')
  if (!isOurHost(activity.serviceUrl)) return refuse(401, 'its service URL is not of Teams')
  if (activity.channelId !== channel) return refuse(401, 'of another channel')
  const sender = senderOf(activity, tenants)
  // News of a conversation may be about nobody.
  if (!sender && activity.type !== 'message' && activity.type !== 'invoke') return send(response, asSent(nothing))
  if (!sender) return refuse(401, 'without the person or the tenant')
  send(response, await next({ activity, sender, arrivedAt }, token.until))
}

const parsed = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** An answer as text. It is kept for repeats, and a text costs the garbage collector less than a card's many objects. */
type Sent = { readonly status: number; readonly text?: string }
const asSent = ({ status, body }: Answer): Sent =>
  body === undefined ? { status } : { status, text: JSON.stringify(body) }

const send = (response: ServerResponse, { status, text }: Sent): void => {
  if (text === undefined) return void response.writeHead(status).end()
  response.writeHead(status, { 'content-type': 'application/json' }).end(text)
}
