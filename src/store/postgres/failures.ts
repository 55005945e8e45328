/** The code of an error of PostgreSQL, or of the way to it. Drizzle wraps it. */
export const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return ''
  const own = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return own === '' && error.cause !== undefined ? codeOf(error.cause) : own
}

/**
 * Everything was undone, and the same may succeed at once: no serial order, a deadlock, a lock held for too long, or a
 * statement that was sent behind one of these, whose error may arrive first.
 */
const repeatable = ['40001', '40P01', '55P03', '25P02']
export const isRepeatable = (error: unknown): boolean => repeatable.includes(codeOf(error))

/**
 * The server stops, starts, has no place for another connection, or is a standby that takes no writes yet; or the
 * connection broke or was never made.
 */
const away = [
  ...['57P01', '57P02', '57P03', '57P05', '25P03', '53300', '25006'],
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['ENOTFOUND', 'EAI_AGAIN', 'ENOENT'],
]

/** The database cannot be used for a moment, and the connection must not be used again. */
export const isLost = (error: unknown): boolean => {
  const code = codeOf(error)
  return code === '' ? saysLost(error) : code.startsWith('08') || away.includes(code)
}

/** The driver gives no code when a connection breaks, or when an answer does not come. */
const saysLost = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false
  const { message, cause } = error
  return /^Connection terminated|not queryable|^Query read timeout|^timeout e/.test(message) || saysLost(cause)
}

/** A statement that PostgreSQL refused. */
class StatementRefused extends Error {
  override readonly name = 'StatementRefused'
  readonly code: string
  constructor(code: string, message: string) {
    super(`PostgreSQL refused a statement: ${message} (${code})`)
    this.code = code
  }
}

/**
 * The same error without values: drizzle's message has all parameters, and PostgreSQL's details a row. Only a message
 * about the form of a value quotes it, so that is left out.
 */
export const withoutValues = (error: unknown): unknown => {
  if (!(error instanceof Error)) return error
  if ('params' in error && error.cause !== undefined) return withoutValues(error.cause)
  if (!('severity' in error)) return error
  const code = codeOf(error)
  return new StatementRefused(code, code.startsWith('22') ? 'a value has a wrong form or size' : error.message)
}
