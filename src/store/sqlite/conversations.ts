import type { Identity } from '../../domain/card.ts'
import type { ConversationReference } from '../../domain/conversation-memory.ts'
import { timestamp } from '../../domain/time.ts'
import type { Queries } from './connection.ts'
import { and, eq, gt, isNotNull, primaryKey, sql, sqliteTable, text } from './drizzle.ts'
import { cards } from './schema.ts'
import { given, statement } from './statement.ts'

export const conversations = sqliteTable(
  'conversations',
  { platform: text().notNull(), tenant: text().notNull(), subject: text().notNull(), reference: text().notNull() },
  (table) => [primaryKey({ columns: [table.platform, table.tenant, table.subject] })],
)

/** The person's newest reference. */
export const findConversation = (queries: Queries, of: Identity): ConversationReference | undefined =>
  referenceOf(queries).get(of)?.reference

const them = { platform: given('platform'), tenant: given('tenant'), subject: given('subject') }
const isTheirs = and(
  eq(conversations.platform, them.platform),
  eq(conversations.tenant, them.tenant),
  eq(conversations.subject, them.subject),
)

const referenceOf = statement((queries) =>
  queries.select({ reference: conversations.reference }).from(conversations).where(isTheirs).prepare(),
)

/** Stores the newest reference, and makes the person's refused cards due. Returns whether anything changed. */
export const saveConversation = (queries: Queries, of: Identity, reference: ConversationReference): boolean => {
  const isNew = findConversation(queries, of) !== reference
  if (isNew) {
    queries
      .insert(conversations)
      .values({ platform: of.platform, tenant: of.tenant, subject: of.subject, reference })
      .onConflictDoUpdate({
        target: [conversations.platform, conversations.tenant, conversations.subject],
        set: { reference },
      })
      .run()
  }
  const woken = queries
    .update(cards)
    .set({ retryAt: timestamp(0) })
    .where(waitingFor(of))
    .run()
  return isNew || woken.changes > 0
}

/** Whether storing this would change anything: most turns change nothing, and skip the transaction. */
export const hasConversation = (queries: Queries, of: Identity, reference: ConversationReference): boolean => {
  const kept = keptOf(queries).get(of)
  return kept?.reference === reference && !kept.isAwaited
}

const waitingFor = ({ platform, tenant, subject }: Identity | Record<keyof Identity, ReturnType<typeof given>>) =>
  and(
    isNotNull(cards.trouble),
    eq(cards.platform, platform),
    gt(cards.retryAt, timestamp(0)),
    sql`recipient ->> '$.identity.tenant' = ${tenant}`,
    sql`recipient ->> '$.identity.subject' = ${subject}`,
  )

const keptOf = statement((queries) => {
  const waiting = queries.select({ id: cards.id }).from(cards).where(waitingFor(them))
  return queries
    .select({ reference: conversations.reference, isAwaited: sql<number>`EXISTS ${waiting}` })
    .from(conversations)
    .where(isTheirs)
    .prepare()
})
