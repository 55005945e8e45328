import { createHmac } from 'node:crypto'
import { eventOf } from '../domain/events.ts'
import type { InstanceId } from '../domain/ids.ts'
import type { Secret } from '../domain/secret.ts'
import { type AuditHead, type AuditSink, type Clock, ExternalError, eventSink, type RotationHook } from '../ports.ts'

/** How a receiver is reached, and the key of its signatures. */
export type ReceiverOptions = {
  readonly url: string
  readonly secret: Secret
  readonly instance: InstanceId
  readonly clock: Pick<Clock, 'now'>
  /** The `fetch` through a proxy, if there is one. */
  readonly fetch?: typeof fetch
  /** The time limit of one delivery, in milliseconds. */
  readonly limit?: number
}

/** A receiver of the audit log as signed JSON over HTTP. */
export type Webhook = AuditSink & { sendHead(head: AuditHead, signal: AbortSignal): Promise<void> }

/** Posts `{ source, version, instance, events }` with rows of the audit log, or a `head` in place of `events`. */
export const webhook = (options: ReceiverOptions): Webhook => {
  const post = signedPost(options)
  return {
    name: 'webhook',
    begins: 'first-row',
    send: (events, signal) => post({ events }, signal),
    sendHead: (head, signal) => post({ head: { ...head, at: options.clock.now() } }, signal),
  }
}

/** Posts the same with events, to the programs of the company. A delivery without any is no delivery. */
export const eventWebhook = (options: ReceiverOptions): AuditSink => {
  const post = signedPost(options)
  return {
    name: eventSink,
    begins: 'now', // what programs do at an event should not be done for all that ever happened
    send: async (rows, signal) => {
      const events = rows.flatMap((row) => eventOf(row) ?? [])
      if (events.length > 0) await post({ events }, signal)
    },
  }
}

/** Tells a receiver that a secret was read, so that it writes a new value. A repeated call has the same id. */
export const rotationWebhook = (options: ReceiverOptions): RotationHook => {
  const post = signedPost(options)
  return (rotation, signal) => post({ rotation }, signal)
}

/**
 * Posts JSON. `X-Latchkey-Signature` is `v1=` and the hex HMAC-SHA256 of `v1:TIMESTAMP:BODY`. `X-Latchkey-Timestamp`
 * holds that timestamp in seconds, so that a receiver can refuse replayed deliveries.
 */
const signedPost =
  ({ url, secret, instance, clock, fetch: way = fetch, limit = 10_000 }: ReceiverOptions) =>
  async (content: object, signal: AbortSignal): Promise<void> => {
    const body = JSON.stringify({ source: 'latchkey', version: 1, instance, ...content })
    const timestamp = String(Math.floor(clock.now() / 1000))
    const signature = createHmac('sha256', secret.reveal()).update(`v1:${timestamp}:${body}`).digest('hex')
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'latchkey',
      'x-latchkey-timestamp': timestamp,
      'x-latchkey-signature': `v1=${signature}`,
    }
    const timed = AbortSignal.any([signal, AbortSignal.timeout(limit)])
    const answer = await way(url, { method: 'POST', redirect: 'manual', headers, body, signal: timed }).catch(failed)
    await answer.body?.cancel() // the body of the answer is not needed, and may be long
    if (!answer.ok) throw refusal(answer.status)
  }

/** Statuses below 500 that ask for patience; any other such status refuses the rows. */
const patient = [408, 425, 429]

const refusal = (status: number): ExternalError => {
  const transient = status >= 500 || patient.includes(status)
  return new ExternalError(transient ? 'rejected' : 'refused', `the receiver answered ${status}`, { transient })
}

const failed = (error: unknown): never => {
  const isLate = error instanceof Error && error.name === 'TimeoutError'
  const message = isLate ? 'the receiver did not answer in time' : 'the receiver could not be reached'
  throw new ExternalError(isLate ? 'timeout' : 'unreachable', message, { transient: true, cause: error })
}
