/** A text as a value in the configuration, also between brackets. */
export const value = (given: string): string => (/^[\w./:@-]+$/.test(given) ? given : JSON.stringify(given))
export const values = (given: readonly string[]): string => `[${given.map(value).join(', ')}]`
