import { z } from 'zod'
import type { ConfigurationMemory } from '../../domain/configuration.ts'
import { appendAudit } from './audit.ts'
import { parsed } from './columns.ts'
import type { Queries } from './connection.ts'
import { integer, table, text } from './drizzle.ts'
import { lock } from './locks.ts'

export const configuration = table('configuration', {
  only: integer().primaryKey(),
  hash: text().notNull(),
  settings: parsed(z.record(z.string(), z.string())).notNull(),
})

/** See `ConfigurationMemory`. Of two processes that start at once, one notes it. */
export const noteConfiguration = async (
  within: Queries,
  ...[now, event]: Parameters<ConfigurationMemory['noteConfiguration']>
): Promise<void> => {
  const { hash, settings } = configuration
  const [, [before]] = await Promise.all([
    lock(within, 'configuration', ''),
    within.select({ hash, settings }).from(configuration),
  ])
  if (before?.hash === now.hash) return
  await within
    .insert(configuration)
    .values({ only: 1, ...now })
    .onConflictDoUpdate({ target: configuration.only, set: now })
  await appendAudit(within, [event(before)])
}
