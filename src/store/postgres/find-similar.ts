import type { IntegrationId } from '../../domain/ids.ts'
import type { Resource } from '../../domain/resource.ts'
import { mistakesAllowed, nearestWords } from '../../domain/typing-mistakes.ts'
import { partsOf } from '../rows/words.ts'
import type { Queries } from './connection.ts'
import { sql } from './drizzle.ts'
import { findResources } from './find-resources.ts'
import { resourceTerms } from './schema-texts.ts'

/** More words of one first letter than any sensible vault has. */
const mostTerms = 100_000
/** How many meanings of one mistyped word are tried. */
const mostMeanings = 5

/**
 * Resources that were probably meant by mistyped words. Words of other integrations are candidates too, but what is
 * returned is found by a search at these integrations only.
 */
export const findSimilar = async (
  queries: Queries,
  integrations: readonly IntegrationId[],
  query: string,
  limit: number,
): Promise<readonly Resource[]> => {
  const words = partsOf(query)
  const mistyped = await firstUnknown(queries, integrations, words)
  if (mistyped === undefined) return []
  for (const meant of nearestWords(mistyped, await termsLike(queries, mistyped), mostMeanings)) {
    const corrected = words.map((word) => (word === mistyped ? meant : word)).join(' ')
    const found = await findResources(queries, integrations, corrected, limit)
    if (found.length > 0) return found
  }
  return []
}

const firstUnknown = async (
  queries: Queries,
  integrations: readonly IntegrationId[],
  words: readonly string[],
): Promise<string | undefined> => {
  for (const word of words) {
    if (mistakesAllowed(word) > 0 && (await findResources(queries, integrations, word, 1)).length === 0) return word
  }
  return undefined
}

/** Known words of about this length that begin with the same letter: few people mistype the first one. */
const termsLike = async (queries: Queries, word: string): Promise<readonly string[]> => {
  const [first = ''] = word
  const most = mistakesAllowed(word)
  const { rows } = await queries.execute<{ terms: string | null }>(sql`
    SELECT string_agg(term, ' ') AS terms FROM (
      SELECT term FROM ${resourceTerms} WHERE term >= ${first} AND term < ${`${first}\u{10FFFF}`}
        AND length(term) BETWEEN ${word.length - most} AND ${word.length + most}
      LIMIT ${mostTerms}) AS alike`)
  return rows[0]?.terms?.split(' ') ?? []
}
