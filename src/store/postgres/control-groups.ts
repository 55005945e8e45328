import type { AuditEvent } from '../../domain/audit-event.ts'
import type { NewCard } from '../../domain/card.ts'
import type { ControlGroup, ControlGroupState } from '../../domain/control-group.ts'
import type { ControlGroupMemory } from '../../domain/control-group-memory.ts'
import type { ControlGroupId, IntegrationId, PersonId } from '../../domain/ids.ts'
import { controlGroupColumns, toControlGroup } from '../rows/control-groups.ts'
import * as json from '../rows/json.ts'
import { appendAudit } from './audit.ts'
import { insertCards, outdateNews } from './cards.ts'
import { moment, parsed } from './columns.ts'
import type { Atomically, Queries } from './connection.ts'
import { and, asc, desc, eq, integer, isNotNull, isNull, lte, rowNumber, table, text } from './drizzle.ts'

export const controlGroups = table('control_groups', {
  number: rowNumber(),
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
export const controlGroupVerbs = (queries: Queries, atomically: Atomically): ControlGroupMemory => ({
  controlGroup: (by) => find(queries, by),
  addControlGroup: (...added) => atomically((within) => add(within, ...added)),
  saveControlGroup: (...saved) => atomically((within) => save(within, ...saved)),
  postponeControlGroup: async ({ id, revision }, lookAt) => {
    const isSame = and(eq(controlGroups.id, id), eq(controlGroups.revision, revision), isNotNull(controlGroups.lookAt))
    await atomically((within) => within.update(controlGroups).set({ lookAt }).where(isSame))
  },
  dueControlGroups: async (integration, now, limit) => {
    const isDue = and(eq(controlGroups.integration, integration), lte(controlGroups.lookAt, now))
    const due = queries.select().from(controlGroups).where(isDue).orderBy(asc(controlGroups.lookAt)).limit(limit)
    return (await due).map(toControlGroup)
  },
  nextControlGroup: async (integration) => {
    const { lookAt } = controlGroups
    const isOpen = and(eq(controlGroups.integration, integration), isNotNull(lookAt))
    const next = queries.select({ lookAt }).from(controlGroups).where(isOpen).orderBy(asc(lookAt)).limit(1)
    return (await next)[0]?.lookAt ?? undefined
  },
  controlGroups: async (limit) => {
    const { lookAt, number } = controlGroups
    const newest = queries
      .select()
      .from(controlGroups)
      .orderBy(asc(isNull(lookAt)), desc(number))
      .limit(limit)
    return (await newest).map(toControlGroup)
  },
})

const find = async (
  queries: Queries,
  by: Parameters<ControlGroupMemory['controlGroup']>[0],
): Promise<ControlGroup | undefined> => {
  const isMeant =
    'id' in by
      ? eq(controlGroups.id, by.id)
      : and(eq(controlGroups.integration, by.integration), eq(controlGroups.accessor, by.accessor))
  return (await queries.select().from(controlGroups).where(isMeant)).map(toControlGroup)[0]
}

const add = async (
  within: Queries,
  group: ControlGroup,
  audit: readonly AuditEvent[],
  cards: readonly NewCard[],
): Promise<boolean> => {
  const { rowCount } = await within
    .insert(controlGroups)
    .values(controlGroupColumns(group))
    .onConflictDoNothing({ target: [controlGroups.integration, controlGroups.accessor] })
  if (rowCount === 0) return false
  await insertCards(within, cards)
  await appendAudit(within, audit)
  return true
}

const save = async (
  within: Queries,
  group: ControlGroup,
  audit: readonly AuditEvent[],
  cards: readonly NewCard[],
): Promise<'saved' | 'conflict'> => {
  const { id, approvals, state, deniedBy, deniedAt, note, settledAt, lookAt, remindAt, revision } =
    controlGroupColumns(group)
  const isBefore = and(eq(controlGroups.id, id), eq(controlGroups.revision, revision - 1))
  const changed = { approvals, state, deniedBy, deniedAt, note, settledAt, lookAt, remindAt, revision }
  if ((await within.update(controlGroups).set(changed).where(isBefore)).rowCount !== 1) return 'conflict'
  await outdateNews(within, id, revision)
  await insertCards(within, cards)
  await appendAudit(within, audit)
  return 'saved'
}
