import { deliveryMethod, type FaultKind } from '../common/faults.ts'
import { type JsonObject, parseJson } from '../common/json.ts'
import type { Recorder } from '../common/recorder.ts'
import type { Activity } from './activities.ts'
import { type Attack, attacked, claimsOf, signatureUnder } from './attacks.ts'
import type { ChannelKeys } from './signing.ts'

/** How a delivery differs from a genuine one, for tests of what the bot refuses. */
export type DeliveryOptions = {
  /** A known attack. */
  attack?: Attack
  /** Claims that replace those of the token; `undefined` removes one. */
  claims?: JsonObject
  /** Changes the activity before it is sent. */
  change?: (activity: Activity) => Activity
  headers?: Record<string, string>
  /** Acts in a conversation of others, whose id this person has got hold of. */
  isTrespassing?: boolean
}

/** A delivery as it was sent, for exact replays. */
export type SentDelivery = { url: string; headers: Record<string, string>; body: string; activity: Activity }

/** Why a delivery has no usable answer. */
export type DeliveryError =
  /** No answer in time. */
  | 'timeout'
  /** Nobody listens, or the connection was cut. */
  | 'unreachable'
  /** HTTP 4xx. */
  | 'client-error'
  /** HTTP 5xx or an unexpected status. */
  | 'server-error'

/** The bot's HTTP answer. `json` is the parsed body when it is JSON. */
export type Acknowledgement = { ok: boolean; status: number; body: string; json: unknown; error?: DeliveryError }

/** Signs activities, and sends them to the bot. */
export type Delivery = {
  deliver(activity: Activity, options?: DeliveryOptions): Promise<Acknowledgement>
  /** Sends the same bytes and headers again. */
  replay(sent: SentDelivery): Promise<Acknowledgement>
  /** All deliveries, oldest first. */
  sent(): SentDelivery[]
  setEndpoint(url: string): void
  /** Gives up everything that still waits for the bot. */
  stop(): void
}

type Parts = {
  endpoint: string | undefined
  appId: string
  keys: ChannelKeys
  signingClock: () => number
  serviceUrl: () => string
  answerWithinMilliseconds: number
  repeatsInvokes: boolean
  recorder: Recorder
  takeFault: (method: string) => FaultKind | undefined
}

/** How often an invoke is sent at most: until about 15 s, with 5 s for each answer (issue 3701 of Adaptive Cards). */
const mostAttempts = 3

const isRepeated = ({ type, name }: Activity): boolean =>
  type === 'invoke' && typeof name === 'string' && /^(composeExtension|task)\//.test(name)

/** Deliveries to one endpoint. */
export function createDelivery(parts: Parts): Delivery {
  let { endpoint } = parts
  const { recorder } = parts
  const sent: SentDelivery[] = []
  const stopping = new AbortController()

  const send = async (delivery: SentDelivery): Promise<Acknowledgement> => {
    sent.push(delivery)
    recorder.addTraffic(delivery.body)
    const answer = await post(delivery, parts.answerWithinMilliseconds, stopping.signal)
    recorder.addTraffic(answer.body)
    return answer
  }

  /** Goes on without the person, who was told already; these answers are ignored (page `respond-to-task-module-submit`). */
  const repeat = async (delivery: SentDelivery): Promise<void> => {
    for (let attempt = 2; attempt <= mostAttempts && !stopping.signal.aborted; attempt += 1) {
      const sending = send(delivery)
      recorder.changed()
      if ((await sending).error !== 'timeout') return
    }
  }

  const signed = (original: Activity, how: DeliveryOptions, url: string): SentDelivery => {
    const activity = attacked(how.change?.(structuredClone(original)) ?? original, how.attack)
    const claims = { ...claimsOf(parts, how.attack), ...how.claims }
    const token = parts.keys.sign(claims, signatureUnder(how.attack))
    const authorization =
      how.attack === 'no-header' ? {} : { authorization: `${how.attack === 'basic' ? 'Basic' : 'Bearer'} ${token}` }
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'user-agent': 'Microsoft-SkypeBotApi (simulated)',
      ...authorization,
      ...how.headers,
    }
    return { url, headers, body: JSON.stringify(activity), activity }
  }

  return {
    sent: () => [...sent],
    setEndpoint: (url) => {
      endpoint = url
    },
    stop: () => stopping.abort(),
    replay: send,
    async deliver(activity, how = {}) {
      const fault = parts.takeFault(deliveryMethod)
      if (fault?.kind === 'drop') return failure('timeout')
      if (endpoint === undefined) return failure('unreachable')
      const delivery = signed(activity, how, endpoint)
      const mayRepeat = parts.repeatsInvokes && isRepeated(activity)
      const answer = await send(delivery)
      if (fault?.kind === 'lose-answer') return mayRepeat ? send(delivery) : failure('unreachable')
      if (answer.error === 'timeout' && mayRepeat) void repeat(delivery)
      return answer
    },
  }
}

/** The result of a delivery without a usable answer. */
const failure = (error: DeliveryError, status = 0, body = ''): Acknowledgement => ({
  ok: false,
  status,
  body,
  json: parseJson(body),
  error,
})

async function post(
  { url, headers, body }: SentDelivery,
  withinMilliseconds: number,
  stopping: AbortSignal,
): Promise<Acknowledgement> {
  const late = AbortSignal.timeout(withinMilliseconds)
  try {
    const signal = AbortSignal.any([late, stopping])
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' })
    const text = await response.text()
    if (response.status >= 400 && response.status < 500) return failure('client-error', response.status, text)
    if (response.status < 200 || response.status > 202) return failure('server-error', response.status, text)
    return { ok: true, status: response.status, body: text, json: parseJson(text) }
  } catch {
    return failure(late.aborted ? 'timeout' : 'unreachable')
  }
}
