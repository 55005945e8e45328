const active = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu
const activeInLines = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

const escaped = (characters: string): string =>
  Array.from(
    { length: characters.length },
    (_, at) => `\\u${characters.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('')

/** Makes one line that cannot control a terminal or hide text: control and format characters become `\uXXXX`. */
export const printable = (text: string): string => text.replace(active, escaped)

/**
 * The same, but keeps line breaks and tabs. JSON keeps its meaning, because such characters occur only in its strings.
 */
export const printableLines = (text: string): string => text.replace(activeInLines, escaped)
