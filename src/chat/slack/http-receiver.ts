import type { ServerResponse } from 'node:http'
import { finished } from 'node:stream/promises'
import type { App, Receiver } from '@slack/bolt'
import type { Delivered } from './delivery.ts'

/** Passes what the guard admitted to the chat library, whose own listener reads bodies without a schema. */
export type HttpReceiver = Receiver & {
  /** Resolves when the delivery has been handled; it is acknowledged earlier. */
  take(delivery: Delivered, response: ServerResponse): Promise<void>
}

/**
 * Answers with the handlers' acknowledgement, or with 404 when there is no handler. An acknowledgement resolves once it is
 * sent, so that whatever follows it arrives later.
 */
export const httpReceiver = (): HttpReceiver => {
  let app: App | undefined
  return {
    init: (initialised) => {
      app = initialised
    },
    start: async () => {},
    stop: async () => {},
    take: async (body, response) => {
      let isAcknowledged = false
      const ack = async (answer?: unknown): Promise<void> => {
        if (isAcknowledged) throw new Error('a delivery was acknowledged twice')
        isAcknowledged = true
        if (answer === undefined || answer === '') response.writeHead(200).end()
        else if (typeof answer === 'string') response.writeHead(200, { 'content-type': 'text/plain' }).end(answer)
        else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
        await finished(response).catch(() => {}) // Slack has hung up, so nothing can overtake the answer
      }
      await app?.processEvent({ body, ack })
      if (!isAcknowledged) response.writeHead(404).end()
    },
  }
}
