/** The message of any thrown value. It is text from outside: shown, never matched. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
