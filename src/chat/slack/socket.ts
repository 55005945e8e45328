import type { App, Receiver } from '@slack/bolt'
import { backoff } from '../../domain/backoff.ts'
import { after, seconds, secondsUntil } from '../../domain/time.ts'
import { newEnvelopes } from './envelopes.ts'
import { type Envelope, type Line, openLine } from './line.ts'
import type { SlackDeps } from './settings.ts'

/** The lines through which Slack delivers in Socket Mode. */
export type Socket = Receiver & {
  /** Connects; throws what to repair. */
  open(): Promise<void>
  /** Whether deliveries can arrive. */
  isOpen(): boolean
  close(): Promise<void>
}

/** The number of open lines. Slack allows ten per app, over all its processes. */
const wanted = 2
const longestPause = seconds(30)
/** A line with a shorter life counts as a failed one. */
const shortLife = seconds(5)
/** Slack closes a line about ten seconds after the announcement; we close it after this time. */
const farewell = seconds(30)
const look = seconds(1)

/**
 * Keeps two lines open, so that one delivers what the other cannot. When Slack announces the end of a line, the next
 * one opens while the old one still delivers. The library would close first, wait five seconds, and die if Slack is
 * away.
 */
export const keptOpen = (
  options: Parameters<typeof openLine>[0],
  { clock, log }: Pick<SlackDeps, 'clock' | 'log'>,
): Socket => {
  const stopping = new AbortController()
  const stopped = new Promise<'stopped'>((resolve) =>
    stopping.signal.addEventListener('abort', () => resolve('stopped')),
  )
  const lines = new Set<Line>()
  const keepers: Promise<void>[] = []
  const envelopes = newEnvelopes()
  let app: App | undefined

  const sleep = (length: typeof look) => clock.sleep(after(clock.now(), length), stopping.signal)

  const receive = (envelope: Envelope, from: Line): void => {
    const sent = Promise.withResolvers<void>()
    envelopes
      .answerTo(envelope.id, () => answerOf(app, envelope, sent.promise))
      .then((answer) => acknowledge(envelope.id, answer, from))
      .catch((error: unknown) => log.warn({ problem: problemOf(error) }, 'Slack did not get an acknowledgement'))
      .finally(sent.resolve)
  }

  /** Acknowledges on the line of the envelope, or on any other when that one is cut. */
  const acknowledge = (id: string, answer: unknown, from: Line): Promise<void> => {
    const line = from.isOpen() ? from : ([...lines].find((other) => other.isOpen()) ?? from)
    return line.acknowledge(id, answer)
  }

  const connect = async (): Promise<Line> => {
    const line = await openLine(options, receive, log)
    lines.add(line)
    line.gone.then(() => lines.delete(line))
    if (stopping.signal.aborted) line.close()
    return line
  }

  /** Opens a line, with as many tries as needed; `undefined` once we stop. */
  const reopen = async (failures: number): Promise<Line | undefined> => {
    for (let tries = failures; !stopping.signal.aborted; tries += 1) {
      if (tries > 0) await sleep(backoff(tries) < longestPause ? backoff(tries) : longestPause)
      if (stopping.signal.aborted) break
      try {
        const line = await connect()
        log.info({ tries }, 'a line to Slack is open')
        return line
      } catch (error) {
        log.warn({ problem: problemOf(error) }, 'no line to Slack')
      }
    }
    return undefined
  }

  /** The library takes long to give up a line that it knows to be dead. */
  const seenDead = async (line: Line): Promise<'cut'> => {
    while (line.isOpen() && !stopping.signal.aborted) await sleep(look)
    return 'cut'
  }

  const retire = async (line: Line): Promise<void> => {
    await Promise.race([line.gone, sleep(farewell)])
    line.close()
  }

  const keep = async (first?: Line): Promise<void> => {
    let line = first ?? (await reopen(0))
    for (let failures = 0; line; line = await reopen(failures)) {
      const since = clock.now()
      const why = await Promise.race([line.leaving, line.gone.then(() => 'cut'), seenDead(line), stopped])
      if (why === 'stopped') return
      log.info({ why }, 'a line to Slack ends')
      if (isAnnounced(why)) void retire(line)
      else line.close()
      failures = secondsUntil(since, clock.now()) < shortLife && !isAnnounced(why) ? failures + 1 : 0
    }
  }

  return {
    init: (initialised) => {
      app = initialised
    },
    start: async () => {},
    stop: async () => {},
    open: async () => {
      const first = await connect().catch((error: unknown) => {
        throw new Error(
          `Slack does not open a socket (${problemOf(error)}): check the app-level token and its scope connections:write`,
        )
      })
      keepers.push(keep(first), ...Array.from({ length: wanted - 1 }, () => keep()))
    },
    isOpen: () => [...lines].some((line) => line.isOpen()),
    close: async () => {
      stopping.abort()
      for (const line of lines) line.close()
      await Promise.all([...keepers, ...[...lines].map((line) => line.gone)])
    },
  }
}

/** Settles with Bolt's acknowledgement. The handler goes on once that is `sent`, so that nothing overtakes it. */
const answerOf = (
  app: App | undefined,
  { body, retryNum, retryReason }: Envelope,
  sent: Promise<void>,
): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const event = { body, ...(retryNum && { retryNum }), ...(retryReason && { retryReason }) }
    const ack = (answer: unknown) => {
      resolve(answer)
      return sent
    }
    app?.processEvent({ ...event, ack }).catch(reject)
  })

/** Only then another line can open beside it: there may be too many, or Socket Mode may be off. */
const isAnnounced = (why: string): boolean => why === 'warning' || why === 'refresh_requested'

const problemOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
