import type { SQL, SQLWrapper } from 'drizzle-orm'
import type { IntegrationId } from '../../domain/ids.ts'
import type { Resource } from '../../domain/resource.ts'
import { toResource } from '../rows/resources.ts'
import { wordsOf } from '../rows/words.ts'
import type { Queries } from './connection.ts'
import { and, asc, eq, gt, gte, inArray, lt, or, sql } from './drizzle.ts'
import { resources } from './schema.ts'

/** The most matches to rank: a word in every path must not cost a walk over all paths. */
const mostCandidates = 1_000
/** The most resources of one name to check: a hundred thousand may share a name. */
const mostNamed = 2_000
/** A word with fewer matches than this is rare, and its matches are the candidates. */
const few = 2_000
const behindEveryLetter = '\u{10FFFF}'

/**
 * Resources whose path contains every word: first exact names and the complete path, then names with that beginning, then the others. The
 * shortest paths are kept, and paths of one rank are sorted, so that a folder stands together.
 */
export const findResources = (
  queries: Queries,
  integrations: readonly IntegrationId[],
  query: string,
  limit: number,
): readonly Resource[] => {
  if (integrations.length === 0) return []
  const words = wordsOf(query)
  const isOffered = and(inArray(resources.integration, [...integrations]), eq(resources.isGone, false))
  if (words.length === 0) return firstResources(queries, isOffered, limit)
  const whole = query.trim()
  return queries
    .select({ resource: resources, rank: rank(words, whole) })
    .from(resources)
    .where(or(matching(queries, words, isOffered), inArray(resources.number, at(whole, isOffered))))
    .orderBy(rank(words, whole), sql`length(${resources.path})`, asc(resources.path), asc(resources.number))
    .limit(limit)
    .all()
    .sort((one, other) => one.rank - other.rank || inOrder(folded(one), folded(other)))
    .map(({ resource }) => toResource(resource))
}

/** Whether a resource is among the matches of the words; the indexes give at most so many candidates. */
export const matching = (queries: Queries, words: readonly string[], isOffered: SQL | undefined): SQL | undefined => {
  const candidates = [...words.map((word) => named(word, words, isOffered)), found(queries, words, isOffered)]
  return or(...candidates.map((some) => inArray(resources.number, some)))
}

/** The index on paths is in this order, so that only as many rows are read as are shown. */
const firstResources = (queries: Queries, isOffered: SQL | undefined, limit: number): readonly Resource[] =>
  queries
    .select()
    .from(resources)
    .where(isOffered)
    .orderBy(asc(resources.integration), asc(resources.path))
    .limit(limit)
    .all()
    .map(toResource)

const folded = ({ resource }: { readonly resource: { readonly path: string } }): string => resource.path.toLowerCase()
const inOrder = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

/** A complete path is found among however many others. */
const at = (path: string, isOffered: SQL | undefined): SQL =>
  sql`(SELECT ${resources.number} FROM ${resources} WHERE ${and(isOffered, eq(resources.path, path))})`

/** Resources of a type directly in a folder, in the order of their paths. */
export const resourcesIn = (
  queries: Queries,
  integration: IntegrationId,
  { type, folder }: { readonly type: string; readonly folder: string },
  limit: number,
): readonly Resource[] => {
  const isWithin = and(gt(resources.path, folder), lt(resources.path, `${folder}${behindEveryLetter}`))
  // Nothing but one name, and a slash at its end, follows the folder.
  const rest = sql`substr(${resources.path}, ${folder.length + 1})`
  const isDirect = sql`instr(rtrim(${rest}, '/'), '/') = 0`
  const isOffered = and(eq(resources.integration, integration), eq(resources.isGone, false))
  return queries
    .select()
    .from(resources)
    .where(and(isOffered, isWithin, eq(resources.type, type), isDirect))
    .orderBy(asc(resources.path))
    .limit(limit)
    .all()
    .map(toResource)
}

const named = (word: string, words: readonly string[], isOffered: SQL | undefined): SQL => {
  const some = sql`SELECT number, path FROM ${resources} WHERE ${and(isOffered, isBeginning(word))} LIMIT ${mostNamed}`
  return sql`(SELECT number FROM (${some}) AS named WHERE ${holds(words, sql`named.path`)} LIMIT ${mostCandidates})`
}

const numbers = (from: SQLWrapper, condition: SQL | undefined): SQL =>
  sql`(SELECT ${resources.number} FROM ${from} WHERE ${condition} LIMIT ${mostCandidates})`

const isBeginning = (word: string) => and(gte(resources.name, word), lt(resources.name, `${word}${behindEveryLetter}`))

/** Checks each path directly, for the few whose name an index found. */
const holds = (words: readonly string[], path: SQLWrapper = resources.path) =>
  and(...words.map((word) => sql`instr(lower(${path}), ${word}) > 0`))

/** The trigram index finds any three letters in a row; shorter words are searched as beginnings of words. */
const found = (queries: Queries, words: readonly string[], isOffered: SQL | undefined): SQL => {
  const long = words.filter((word) => letters(word).length >= 3)
  const short = words.filter((word) => !long.includes(word))
  const beginnings = short.filter((word) => /^[\p{L}\p{N}]+$/u.test(word))
  const signs = short.filter((word) => !beginnings.includes(word))
  const parts = sql`resource_parts(${long.flatMap(groups).join(' AND ')})`
  const starts = sql`resource_words(${beginnings.map((word) => `${quoted(word)}*`).join(' AND ')})`
  const rest = and(isOffered, holds(signs))
  if (long.length === 0 && beginnings.length === 0) return numbers(resources, rest) // signs only
  if (long.length === 0) return numbers(indexed(starts), rest)
  const isHeld = sql`(${isForeign} OR ${holds(long)})`
  if (beginnings.length === 0) return numbers(indexed(parts), and(rest, isHeld))
  // The index that finds fewer is read, and each of its matches is checked for the other words.
  return isRare(queries, starts)
    ? numbers(indexed(starts), and(rest, inPlainPath(holds(long), parts)))
    : numbers(indexed(parts), and(rest, isHeld, inPlainPath(begins(beginnings), starts)))
}

/** Only a few matches are counted, so the count costs little for any word. */
const isRare = (queries: Queries, matches: SQL): boolean =>
  queries.get<{ few: number }>(sql`SELECT count(*) < ${few} AS few FROM (SELECT 1 FROM ${matches} LIMIT ${few})`)
    .few === 1

/** Paths with other letters than English ones: only the indexes know their small letters and accents. */
const isForeign = sql`${resources.path} GLOB '*[^ -~]*'`

/** The path itself is looked at: a list of all matches of a common word takes a second. */
const inPlainPath = (isThere: SQL | undefined, index: SQL): SQL =>
  sql`CASE WHEN ${isForeign} THEN ${resources.number} IN (SELECT rowid FROM ${index}) ELSE ${isThere} END`

/** Whether words of a plain path begin so, as the index knows words: runs of letters and digits. */
const begins = (beginnings: readonly string[]): SQL | undefined =>
  and(...beginnings.map((word) => sql`('/' || lower(${resources.path})) GLOB ${`*[^a-z0-9]${unaccented(word)}*`}`))

const unaccented = (word: string): string => letters(word.normalize('NFD')).join('')

/** The characters that the index counts: it knows no accents. */
const letters = (word: string): readonly string[] => [...word.replaceAll(/\p{M}/gu, '')]

/** Every three characters in a row: the index knows which paths have them, but not in what order. */
const groups = (word: string): readonly string[] => {
  const all = letters(word)
  return [...new Set(all.slice(2).map((_, index) => quoted(all.slice(index, index + 3).join(''))))]
}

/** CROSS JOIN fixes the order: matches one after the other, until there are enough candidates. */
const indexed = (matches: SQL): SQL =>
  sql`${matches} AS matches CROSS JOIN ${resources} ON ${resources.number} = matches.rowid`

/** The word taken literally. */
const quoted = (word: string): string => `"${word.replaceAll('"', '""')}"`

/** 0 for an exact name or complete path, 1 for the beginning of a name, 2 for any other match. */
export const rank = (words: readonly string[], whole = ''): SQL<number> => {
  const isExact = or(inArray(resources.name, [...words]), eq(resources.path, whole))
  return sql`CASE WHEN ${isExact} THEN 0 WHEN ${or(...words.map(isBeginning))} THEN 1 ELSE 2 END`
}
