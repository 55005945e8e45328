import { z } from 'zod'
import type { UnreachableReason } from '../../../domain/card.ts'
import { ExternalError } from '../../../ports.ts'

/** An answer of the connector that is no success. */
export type Refusal = { readonly status: number; readonly body: unknown; readonly retryAfter?: string | null }

const written = z.object({ error: z.object({ code: z.string().min(1).max(80) }) })

/**
 * The code in an answer; `undefined` when the body is not the connector's own. Then a proxy or gateway answered, and
 * nothing is known about the recipient.
 */
const codeIn = (body: unknown): string | undefined => written.safeParse(body).data?.error.code

/** What Microsoft asks to try again later, and what is its own trouble. */
const passing = new Set([408, 412, 429])
const isPassing = (status: number): boolean => passing.has(status) || status >= 500

/** Our codes for answers without one of the connector's. */
const ownCodes: Readonly<Record<number, string>> = {
  401: 'token-refused',
  412: 'PreconditionFailed',
  413: 'MessageSizeTooBig',
  429: 'ratelimited',
}

/**
 * Classifies an answer of the connector. Source: the table of status codes in Microsoft's page on messages in bot
 * conversations. An answer without the connector's body proves nothing permanent, except where the status alone does.
 */
export const connectorError = ({ status, body, retryAfter }: Refusal, call: string, now: number): ExternalError => {
  const said = codeIn(body)
  const code = (status === 429 ? undefined : said) ?? ownCodes[status]
  if (code === undefined) {
    return new ExternalError('chat-unavailable', `Teams answered ${status} to ${call}`, { transient: true })
  }
  const pause = pauseIn(retryAfter, now)
  return new ExternalError(code, `Teams refused ${call}: ${remedies[code] ?? code} (${status})`, {
    transient: isPassing(status),
    ...(pause !== undefined && { retryAfter: pause }),
  })
}

/** Refusals that concern no single recipient, with what to do. */
const remedies: Readonly<Record<string, string>> = {
  BotNotRegistered: 'it knows no such bot; check teams.app, and that the bot has the Teams channel (BotNotRegistered)',
  InvalidBotApiHost: 'the tenant is in another cloud; write its address in teams.serviceUrl (InvalidBotApiHost)',
  MessageSizeTooBig: 'the message is too big (MessageSizeTooBig)',
  'token-refused': 'it does not take the token of the app; check teams.app and teams.tenant',
  ratelimited: 'too many calls',
}

/** The longest pause that we believe, in milliseconds. */
const longestPause = 3_600_000

/** `Retry-After` in milliseconds: seconds, or a date. */
export const pauseIn = (header: string | null | undefined, now: number): number | undefined => {
  if (!header) return undefined
  const pause = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isNaN(pause) ? undefined : Math.min(Math.max(pause, 0), longestPause)
}

export type Addressee = 'account' | 'channel'

/** Microsoft's refusals of a recipient, by kind of recipient. */
const closed: Readonly<Record<string, { readonly [To in Addressee]: UnreachableReason }>> = {
  ConversationBlockedByUser: { account: 'account-blocked', channel: 'channel-closed' },
  // The app was never installed there, or was removed.
  BotNotInConversationRoster: { account: 'app-missing', channel: 'channel-closed' },
  ForbiddenOperationException: { account: 'app-missing', channel: 'channel-closed' },
  // An administrator forbids the app, or the person or channel takes no messages from apps.
  BotDisabledByAdmin: { account: 'account-closed', channel: 'channel-closed' },
  MessageWritesBlocked: { account: 'account-closed', channel: 'channel-closed' },
  NotEnoughPermissions: { account: 'account-closed', channel: 'channel-closed' },
  ConversationNotFound: { account: 'conversation-unknown', channel: 'channel-unknown' },
  MemberNotFoundInConversation: { account: 'account-unknown', channel: 'channel-unknown' },
}

/** The reason in a permanent refusal of a recipient; `undefined` for everything else. */
export const unreachable = (error: unknown, addressee: Addressee): UnreachableReason | undefined =>
  error instanceof ExternalError && !error.transient ? closed[error.code]?.[addressee] : undefined

/** Runs calls that write to a recipient; a permanent refusal by Teams has an `UnreachableReason` as its code. */
export const writingTo = async <T>(addressee: Addressee, write: () => Promise<T>): Promise<T> => {
  try {
    return await write()
  } catch (error) {
    const reason = unreachable(error, addressee)
    if (reason === undefined || !(error instanceof ExternalError)) throw error
    throw new ExternalError(reason, error.message, { transient: false, cause: error })
  }
}

/** Runs a call about one message; a missing message has the code `message-gone`. */
export const editing = async <T>(edit: () => Promise<T>): Promise<T> => {
  try {
    return await edit()
  } catch (error) {
    if (!(error instanceof ExternalError) || !gone.has(error.code)) throw error
    throw new ExternalError('message-gone', error.message, { transient: false, cause: error })
  }
}

/** Somebody deleted the message, or Teams did. */
const gone = new Set(['ActivityNotFoundInConversation', 'MessageNotFound'])
