/** The message of any thrown value. It is text from outside: shown, never matched. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Errors whose message says everything, and what to do. */
const speaking = ['ConfigError', 'ExternalError', 'DatabaseInUse']

/** What an operator reads of an error that ends a program: its message where that says everything, else its stack. */
export const reportOf = (error: unknown): string =>
  error instanceof Error && !speaking.includes(error.name) ? (error.stack ?? error.message) : messageOf(error)
