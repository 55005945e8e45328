/**
 * How many letters were mistyped: changed, left out, added, or swapped with their neighbour. Counting stops above
 * `most`, so that comparing with many words is quick.
 */
export const mistakesBetween = (one: string, other: string, most = Number.POSITIVE_INFINITY): number => {
  if (Math.abs(one.length - other.length) > most) return most + 1
  let before: number[] = []
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let index = 0; index < one.length; index += 1) {
    const next = [index + 1]
    let least = index + 1
    for (let at = 0; at < other.length; at += 1) {
      const isSame = one[index] === other[at]
      const isSwapped = index > 0 && at > 0 && one[index] === other[at - 1] && one[index - 1] === other[at]
      const changed = (row[at] ?? 0) + (isSame ? 0 : 1)
      const swapped = isSwapped ? (before[at - 1] ?? 0) + 1 : Number.POSITIVE_INFINITY
      const fewest = Math.min(changed, swapped, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1)
      next.push(fewest)
      if (fewest < least) least = fewest
    }
    if (least > most) return most + 1
    before = row
    row = next
  }
  return row.at(-1) ?? 0
}

/** Fewer letters say too little: almost any short word is near some other. */
const shortest = 4

/** How many mistakes a word of this length may have. */
export const mistakesAllowed = (word: string): number => (word.length < shortest ? 0 : word.length < 7 ? 1 : 2)

/** The nearest of many words that may have been meant, the best first. */
export const nearestWords = (word: string, known: readonly string[], limit: number): readonly string[] => {
  const most = mistakesAllowed(word)
  const letters = lettersOf(word)
  return known
    .filter((one) => countOf(lettersOf(one) ^ letters) <= 2 * most)
    .map((one) => ({ one, mistakes: mistakesBetween(word, one, most) }))
    .filter(({ mistakes }) => mistakes > 0 && mistakes <= most)
    .sort((a, b) => a.mistakes - b.mistakes || a.one.length - b.one.length || (a.one < b.one ? -1 : 1))
    .slice(0, limit)
    .map(({ one }) => one)
}

/** One bit for each letter that occurs. A mistake changes two bits at most, so most words need no closer look. */
const lettersOf = (word: string): number => {
  let bits = 0
  for (let index = 0; index < word.length; index += 1) bits |= 1 << (word.charCodeAt(index) & 31)
  return bits
}

const countOf = (bits: number): number => {
  let count = 0
  for (let left = bits; left !== 0; left &= left - 1) count += 1
  return count
}
