import type { App } from '@slack/bolt'
import type { Counted } from '../intake/counted.ts'
import { isDelivery } from './delivery.ts'

type Process = App['processEvent']

/**
 * The entry to the chat library for deliveries without HTTP. A body without the shape of a delivery is acknowledged, so
 * that Slack does not repeat it, and ignored.
 */
export const checkedBodies =
  (process: Process, refused: Counted): Process =>
  async (event) => {
    if (isDelivery(event.body)) return process(event)
    refused('of no known shape')
    await event.ack()
  }
