/** The code of an error of PostgreSQL, or of the way to it. Drizzle wraps it. */
export const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return ''
  const own = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return own === '' && error.cause !== undefined ? codeOf(error.cause) : own
}

/** A serialisation failure or a deadlock: everything was undone, and the same may succeed at once. */
export const isRepeatable = (error: unknown): boolean => ['40001', '40P01'].includes(codeOf(error)) || isLost(error)

/** The connection is gone, or was never there: the server stops, is away, or cannot be reached. */
export const isLost = (error: unknown): boolean => {
  const code = codeOf(error)
  const ended = ['57P01', '57P02', '57P03', '25P03', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND']
  if (code.startsWith('08') || ended.includes(code)) return true
  return error instanceof Error && /Connection terminated|not queryable|timeout/i.test(textOf(error))
}

const textOf = (error: Error): string => `${error.message} ${error.cause instanceof Error ? textOf(error.cause) : ''}`
