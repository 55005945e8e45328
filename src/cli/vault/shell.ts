/** One word for a POSIX shell, quoted only when necessary. */
export const word = (text: string): string =>
  /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

/** Words as one command line. */
export const line = (...words: readonly string[]): string => words.map(word).join(' ')

/** A command with this text on its standard input. */
export const withInput = (command: string, text: string): string =>
  `${command} <<'EOF'\n${text.endsWith('\n') ? text : `${text}\n`}EOF`
