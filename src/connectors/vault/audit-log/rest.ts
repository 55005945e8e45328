import { setTimeout as delay } from 'node:timers/promises'

/** Waits for some milliseconds, or until the signal aborts. A log grows by the machine's clock, so no other one is asked. */
export const rest = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
  await delay(milliseconds, undefined, { signal }).catch(() => {})
}
