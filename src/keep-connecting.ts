import type { Deps } from './app/deps.ts'
import type { Chat } from './chat/kind.ts'
import { backoff } from './domain/backoff.ts'
import { messageOf } from './domain/message-of.ts'
import { after } from './domain/time.ts'

/** Connects to a chat, and retries when the chat is away or its token is wrong. Access still ends on time meanwhile. */
export const keepConnecting = (chat: Chat, { clock, log, nudge }: Deps) => {
  const stopping = new AbortController()
  const connecting = (async () => {
    for (let tries = 1; !stopping.signal.aborted; tries += 1) {
      try {
        await chat.start()
        log.info({ chat: chat.platform.name }, 'a chat is connected')
        return nudge()
      } catch (error) {
        const problem = messageOf(error)
        log.error({ chat: chat.platform.name, problem }, 'a chat could not be connected')
        await clock.sleep(after(clock.now(), backoff(tries)), stopping.signal)
      }
    }
  })()
  return {
    isConnected: chat.isConnected,
    stop: async () => {
      stopping.abort()
      await connecting
      await chat.stop()
    },
  }
}
