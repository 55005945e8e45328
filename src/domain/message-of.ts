/** What something that was thrown says. Text of the outside: it is shown, never matched. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
