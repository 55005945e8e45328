import type { IntegrationId } from '../../domain/ids.ts'
import type { Resource } from '../../domain/resource.ts'
import { mistakesAllowed, nearestWords } from '../../domain/typing-mistakes.ts'
import { partsOf } from '../rows/words.ts'
import type { Queries } from './connection.ts'
import { sql } from './drizzle.ts'
import { findResources } from './find-resources.ts'

/** More words of one first letter than any sensible vault has. */
const mostTerms = 100_000
/** How many meanings of one mistyped word are tried. */
const mostMeanings = 5

/**
 * Resources that were probably meant by mistyped words. Words of other integrations are candidates too, but what is
 * returned is found by a search at these integrations only.
 */
export const findSimilar = (
  queries: Queries,
  integrations: readonly IntegrationId[],
  query: string,
  limit: number,
): readonly Resource[] => {
  const words = partsOf(query)
  const isKnown = (word: string) => findResources(queries, integrations, word, 1).length > 0
  const mistyped = words.find((word) => mistakesAllowed(word) > 0 && !isKnown(word))
  if (mistyped === undefined) return []
  for (const meant of nearestWords(mistyped, termsLike(queries, mistyped), mostMeanings)) {
    const corrected = words.map((word) => (word === mistyped ? meant : word)).join(' ')
    const found = findResources(queries, integrations, corrected, limit)
    if (found.length > 0) return found
  }
  return []
}

/**
 * Known words of about this length that begin with the same letter: few people mistype the first one. They come as one
 * text, because a hundred thousand rows take five times as long to read.
 */
const termsLike = (queries: Queries, word: string): readonly string[] => {
  const [first = ''] = word
  const most = mistakesAllowed(word)
  const row = queries.get<{ terms: string | null }>(sql`
    SELECT group_concat(term, ' ') AS terms FROM (
      SELECT term FROM resource_terms WHERE term >= ${first} AND term < ${`${first}\u{10FFFF}`}
        AND length(term) BETWEEN ${word.length - most} AND ${word.length + most}
      LIMIT ${mostTerms})`)
  return row?.terms?.split(' ') ?? []
}
