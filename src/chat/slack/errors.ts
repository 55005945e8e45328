import { RespondError } from '@slack/bolt'
import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError } from '@slack/web-api'
import type { UnreachableReason } from '../../domain/card.ts'
import { ExternalError } from '../../ports.ts'

const gone = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed'])
const passing = new Set([
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
])

/** Classifies errors of the Web API client; any other error is a bug and stays unchanged. */
export const classified = (error: unknown, method: string): unknown => {
  if (error instanceof WebAPIRateLimitedError) {
    const message = `Slack asks for ${error.retryAfter} s of patience (${method})`
    const retryAfter = error.retryAfter * 1000
    return new ExternalError('ratelimited', message, { transient: true, cause: error, retryAfter })
  }
  if (error instanceof WebAPIPlatformError) {
    const code = error.data.error
    if (gone.has(code)) return external('message-gone', `the message cannot be edited: ${code}`, false, error)
    return external(code, `Slack refused ${method}: ${code}`, code === 'ratelimited' || passing.has(code), error)
  }
  if (error instanceof WebAPIHTTPError) {
    return external('chat-unavailable', `Slack answered ${error.statusCode} to ${method}`, true, error)
  }
  if (error instanceof RespondError) {
    return external('chat-unavailable', `Slack answered ${error.statusCode} to ${method}`, false, error)
  }
  if (error instanceof WebAPIRequestError) {
    return external('chat-unreachable', `Slack could not be reached for ${method}`, true, error)
  }
  return error
}

const external = (code: string, message: string, transient: boolean, cause: unknown): ExternalError =>
  new ExternalError(code, message, { transient, cause })

type Addressee = 'account' | 'channel'

/** Slack's refusals of a recipient, by kind of recipient: it names some of them after the conversation. */
const closed: ReadonlyMap<string, { readonly [To in Addressee]: UnreachableReason }> = new Map([
  ['user_disabled', { account: 'account-deactivated', channel: 'channel-unknown' }],
  ['is_archived', { account: 'account-deactivated', channel: 'channel-archived' }],
  ['user_not_found', { account: 'account-unknown', channel: 'channel-unknown' }],
  ['users_not_found', { account: 'account-unknown', channel: 'channel-unknown' }],
  ['user_not_visible', { account: 'account-unknown', channel: 'channel-unknown' }],
  ['channel_not_found', { account: 'account-unknown', channel: 'channel-unknown' }],
  ['not_in_channel', { account: 'account-closed', channel: 'channel-closed' }],
  ['cannot_dm_bot', { account: 'account-closed', channel: 'channel-closed' }],
  ['restricted_action', { account: 'account-closed', channel: 'channel-closed' }],
  ['restricted_action_read_only_channel', { account: 'account-closed', channel: 'channel-closed' }],
  ['restricted_action_thread_only_channel', { account: 'account-closed', channel: 'channel-closed' }],
  ['invalid_user_combination', { account: 'account-closed', channel: 'channel-closed' }],
])

/** Runs calls that write to a recipient; a permanent refusal by Slack has an `UnreachableReason` as its code. */
export const writingTo = async <T>(addressee: Addressee, write: () => Promise<T>): Promise<T> => {
  try {
    return await write()
  } catch (error) {
    const reason = error instanceof ExternalError ? closed.get(error.code)?.[addressee] : undefined
    throw reason && error instanceof ExternalError ? external(reason, error.message, false, error) : error
  }
}

/** Runs one Web API call and classifies its failures. */
export const calling = async <T>(method: string, call: () => Promise<T>): Promise<T> => {
  try {
    return await call()
  } catch (error) {
    throw classified(error, method)
  }
}
