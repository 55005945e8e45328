import type { IntegrationId } from '../../domain/ids.ts'
import { searchText, termsOf } from '../rows/search-text.ts'
import { recordset } from './columns.ts'
import type { Queries } from './connection.ts'
import { asc, gt, sql } from './drizzle.ts'
import { resources } from './schema.ts'
import { resourceTerms, resourceTexts } from './schema-texts.ts'

/**
 * Makes resources with these paths searchable. The text stands beside its resource and never changes: else each look
 * would write the large index again.
 */
export const indexPaths = async (
  within: Queries,
  integration: IntegrationId,
  paths: readonly string[],
): Promise<void> => {
  const rows = paths.map((path) => ({ path, text: searchText(path) }))
  const terms = [...new Set(paths.flatMap(termsOf))].sort()
  await Promise.all([
    within.execute(sql`
      INSERT INTO ${resourceTexts} (integration, number, text) SELECT of.integration, of.number, given.text
      FROM json_to_recordset(${recordset(rows)}) AS given (path text, text text)
      JOIN ${resources} AS of ON of.integration = ${integration} AND of.path = given.path
      ON CONFLICT DO NOTHING`),
    within.execute(sql`
      INSERT INTO ${resourceTerms} (term) SELECT json_array_elements_text(${recordset(terms)})
      ON CONFLICT DO NOTHING`),
  ])
}

const atOnce = 4_000

/** The same for all resources, after a copy from another database. */
export const indexAll = async (within: Queries): Promise<void> => {
  for (let last = 0; ; ) {
    const { number, integration, path } = resources
    const next = within.select({ number, integration, path }).from(resources).where(gt(number, last))
    const rows = await next.orderBy(asc(number)).limit(atOnce)
    for (const [of, own] of Map.groupBy(rows, (row) => row.integration)) {
      const paths = own.map((row) => row.path)
      await indexPaths(within, of, paths)
    }
    last = rows.at(-1)?.number ?? last
    if (rows.length < atOnce) return
  }
}
