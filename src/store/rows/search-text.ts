/** Fewer letters are searched as the beginning of a word. */
const longWord = 3
/** Longer words are no words, and do not fit into an index. */
const longestTerm = 100

/**
 * A path as searches read it: in lower case, Latin letters without accents, and a blank before each word. So the
 * beginning of a word can be searched like any other part.
 */
export const searchText = (path: string): string => marked(` ${folded(path)}`)

/** The pattern of LIKE for text that contains a typed word literally; a word of one or two letters begins a word. */
export const searchPattern = (word: string): string => {
  const isShort = [...word].length < longWord && /^[\p{L}\p{N}]+$/u.test(word)
  return isShort ? `% ${folded(word)}%` : anywhere(word)
}

/** The pattern for any text within a path. */
export const anywhere = (text: string): string => `%${literal(marked(folded(text)))}%`

/** The words of a path, to find the one that a mistyped word meant. */
export const termsOf = (path: string): readonly string[] =>
  folded(path)
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((term) => term.length >= longWord && term.length <= longestTerm)

/** Text of which a pattern of LIKE finds itself alone. */
export const literal = (text: string): string => text.replace(/[\\%_]/g, '\\$&')

const folded = (text: string): string =>
  text
    .toLowerCase()
    .normalize('NFD')
    .replace(/(?<=[a-z])[\u0300-\u036f]+/g, '')
    .normalize('NFC')

const marked = (text: string): string => text.replace(/(?<=[^\p{L}\p{M}\p{N}])(?=[\p{L}\p{N}])/gu, ' ')
