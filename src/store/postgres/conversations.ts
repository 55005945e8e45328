import type { Identity } from '../../domain/card.ts'
import type { ConversationReference } from '../../domain/conversation-memory.ts'
import { timestamp } from '../../domain/time.ts'
import type { Queries } from './connection.ts'
import { and, eq, exists, gt, isNotNull, ne, primaryKey, sql, table, text } from './drizzle.ts'
import { cards } from './schema.ts'

export const conversations = table(
  'conversations',
  { platform: text().notNull(), tenant: text().notNull(), subject: text().notNull(), reference: text().notNull() },
  (of) => [primaryKey({ columns: [of.platform, of.tenant, of.subject] })],
)

const isTheirs = ({ platform, tenant, subject }: Identity) =>
  and(eq(conversations.platform, platform), eq(conversations.tenant, tenant), eq(conversations.subject, subject))

/** The person's newest reference. */
export const findConversation = async (queries: Queries, of: Identity): Promise<ConversationReference | undefined> =>
  (await queries.select({ reference: conversations.reference }).from(conversations).where(isTheirs(of)))[0]?.reference

/** Stores the newest reference, and makes the person's refused cards due. Returns whether anything changed. */
export const saveConversation = async (
  within: Queries,
  of: Identity,
  reference: ConversationReference,
): Promise<boolean> => {
  const { platform, tenant, subject } = of
  const [saved, woken] = await Promise.all([
    within
      .insert(conversations)
      .values({ platform, tenant, subject, reference })
      .onConflictDoUpdate({
        target: [conversations.platform, conversations.tenant, conversations.subject],
        set: { reference },
        setWhere: ne(conversations.reference, reference),
      }),
    within
      .update(cards)
      .set({ retryAt: timestamp(0) })
      .where(waitingFor(of)),
  ])
  return saved.rowCount === 1 || (woken.rowCount ?? 0) > 0
}

/** Whether storing this would change anything: most turns change nothing, and skip the transaction. */
export const hasConversation = async (
  queries: Queries,
  of: Identity,
  reference: ConversationReference,
): Promise<boolean> => {
  const isAwaited = exists(queries.select({ id: cards.id }).from(cards).where(waitingFor(of)))
  const [kept] = await queries
    .select({ reference: conversations.reference, isAwaited: sql<boolean>`${isAwaited}` })
    .from(conversations)
    .where(isTheirs(of))
  return kept?.reference === reference && !kept.isAwaited
}

const waitingFor = ({ platform, tenant, subject }: Identity) =>
  and(
    isNotNull(cards.trouble),
    eq(cards.platform, platform),
    gt(cards.retryAt, timestamp(0)),
    sql`(${cards.recipient})::jsonb #>> '{identity,tenant}' = ${tenant}`,
    sql`(${cards.recipient})::jsonb #>> '{identity,subject}' = ${subject}`,
  )
