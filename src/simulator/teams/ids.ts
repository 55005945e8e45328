import { createHash } from 'node:crypto'

const digest = (text: string) => createHash('sha256').update(text).digest('base64url')

/** The ids of people and personal chats, which differ for each bot (page on proactive messages). */
export const userId = (oid: string, app: string): string => `29:1${digest(`${oid}/${app}`)}`
export const botId = (app: string): string => `28:${app}`
export const personalChatId = (oid: string, app: string): string => `a:1${digest(`chat of ${oid} with ${app}`)}`

/** Ids of messages: milliseconds since 1970 as digits, each used once. */
export function createMessageIds(now: () => number): () => string {
  let last = 0
  return () => {
    last = Math.max(now(), last + 1)
    return String(last)
  }
}
