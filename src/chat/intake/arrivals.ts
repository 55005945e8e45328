import type { ServerResponse } from 'node:http'
import { setImmediate } from 'node:timers/promises'

/** Deliveries that a platform waits for: all are acknowledged before work on any of them. */
export type Arrivals = {
  /** Counts a delivery until it is answered. */
  expect(response: ServerResponse): void
  /** Acknowledges one delivery, and resolves when work on it may begin. */
  acknowledge(ack: () => Promise<void>): Promise<void>
}

const patience = 50 // rounds of the event loop: a slow sender must not delay the others' work

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
        await setImmediate() // also reads and counts what has arrived meanwhile
        if (waiting === 0) return
      }
    },
  }
}
