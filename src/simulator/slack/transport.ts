import { deliveryMethod } from '../common/faults.ts'
import { parseJson } from '../common/json.ts'
import type { Recorder } from '../common/recorder.ts'
import type { FaultKind } from './faults.ts'
import { signatureOf } from './signing.ts'

/** A delivery to the app: a slash command's form, an interaction or an event. */
export type Delivery =
  | { kind: 'command'; fields: Record<string, string> }
  | { kind: 'interaction'; payload: object }
  | { kind: 'event'; payload: object }

/** How a delivery differs from a genuine one, for tests of what the app refuses. HTTP only, except `headers`. */
export type DeliveryOptions = {
  /** `valid` by default. */
  signature?: 'valid' | 'wrong' | 'missing'
  /** Moves the timestamp; a negative value means the past. */
  shiftSeconds?: number
  contentType?: string
  headers?: Record<string, string>
}

/** A delivery as it was sent, for exact replays. */
export type SentDelivery = { url: string; headers: Record<string, string>; body: string }

/** The error codes that people see when an app fails. */
export type DeliveryError =
  /** No answer in time. */
  | 'operation_timeout'
  /** Nobody listens. */
  | 'dispatch_failed'
  /** HTTP 4xx. */
  | 'http_client_error'
  /** HTTP 5xx or an unexpected status. */
  | 'http_service_error'
  /** An answer that Slack cannot use, such as a broken view. */
  | 'invalid_answer'

/** The answer. `body` is empty without an answer; `json` is the parsed body when it is JSON. */
export type Acknowledgement = { ok: boolean; status: number; body: string; json: unknown; error?: DeliveryError }

/** Sends deliveries to the app. */
export type Transport = {
  deliver(delivery: Delivery, options?: DeliveryOptions): Promise<Acknowledgement>
  /** Sends the same bytes and headers again. */
  replay(sent: SentDelivery): Promise<Acknowledgement>
  /** Deliveries sent by HTTP, oldest first. */
  sent(): SentDelivery[]
  setRequestUrl(url: string): void
}

/** A delivery without HTTP. */
export type SocketDelivery = (delivery: Delivery, withinMilliseconds: number) => Promise<Acknowledgement>

type TransportOptions = {
  requestUrl: string | undefined
  signingSecret: string
  signingClock: () => number
  answerWithinMilliseconds: number
  recorder: Recorder
  takeFault: (method: string) => FaultKind | undefined
  socket: SocketDelivery | undefined
}

/** Sends signed HTTP deliveries, or uses Socket Mode when that is given. */
export function createTransport(options: TransportOptions): Transport {
  let requestUrl = options.requestUrl
  const sent: SentDelivery[] = []
  const { recorder } = options

  const send = async (delivery: SentDelivery): Promise<Acknowledgement> => {
    recorder.addTraffic(delivery.body)
    const answer = await post(delivery, options.answerWithinMilliseconds)
    recorder.addTraffic(answer.body)
    return answer
  }

  return {
    sent: () => [...sent],
    setRequestUrl: (url) => {
      requestUrl = url
    },
    replay: send,
    async deliver(delivery, how = {}) {
      if (options.takeFault(deliveryMethod) !== undefined) return failure('operation_timeout')
      if (options.socket !== undefined) return options.socket(delivery, options.answerWithinMilliseconds)
      if (requestUrl === undefined) return failure('dispatch_failed')
      const signed = sign(delivery, requestUrl, how, options)
      sent.push(signed)
      return send(signed)
    },
  }
}

/** The result of a delivery without acknowledgement. */
export const failure = (error: DeliveryError, status = 0, body = ''): Acknowledgement => ({
  ok: false,
  status,
  body,
  json: parseJson(body),
  error,
})

function sign(delivery: Delivery, url: string, how: DeliveryOptions, options: TransportOptions): SentDelivery {
  const body = bodyOf(delivery)
  const timestamp = Math.floor(options.signingClock() / 1000) + (how.shiftSeconds ?? 0)
  const secret = how.signature === 'wrong' ? `not ${options.signingSecret}` : options.signingSecret
  const isForm = delivery.kind !== 'event'
  const headers: Record<string, string> = {
    'content-type': how.contentType ?? (isForm ? 'application/x-www-form-urlencoded' : 'application/json'),
    'user-agent': 'Slackbot 1.0 (simulated)',
    accept: 'application/json,*/*',
    'x-slack-request-timestamp': String(timestamp),
    ...(how.signature === 'missing' ? {} : { 'x-slack-signature': signatureOf(secret, timestamp, body) }),
    ...how.headers,
  }
  return { url, headers, body }
}

function bodyOf(delivery: Delivery): string {
  switch (delivery.kind) {
    case 'command':
      return new URLSearchParams(delivery.fields).toString()
    case 'interaction':
      return new URLSearchParams({ payload: JSON.stringify(delivery.payload) }).toString()
    case 'event':
      return JSON.stringify(delivery.payload)
    default:
      return delivery satisfies never
  }
}

async function post({ url, headers, body }: SentDelivery, withinMilliseconds: number): Promise<Acknowledgement> {
  try {
    const signal = AbortSignal.timeout(withinMilliseconds)
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' })
    const text = await response.text()
    if (response.status >= 400 && response.status < 500) return failure('http_client_error', response.status, text)
    if (response.status !== 200) return failure('http_service_error', response.status, text)
    return { ok: true, status: 200, body: text, json: parseJson(text) }
  } catch (error) {
    return failure(error instanceof Error && error.name === 'TimeoutError' ? 'operation_timeout' : 'dispatch_failed')
  }
}
