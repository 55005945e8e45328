/** More words than anybody types, and longer ones; each costs a look into the index. */
const mostWords = 5
const longestWord = 100

/** The words of what somebody typed, in small letters, each once; one that lies within another says nothing more. */
export const wordsOf = (query: string): readonly string[] => {
  const words = [...new Set(query.toLowerCase().split(/\s+/))].filter((word) => word !== '')
  const cut = words.slice(0, mostWords).map((word) => word.slice(0, longestWord))
  return cut.filter((word) => word.length < 3 || !cut.some((other) => other !== word && other.includes(word)))
}
