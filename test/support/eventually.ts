import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as delay } from 'node:timers/promises'

const ends = new AsyncLocalStorage<AbortSignal>()

/** Runs an act whose waits end soon after the signal: nobody is left who could bring what they wait for. */
export const waitingUntil = <T>(end: AbortSignal, act: () => Promise<T>): Promise<T> => ends.run(end, act)

/** Thrown by a look that can see nothing for a moment, as at a database that is away. */
export class NothingSeen extends Error {}

/** What was on its way when the signal came may still arrive. */
const grace = 500

/**
 * Looks again and again until there is something to see, and returns it; throws when the limit (milliseconds) is over. Limits
 * are far above what it takes, so that a busy machine fails no test: only failures wait for them.
 */
export async function eventually<T>(
  look: () => T | Promise<T>,
  { limit = 45_000, about = () => look.toString() }: { limit?: number; about?: () => string } = {},
): Promise<Exclude<T, undefined | null | false>> {
  let deadline = Date.now() + limit
  const end = ends.getStore()
  const cut = () => {
    deadline = Math.min(deadline, Date.now() + grace)
  }
  if (end?.aborted) cut()
  else end?.addEventListener('abort', cut, { once: true })
  for (;;) {
    const seen = await looked(look)
    if (isThere(seen)) return seen
    if (Date.now() > deadline) throw new Error(`It did not happen within ${limit} ms: ${about()}`)
    await delay(20)
  }
}

const looked = async <T>(look: () => T | Promise<T>): Promise<T | undefined> => {
  try {
    return await look()
  } catch (error) {
    if (error instanceof NothingSeen) return undefined
    throw error
  }
}

const isThere = <T>(seen: T): seen is Exclude<T, undefined | null | false> =>
  seen !== undefined && seen !== null && seen !== false
