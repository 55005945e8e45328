/** A refusal by the connector; `code` is the service's (page `conversation-messages`). */
export class ConnectorError extends Error {
  readonly status: number
  readonly code: string
  readonly retryAfterSeconds: number | undefined
  constructor(status: number, code: string, message: string, retryAfterSeconds?: number) {
    super(message)
    this.status = status
    this.code = code
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** The status of each code that faults can ask for. */
const statuses: Readonly<Record<string, number>> = {
  BadSyntax: 400,
  BotNotRegistered: 401,
  ConversationBlockedByUser: 403,
  BotNotInConversationRoster: 403,
  BotDisabledByAdmin: 403,
  MessageWritesBlocked: 403,
  ConversationNotFound: 404,
  ActivityNotFoundInConversation: 404,
  MemberNotFoundInConversation: 404,
  PreconditionFailed: 412,
  MessageSizeTooBig: 413,
  ServiceError: 502,
  ServiceUnavailable: 503,
  GatewayTimeout: 504,
}

/** The refusal with this code; throws an Error for a code that the service does not have. */
export function refusal(code: string, message: string): ConnectorError {
  const status = statuses[code]
  if (status === undefined)
    throw new Error(`the connector has no code ${code}; it has ${Object.keys(statuses).join(', ')}`)
  return new ConnectorError(status, code, message)
}

/** A body that the service cannot read. */
export const badSyntax = (message: string): ConnectorError => refusal('BadSyntax', message)
