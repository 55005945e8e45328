import type { ServerResponse } from 'node:http'
import type { App, Receiver } from '@slack/bolt'
import type { Delivered } from './delivery.ts'

/** Hands the chat library what the guard let through; the library's own listener reads bodies without a schema. */
export type HttpReceiver = Receiver & {
  /** Resolves when the delivery has been worked on; it is acknowledged earlier. */
  take(delivery: Delivered, response: ServerResponse): Promise<void>
}

/** Answers with what the handlers acknowledge with. What no handler takes is answered with 404. */
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
      }
      await app?.processEvent({ body, ack })
      if (!isAcknowledged) response.writeHead(404).end()
    },
  }
}
