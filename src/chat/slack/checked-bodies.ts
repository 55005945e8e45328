import type { App } from '@slack/bolt'
import type { Counted } from './counted.ts'
import { isDelivery } from './delivery.ts'

type Process = App['processEvent']

/**
 * The way into the chat library for what does not come by HTTP: what has the shape of no delivery is acknowledged, so that
 * Slack does not send it again, and otherwise ignored.
 */
export const checkedBodies =
  (process: Process, refused: Counted): Process =>
  async (event) => {
    if (isDelivery(event.body)) return process(event)
    refused('of no known shape')
    await event.ack()
  }
