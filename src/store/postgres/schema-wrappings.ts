import type { FetchLinkId, GrantId, IntegrationId } from '../../domain/ids.ts'
import type { Wrapping } from '../../domain/wrapping.ts'
import { moment } from './columns.ts'
import { table, text } from './drizzle.ts'

export const wrappings = table('wrappings', {
  link: text().$type<FetchLinkId>().primaryKey(),
  grant: text('grant_id').$type<GrantId>().notNull(),
  integration: text().$type<IntegrationId>().notNull(),
  state: text().$type<Wrapping['state']>().notNull(),
  lookAt: moment().notNull(),
  spendBy: moment().notNull(),
})
