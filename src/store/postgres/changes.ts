import { EventEmitter, once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Client, ClientConfig } from 'pg'
import { type Announcer, channel } from './announcer.ts'
import { type Queries, withClient } from './connection.ts'
import { sql } from './drizzle.ts'

const untilHeard = 1_000 // milliseconds between looks while nothing is heard, as behind a pooler of transactions
const whileHearing = 15_000 // and while notifications arrive, one of which may be lost

/** How this process follows the others. */
type Following = {
  readonly queries: Queries
  /** How it connects to listen, past a pooler if there is one. */
  readonly direct: ClientConfig
  readonly announcer: Announcer
}

/**
 * Yields when another process wrote, until the signal aborts. A count in the database says so. Notifications only make it
 * look at once: where none arrive, it looks each second.
 */
export async function* changes({ queries, direct, announcer }: Following, signal: AbortSignal): AsyncGenerator<void> {
  const ear = listen(queries, direct, signal)
  let seen: number | undefined
  while (!signal.aborted) {
    // A look that fails is repeated; what was written meanwhile is seen then.
    const now = await announcer.others().catch(() => seen)
    const isNews = seen !== undefined && now !== seen
    seen = now
    if (isNews) yield
    else await ear.heard()
  }
}

type Ear = { heard(): Promise<void> }

/** Listens until the signal aborts, and connects again whenever the connection ends. */
const listen = (queries: Queries, direct: ClientConfig, signal: AbortSignal): Ear => {
  const bell = new EventEmitter()
  let isHearing = false
  let isRung = false
  bell.on('ring', () => {
    isRung = true
  })
  const hear = async (client: Client): Promise<void> => {
    client.on('notification', () => {
      isHearing = true
      bell.emit('ring')
    })
    await client.query(`LISTEN ${channel}`)
    bell.emit('ring') // something may have been written before
    // Whoever hears this can hear the others.
    await queries.execute(sql`SELECT pg_notify(${channel}, '')`)
    await Promise.race([once(client, 'end', { signal }), beating(client, signal)])
  }
  const keepListening = async (): Promise<void> => {
    while (!signal.aborted) {
      await withClient(direct, hear).catch(() => {})
      isHearing = false
      await pause(untilHeard, signal)
    }
  }
  void keepListening()
  return {
    heard: async () => {
      const stop = new AbortController()
      const until = AbortSignal.any([signal, stop.signal])
      if (!isRung)
        await Promise.race([
          once(bell, 'ring', { signal: until }).catch(() => {}),
          pause(isHearing ? whileHearing : untilHeard, until),
        ])
      stop.abort()
      isRung = false
    },
  }
}

/** Ends with an error once the server no longer answers: a connection may break without a sign. */
const beating = async (client: Client, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    await pause(whileHearing, signal)
    await client.query('SELECT 1')
  }
}

const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  delay(milliseconds, undefined, { ref: false, signal }).catch(() => {})
