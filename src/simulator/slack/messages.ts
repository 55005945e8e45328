import type { JsonObject } from '../common/json.ts'
import type { Block } from './block-kit.ts'

/** A message as it is shown now. */
export type SimulatedMessage = {
  channel: string
  /** Slack's message id: seconds, a dot and six digits; unique in the workspace. */
  ts: string
  threadTs: string | undefined
  /** The user id of the author; the app's messages have the bot's id. */
  author: string
  /** The fallback text of notifications. Screens show the blocks instead, if there are any. */
  text: string
  blocks: Block[]
  /** The only person who sees it ("Only visible to you"); `undefined` for an ordinary message. */
  ephemeralFor: string | undefined
  /** True for a line of Slack itself about a failed app. */
  isFailure: boolean
  /** 1 at first, plus one for each edit. */
  version: number
  editedAt: number | undefined
  unfurlLinks: boolean | undefined
  unfurlMedia: boolean | undefined
  metadata: unknown
}

/** True when Slack says "(edited)": only for messages without blocks. */
export const showsEdit = (message: SimulatedMessage): boolean =>
  message.editedAt !== undefined && message.blocks.length === 0

/** The message object inside payloads and Web API answers. */
export function messageObject(
  message: SimulatedMessage,
  bot: { botId: string; appId: string },
  team: string,
): JsonObject {
  const editedSeconds = showsEdit(message) ? ((message.editedAt ?? 0) / 1000).toFixed(6) : undefined
  return {
    type: 'message',
    user: message.author,
    ts: message.ts,
    bot_id: bot.botId,
    app_id: bot.appId,
    text: message.text,
    team,
    ...(message.blocks.length === 0 ? {} : { blocks: structuredClone(message.blocks) }),
    ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
    ...(message.metadata === undefined ? {} : { metadata: message.metadata }),
    ...(editedSeconds === undefined ? {} : { edited: { user: message.author, ts: editedSeconds } }),
  }
}
