import type { SocketModeReceiver } from '@slack/bolt'
import { backoff } from '../../domain/grant.ts'
import { after, seconds } from '../../domain/time.ts'
import type { SlackDeps } from './settings.ts'

/** The connection that Slack delivers through, in Socket Mode. */
export type Socket = {
  /** Connects; throws with what to repair. */
  open(): Promise<void>
  isOpen(): boolean
  close(): Promise<void>
}

const longestPause = seconds(30)
/** Slack greets within a second; a line that stays silent is no line. Milliseconds. */
const patience = 15_000

/**
 * Keeps the socket open. Slack asks for a new one from time to time, and lines are cut: it is connected anew at once, then
 * with pauses. The client's own way waits five seconds before its first try, and lets the process die of a rejected
 * promise when Slack cannot be reached then.
 */
export const keptOpen = ({ client }: SocketModeReceiver, { clock, log }: Pick<SlackDeps, 'clock' | 'log'>): Socket => {
  const stopping = new AbortController()
  let isOpen = false
  let isKept = false
  let reopening: Promise<void> | undefined

  const connect = async (): Promise<void> => {
    const silence = AbortSignal.timeout(patience)
    const isSilent = new Promise<never>((_, reject) => {
      silence.addEventListener('abort', () => reject(new Error('Slack does not greet')))
    })
    await Promise.race([client.start(), isSilent]).catch(async (error: unknown) => {
      await client.disconnect()
      throw new Error(error instanceof Error ? error.message : 'the line was cut')
    })
  }

  const reopen = async (): Promise<void> => {
    for (let tries = 0; !stopping.signal.aborted; tries += 1) {
      const pause = backoff(tries) < longestPause ? backoff(tries) : longestPause
      if (tries > 0) await clock.sleep(after(clock.now(), pause), stopping.signal)
      try {
        await connect()
        return log.info({ tries }, 'the socket to Slack stands again')
      } catch (error) {
        log.warn({ problem: error instanceof Error ? error.message : String(error) }, 'no socket to Slack')
      }
    }
  }

  client.on('connected', () => {
    isOpen = true
  })
  client.on('disconnected', () => {
    isOpen = false
    if (!isKept || stopping.signal.aborted) return
    reopening ??= reopen().finally(() => {
      reopening = undefined
    })
  })

  return {
    open: async () => {
      await connect().catch((error: Error) => {
        throw new Error(
          `Slack does not open a socket (${error.message}): check the app-level token and its scope connections:write`,
        )
      })
      isKept = true
    },
    isOpen: () => isOpen,
    close: async () => {
      stopping.abort()
      await reopening
      await client.disconnect()
    },
  }
}
