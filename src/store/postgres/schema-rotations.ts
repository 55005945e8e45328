import type { GrantId, IntegrationId } from '../../domain/ids.ts'
import type { Reads, Rotation, RotationState } from '../../domain/rotation.ts'
import * as json from '../rows/json.ts'
import { moment, parsed } from './columns.ts'
import { integer, primaryKey, table, text } from './drizzle.ts'

export const rotations = table(
  'rotations',
  {
    grant: text('grant_id').$type<GrantId>().notNull(),
    integration: text().$type<IntegrationId>().notNull(),
    path: text().notNull(),
    state: text().$type<RotationState>().notNull(),
    turn: integer().notNull(),
    id: text(),
    secret: text(),
    reads: parsed<Reads>(json.reads),
    version: integer(),
    changedAt: moment(),
    hook: text().$type<NonNullable<Rotation['hook']>>(),
    hookAt: moment(),
    tries: integer().notNull(),
    lookAt: moment(),
    looks: integer().notNull(),
    until: moment(),
  },
  (of) => [primaryKey({ columns: [of.grant, of.path] })],
)
