import { createHmac } from 'node:crypto'
import type { InstanceId } from '../domain/ids.ts'
import type { Secret } from '../domain/secret.ts'
import { type AuditHead, type AuditSink, type Clock, ExternalError } from '../ports.ts'

type Options = {
  readonly url: string
  readonly secret: Secret
  readonly instance: InstanceId
  readonly clock: Pick<Clock, 'now'>
  /** The way to the receiver, when it is not straight. */
  readonly fetch?: typeof fetch
  /** Milliseconds for one delivery. */
  readonly limit?: number
}

/** A receiver of signed JSON by HTTP. */
export type Webhook = AuditSink & { sendHead(head: AuditHead, signal: AbortSignal): Promise<void> }

/**
 * Posts `{ source, version, instance, events }`. The header `X-Latchkey-Signature` is `v1=` and the HMAC-SHA256, in hex,
 * of `v1:TIMESTAMP:BODY`, where `X-Latchkey-Timestamp` is in seconds: old deliveries cannot be sent again by others.
 */
export const webhook = ({ url, secret, instance, clock, fetch: way = fetch, limit = 10_000 }: Options): Webhook => {
  const post = async (content: object, signal: AbortSignal): Promise<void> => {
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
    await answer.body?.cancel() // what it says is of no interest, and might be long
    if (!answer.ok) throw refusal(answer.status)
  }
  return {
    name: 'webhook',
    send: (events, signal) => post({ events }, signal),
    sendHead: (head, signal) => post({ head: { ...head, at: clock.now() } }, signal),
  }
}

/** Statuses below 500 by which a receiver asks for patience; any other says that it will not take this. */
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
