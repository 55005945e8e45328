const active = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu
const activeInLines = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

const escaped = (characters: string): string =>
  Array.from(
    { length: characters.length },
    (_, at) => `\\u${characters.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('')

/** One line in which nothing steers a terminal or hides: control and format characters become `\uXXXX`. */
export const printable = (text: string): string => text.replace(active, escaped)

/** The same for lines and tabs that are meant. JSON stays the same JSON, as such characters stand only in its strings. */
export const printableLines = (text: string): string => text.replace(activeInLines, escaped)
