import type { ServerResponse } from 'node:http'
import { setImmediate } from 'node:timers/promises'

/** Deliveries that Slack waits for: acknowledging them all goes before working on any. */
export type Arrivals = {
  /** Counts a delivery until it is answered. */
  expect(response: ServerResponse): void
  /** Acknowledges one, and returns when work on it may begin. */
  acknowledge(ack: () => Promise<void>): Promise<void>
}

const patience = 50 // rounds of the event loop: whoever sends a body slowly must not hold up the others' work

export const newArrivals = (): Arrivals => {
  let waiting = 0
  return {
    expect: (response) => {
      waiting += 1
      response.once('close', () => {
        waiting -= 1
      })
    },
    acknowledge: async (ack) => {
      await ack()
      for (let round = 0; round < patience; round += 1) {
        await setImmediate() // whatever has arrived meanwhile is read, and counted
        if (waiting === 0) return
      }
    },
  }
}
