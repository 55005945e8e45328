/** A word of a shell command, quoted where the shell would interpret it. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`

/** The same for a word that the command must not take for an option. */
export const argument = (word: string): string => (word.startsWith('-') ? `-- ${quoted(word)}` : quoted(word))
