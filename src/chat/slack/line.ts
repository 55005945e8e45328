import { SocketModeClient } from '@slack/socket-mode'
import type { SlackDeps } from './settings.ts'

/** The content of one envelope; Slack waits for its `id`. */
export type Envelope = {
  readonly id: string
  readonly body: Record<string, unknown>
  readonly retryNum?: number
  readonly retryReason?: string
}

/** One connection through which Slack delivers. */
export type Line = {
  /** Whether it can be written to. */
  isOpen(): boolean
  /** Settles with Slack's reason when Slack announces the end. Until then the line still delivers. */
  readonly leaving: Promise<string>
  /** Settles when the line has closed. */
  readonly gone: Promise<void>
  /** Throws when the line is cut. */
  acknowledge(id: string, answer: unknown): Promise<void>
  close(): void
}

type Options = NonNullable<ConstructorParameters<typeof SocketModeClient>[0]>
type Delivered = { envelope_id: string; body: Record<string, unknown>; retry_num?: number; retry_reason?: string }

/** Slack greets within a second; a silent line is dropped after this many milliseconds. */
const patience = 15_000

/** Connects, and resolves after Slack's greeting. Throws Slack's reason, or that there was no greeting. */
export const openLine = async (
  options: Options,
  receive: (envelope: Envelope, line: Line) => void,
  log: SlackDeps['log'],
): Promise<Line> => {
  const leaving = Promise.withResolvers<string>()
  const gone = Promise.withResolvers<void>()
  const client = new AttentiveClient({ ...options, autoReconnectEnabled: false })
  client.announced = leaving.resolve
  client.broken = (error) => log.warn({ problem: String(error) }, 'Slack sent something that cannot be read')
  client.on('disconnected', () => gone.resolve())
  const line: Line = {
    isOpen: () => client.websocket?.isActive() ?? false,
    leaving: leaving.promise,
    gone: gone.promise,
    acknowledge: (id, answer) => send(client, { envelope_id: id, payload: payloadOf(answer) }),
    close: () => void client.disconnect(),
  }
  client.on('slack_event', ({ envelope_id: id, body, retry_num: retryNum, retry_reason: retryReason }: Delivered) =>
    receive({ id, body, ...(retryNum && { retryNum }), ...(retryReason && { retryReason }) }, line),
  )
  await greeted(client, leaving.promise)
  return line
}

/**
 * The library closes a line when Slack announces its end, and loses what Slack still sends on it. This client only
 * reports; the line stays until Slack closes it.
 */
class AttentiveClient extends SocketModeClient {
  announced: (reason: string) => void = () => {}
  broken: (error: unknown) => void = () => {}

  protected override async onWebSocketMessage(data: string | ArrayBuffer, isBinary: boolean): Promise<void> {
    const reason = isBinary ? undefined : announcement(String(data))
    if (reason !== undefined) return this.announced(reason)
    await super.onWebSocketMessage(data, isBinary).catch((error: unknown) => this.broken(error))
  }
}

/** The reason in a `disconnect` frame; `undefined` for other frames. */
const announcement = (text: string): string | undefined => {
  if (!text.includes('"disconnect"')) return undefined
  try {
    const { type, reason } = JSON.parse(text)
    return type === 'disconnect' ? String(reason) : undefined
  } catch {
    return undefined
  }
}

const greeted = async (client: SocketModeClient, leaving: Promise<string>): Promise<void> => {
  const silence = AbortSignal.timeout(patience)
  const starting = client.start()
  const refused = new Promise<never>((_, reject) => {
    silence.addEventListener('abort', () => reject(new Error('Slack does not greet')))
    leaving.then((reason) => reject(new Error(`Slack turns the line away: ${reason}`)))
  })
  await Promise.race([starting, refused]).catch((error: unknown) => {
    const end = () => void client.disconnect()
    end()
    starting.then(end, () => {}) // the line may come up late, when nobody uses it any more
    throw new Error(error instanceof Error ? error.message : 'the line was cut')
  })
}

/** In the library's form: a plain text is the text of a message. */
const payloadOf = (answer: unknown): unknown => (typeof answer === 'string' ? { text: answer } : (answer ?? {}))

const send = ({ websocket }: SocketModeClient, message: object): Promise<void> =>
  new Promise((resolve, reject) => {
    if (!websocket?.isActive()) return reject(new Error('the line to Slack is cut'))
    websocket.send(JSON.stringify(message), (error) => (error ? reject(error) : resolve()))
  })
