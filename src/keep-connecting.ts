import type { Deps } from './app/deps.ts'
import type { SlackChat } from './chat/slack/app.ts'
import { backoff } from './domain/grant.ts'
import { after } from './domain/time.ts'

/** Slack may be away or its token wrong: that is said and tried again, while access goes on ending on time. */
export const keepConnecting = (slack: SlackChat, { clock, log, nudge }: Deps) => {
  const stopping = new AbortController()
  const connecting = (async () => {
    for (let tries = 1; !stopping.signal.aborted; tries += 1) {
      try {
        await slack.start()
        log.info({}, 'Slack is connected')
        return nudge()
      } catch (error) {
        log.error({ problem: error instanceof Error ? error.message : String(error) }, 'Slack could not be connected')
        await clock.sleep(after(clock.now(), backoff(tries)), stopping.signal)
      }
    }
  })()
  return {
    isConnected: slack.isConnected,
    stop: async () => {
      stopping.abort()
      await connecting
      await slack.stop()
    },
  }
}
