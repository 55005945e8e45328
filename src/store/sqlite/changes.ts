import { setTimeout as delay } from 'node:timers/promises'
import type { Queries } from './connection.ts'
import { sql } from './drizzle.ts'

const look = 250 // milliseconds between looks, each of which reads one number from memory

/** Yields when another connection has written to the file since the last look, until the signal aborts. */
export async function* changes(queries: Queries, signal: AbortSignal): AsyncGenerator<void> {
  const version = () => queries.get<{ data_version: number }>(sql.raw('PRAGMA data_version')).data_version
  let seen = version()
  while (!signal.aborted) {
    await delay(look, undefined, { ref: false, signal }).catch(() => {})
    if (signal.aborted) return
    const now = version()
    if (now === seen) continue
    seen = now
    yield
  }
}
