import type { AuditEvent } from '../../domain/audit-event.ts'
import type { NewCard } from '../../domain/card.ts'
import type { ControlGroup, ControlGroupState } from '../../domain/control-group.ts'
import type { ControlGroupMemory } from '../../domain/control-group-memory.ts'
import type { ControlGroupId, IntegrationId, PersonId } from '../../domain/ids.ts'
import type { Timestamp } from '../../domain/time.ts'
import { controlGroupColumns, toControlGroup } from '../rows/control-groups.ts'
import * as json from '../rows/json.ts'
import { appendAudit } from './audit.ts'
import { insertCards, outdateNews } from './cards.ts'
import { moment, parsed } from './columns.ts'
import type { Queries } from './connection.ts'
import { and, asc, desc, eq, integer, isNotNull, isNull, lte, sql, sqliteTable, text } from './drizzle.ts'
import type { GroupCommit } from './group-commit.ts'

export const controlGroups = sqliteTable('control_groups', {
  number: integer().primaryKey(),
  id: text().$type<ControlGroupId>().notNull(),
  integration: text().$type<IntegrationId>().notNull(),
  accessor: text().notNull(),
  path: text().notNull(),
  operation: text().notNull(),
  entityId: text().notNull(),
  entityName: text().notNull(),
  requester: text().$type<PersonId>(),
  reporter: text().$type<PersonId>().notNull(),
  reportedAt: moment().notNull(),
  expiresAt: moment().notNull(),
  approvals: parsed<ControlGroup['approvals']>(json.approvals).notNull(),
  state: text().$type<ControlGroupState>().notNull(),
  deniedBy: text().$type<PersonId>(),
  deniedAt: moment(),
  note: text(),
  settledAt: moment(),
  lookAt: moment(),
  remindAt: moment(),
  revision: integer().notNull(),
})

/** The store's verbs about control groups, each one transaction. */
export const controlGroupVerbs = (queries: Queries, together: GroupCommit): ControlGroupMemory => ({
  controlGroup: async (by) => find(queries, by),
  addControlGroup: (...added) => together((within) => add(within, ...added)),
  saveControlGroup: (...saved) => together((within) => save(within, ...saved)),
  postponeControlGroup: async ({ id, revision }, lookAt) => {
    const isSame = and(eq(controlGroups.id, id), eq(controlGroups.revision, revision), isNotNull(controlGroups.lookAt))
    queries.update(controlGroups).set({ lookAt }).where(isSame).run()
  },
  dueControlGroups: async (integration, now, limit) =>
    queries
      .select()
      .from(controlGroups)
      .where(and(eq(controlGroups.integration, integration), lte(controlGroups.lookAt, now)))
      .orderBy(asc(controlGroups.lookAt))
      .limit(limit)
      .all()
      .map(toControlGroup),
  nextControlGroup: async (integration) =>
    queries
      .select({ soonest: sql<Timestamp | null>`min(${controlGroups.lookAt})` })
      .from(controlGroups)
      .where(and(eq(controlGroups.integration, integration), isNotNull(controlGroups.lookAt)))
      .get()?.soonest ?? undefined,
  controlGroups: async (limit) =>
    queries
      .select()
      .from(controlGroups)
      .orderBy(asc(isNull(controlGroups.lookAt)), desc(controlGroups.number))
      .limit(limit)
      .all()
      .map(toControlGroup),
})

const find = (queries: Queries, by: Parameters<ControlGroupMemory['controlGroup']>[0]): ControlGroup | undefined => {
  const isMeant =
    'id' in by
      ? eq(controlGroups.id, by.id)
      : and(eq(controlGroups.integration, by.integration), eq(controlGroups.accessor, by.accessor))
  const row = queries.select().from(controlGroups).where(isMeant).get()
  return row && toControlGroup(row)
}

const add = (
  queries: Queries,
  group: ControlGroup,
  audit: readonly AuditEvent[],
  cards: readonly NewCard[],
): boolean => {
  const { changes } = queries
    .insert(controlGroups)
    .values(controlGroupColumns(group))
    .onConflictDoNothing({ target: [controlGroups.integration, controlGroups.accessor] })
    .run()
  if (changes === 0) return false
  insertCards(queries, cards)
  appendAudit(queries, audit)
  return true
}

const save = (
  queries: Queries,
  group: ControlGroup,
  audit: readonly AuditEvent[],
  cards: readonly NewCard[],
): 'saved' | 'conflict' => {
  const { id, approvals, state, deniedBy, deniedAt, note, settledAt, lookAt, remindAt, revision } =
    controlGroupColumns(group)
  const isBefore = and(eq(controlGroups.id, id), eq(controlGroups.revision, revision - 1))
  const changed = { approvals, state, deniedBy, deniedAt, note, settledAt, lookAt, remindAt, revision }
  if (queries.update(controlGroups).set(changed).where(isBefore).run().changes !== 1) return 'conflict'
  outdateNews(queries, id, revision)
  insertCards(queries, cards)
  appendAudit(queries, audit)
  return 'saved'
}
