/** More and longer words than people type; each word costs an index search. */
const mostWords = 5
const longestWord = 100
/** A path has as many in practice, and a search takes no more words. */
const mostParts = 5

/** The typed words in lower case, each once; a word inside another adds nothing. */
export const wordsOf = (query: string): readonly string[] => {
  const words = [...new Set(query.toLowerCase().split(/\s+/))].filter((word) => word !== '')
  const cut = words.slice(0, mostWords).map((word) => word.slice(0, longestWord))
  return cut.filter((word) => word.length < 3 || !cut.some((other) => other !== word && other.includes(word)))
}

/** The typed words as the index has them, split at punctuation; so few, because each costs a search. */
export const partsOf = (query: string): readonly string[] => {
  const parts = wordsOf(query).flatMap((word) => word.split(/[^\p{L}\p{M}\p{N}]+/u))
  return [...new Set(parts)].filter((part) => part !== '').slice(0, mostParts)
}
