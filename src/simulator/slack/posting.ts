import { type Block, parseMessageBlocks } from './block-kit.ts'
import type { SimulatedMessage } from './messages.ts'
import type { Simulation } from './simulation.ts'
import { complaintError, SlackError } from './slack-error.ts'

/** Slack truncates longer texts; this simulator refuses them, because nobody wants a truncated message. */
const maximumText = 40_000

/** Checked text and blocks of a message. */
export type Content = { text: string; blocks: Block[] }

/** Checks `text` and `blocks` as the app sent them; throws Slack's refusal. */
export function checkedContent(simulation: Simulation, text: unknown, blocks: unknown): Content {
  const words = typeof text === 'string' ? text : ''
  const hasBlocks = blocks !== undefined && blocks !== null && !(Array.isArray(blocks) && blocks.length === 0)
  if (hasBlocks && !Array.isArray(blocks)) throw new SlackError('invalid_blocks_format')
  if (!hasBlocks && words.trim() === '') throw new SlackError('no_text')
  if (words.length > maximumText) throw new SlackError('msg_too_long')
  if (!hasBlocks) return { text: words, blocks: [] }
  const parsed = parseMessageBlocks(blocks, simulation.ids.short)
  if (!parsed.ok) throw complaintError('invalid_blocks', parsed.complaints)
  return { text: words, blocks: parsed.value }
}

type Extras = Partial<
  Pick<
    SimulatedMessage,
    'threadTs' | 'author' | 'ephemeralFor' | 'isFailure' | 'unfurlLinks' | 'unfurlMedia' | 'metadata'
  >
>

/** Puts a message into a conversation. */
export function post(simulation: Simulation, channel: string, content: Content, extras: Extras = {}): SimulatedMessage {
  const message: SimulatedMessage = {
    channel,
    ts: simulation.ids.messageTs(),
    threadTs: undefined,
    author: simulation.workspace.bot.userId,
    ...content,
    ephemeralFor: undefined,
    isFailure: false,
    version: 1,
    editedAt: undefined,
    unfurlLinks: undefined,
    unfurlMedia: undefined,
    metadata: undefined,
    ...extras,
  }
  simulation.workspace.messages.push(message)
  simulation.recorder.changed()
  return message
}

/** Replaces the content of a message; its place and its `ts` stay. */
export function edit(simulation: Simulation, message: SimulatedMessage, content: Content, metadata?: unknown): void {
  Object.assign(message, content)
  message.version += 1
  message.editedAt = simulation.now()
  if (metadata !== undefined) message.metadata = metadata
  simulation.recorder.changed()
}

/** Removes a message. */
export function remove({ workspace, recorder }: Simulation, message: SimulatedMessage): void {
  workspace.messages = workspace.messages.filter((other) => other !== message)
  recorder.changed()
}

/** Shows a person the line that Slack writes when an app fails. */
export function showFailure(simulation: Simulation, channel: string, userId: string, text: string): void {
  post(simulation, channel, { text, blocks: [] }, { author: 'USLACKBOT', ephemeralFor: userId, isFailure: true })
}
