import { setTimeout as delay } from 'node:timers/promises'

/** Looks again and again until there is something to see, and returns it; throws when the limit (milliseconds) is over. */
export async function eventually<T>(
  look: () => T | Promise<T>,
  { limit = 15_000, about = () => look.toString() }: { limit?: number; about?: () => string } = {},
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = Date.now() + limit
  for (;;) {
    const seen = await look()
    if (isThere(seen)) return seen
    if (Date.now() > deadline) throw new Error(`It did not happen within ${limit} ms: ${about()}`)
    await delay(20)
  }
}

const isThere = <T>(seen: T): seen is Exclude<T, undefined | null | false> =>
  seen !== undefined && seen !== null && seen !== false
