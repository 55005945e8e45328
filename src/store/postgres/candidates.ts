import type { IntegrationId } from '../../domain/ids.ts'
import { literal, searchPattern } from '../rows/search-text.ts'
import { list, type SQL, sql } from './drizzle.ts'
import { resources } from './schema.ts'
import { resourceTexts } from './schema-texts.ts'

/** The most matches to rank: a word in every path must not cost a walk over all paths. */
const mostCandidates = 1_000
/** The most resources of one name to check: a hundred thousand may share a name. */
const mostNamed = 2_000
/** So many are walked before the index of parts is asked, which reads all matches of a word, however many. */
const mostWalked = 10_000
const behindEveryLetter = '\u{10FFFF}'

/** What a search may show. */
export type Sought = {
  readonly integrations: readonly IntegrationId[]
  readonly words: readonly string[]
  readonly type?: string | undefined
  /** A complete path, which is found among however many others. */
  readonly path?: string
}

/** A resource in these statements. */
const of = sql.raw('one')

/** A statement that gives the numbers of matches with their `rank`; indexes give at most so many. */
export const candidates = (sought: Sought): SQL => {
  const { words, path } = sought
  const isOffered = offered(sought)
  const columns = sql`${of}.number, ${of}.integration, ${of}.path, ${of}.type, ${of}.name`
  const some = sql`SELECT ${columns} FROM`
  const ids = list(sought.integrations)
  const has = sql.join(
    words.map((word) => sql`text LIKE ${searchPattern(word)}`),
    sql` AND `,
  )
  const near = sql`${some} unnest(${ids}) AS place (id)
    CROSS JOIN LATERAL (SELECT number, text FROM ${resourceTexts} WHERE integration = place.id
      ORDER BY number LIMIT ${Math.ceil(mostWalked / sought.integrations.length)}) AS early
    JOIN ${resources} AS ${of} ON ${of}.number = early.number WHERE ${has} AND ${isOffered} LIMIT ${mostCandidates}`
  const matched = sql`SELECT number FROM ${resourceTexts}
    WHERE integration = ANY (${ids}) AND ${has} AND (SELECT count(*) FROM near) < ${mostCandidates}`
  const found = sql`${some} matched JOIN ${resources} AS ${of} ON ${of}.number = matched.number
    WHERE ${isOffered} LIMIT ${mostCandidates}`
  const textOf = sql`SELECT text FROM ${resourceTexts} AS of
    WHERE of.integration = named.integration AND of.number = named.number`
  const named = words.map((word) => {
    const all = sql`${some} ${resources} AS ${of} WHERE ${isOffered} AND ${begins(word)} LIMIT ${mostNamed}`
    const others = words.filter((other) => other !== word).map((other) => sql`(${textOf}) LIKE ${searchPattern(other)}`)
    return sql`SELECT * FROM (${all}) AS named WHERE ${sql.join([sql`true`, ...others], sql` AND `)}
      LIMIT ${mostCandidates}`
  })
  const exact =
    path === undefined ? [] : [sql`${some} ${resources} AS ${of} WHERE ${isOffered} AND ${of}.path = ${path}`]
  const every = [sql`SELECT * FROM near`, found, ...named, ...exact].map((each) => sql`(${each})`)
  return sql`WITH near AS MATERIALIZED (${near}), matched AS MATERIALIZED (${matched})
    SELECT ${columns}, ${rank(words, path)} AS rank FROM (${sql.join(every, sql` UNION `)}) AS ${of}`
}

const offered = ({ integrations, type }: Sought): SQL => {
  const isOfType = type === undefined ? sql`` : sql` AND ${of}.type = ${type}`
  return sql`NOT ${of}.is_gone AND ${of}.integration = ANY (${list(integrations)})${isOfType}`
}

const begins = (word: string): SQL => sql`${of}.name >= ${word} AND ${of}.name < ${`${word}${behindEveryLetter}`}`

/** Of the resource `one`: 0 for an exact name or complete path, 1 for the beginning of a name, 2 for any other match. */
export const rank = (words: readonly string[], path = ''): SQL =>
  sql`CASE WHEN ${of}.name = ANY (${list(words)}) OR ${of}.path = ${path} THEN 0
    WHEN ${of}.name LIKE ANY (${list(words.map((word) => `${literal(word)}%`))}) THEN 1 ELSE 2 END`
