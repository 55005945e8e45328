import type { IntegrationId } from '../../domain/ids.ts'
import { integer, primaryKey, table, text } from './drizzle.ts'

/** The paths of resources as searches read them. */
export const resourceTexts = table(
  'resource_texts',
  { integration: text().$type<IntegrationId>().notNull(), number: integer().notNull(), text: text().notNull() },
  (of) => [primaryKey({ columns: [of.integration, of.number] })],
)

/** Every word of every path. */
export const resourceTerms = table('resource_terms', { term: text().primaryKey() })
