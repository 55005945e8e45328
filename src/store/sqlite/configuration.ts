import { z } from 'zod'
import type { ConfigurationMemory } from '../../domain/configuration.ts'
import { appendAudit } from './audit.ts'
import { parsed } from './columns.ts'
import type { Queries } from './connection.ts'
import { integer, sqliteTable, text } from './drizzle.ts'

export const configuration = sqliteTable('configuration', {
  only: integer().primaryKey(),
  hash: text().notNull(),
  settings: parsed(z.record(z.string(), z.string())).notNull(),
})

/** See `ConfigurationMemory`. */
export const noteConfiguration = (
  queries: Queries,
  ...[now, event]: Parameters<ConfigurationMemory['noteConfiguration']>
): void => {
  const before = queries
    .select({ hash: configuration.hash, settings: configuration.settings })
    .from(configuration)
    .get()
  if (before?.hash === now.hash) return
  queries
    .insert(configuration)
    .values({ only: 1, ...now })
    .onConflictDoUpdate({ target: configuration.only, set: now })
    .run()
  appendAudit(queries, [event(before)])
}
