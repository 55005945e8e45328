/** More and longer words than people type; each word costs an index search. */
const mostWords = 5
const longestWord = 100

/** The typed words in lower case, each once; a word inside another adds nothing. */
export const wordsOf = (query: string): readonly string[] => {
  const words = [...new Set(query.toLowerCase().split(/\s+/))].filter((word) => word !== '')
  const cut = words.slice(0, mostWords).map((word) => word.slice(0, longestWord))
  return cut.filter((word) => word.length < 3 || !cut.some((other) => other !== word && other.includes(word)))
}
