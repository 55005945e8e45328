import { RespondError } from '@slack/bolt'
import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError } from '@slack/web-api'
import { ExternalError } from '../../ports.ts'

const gone = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed'])
const passing = new Set([
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
])

/** Classifies what the Web API client throws; anything else is a bug and stays what it is. */
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

/** Runs one Web API call with its failures classified. */
export const calling = async <T>(method: string, call: () => Promise<T>): Promise<T> => {
  try {
    return await call()
  } catch (error) {
    throw classified(error, method)
  }
}
