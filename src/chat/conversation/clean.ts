/** Cuts at the end, where the beginning matters. */
export const cutEnd = (text: string, limit: number): string =>
  text.length <= limit ? text : `${text.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/, '')}…`

// Control characters but line feed and tab, marks that turn the direction of writing, and invisible ones.
const unwanted =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must go
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF\uFFF9-\uFFFB]/g

/** Without control, bidirectional and invisible characters; never empty halves of a character. */
export const clean = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(unwanted, '')

/** The same on one line. */
export const cleanLine = (text: string): string => clean(text).replace(/\s*\n\s*/g, ' ')
