import { isGuarded, type Reach } from '../../domain/card.ts'
import type { Channel } from '../../domain/platform.ts'
import type { Queries } from './connection.ts'
import { and, eq, isNotNull, primaryKey, sql, sqliteTable, text } from './drizzle.ts'
import { cards } from './schema.ts'

export const channels = sqliteTable(
  'channels',
  { platform: text().notNull(), channel: text().notNull(), reach: text().$type<Reach>().notNull() },
  (table) => [primaryKey({ columns: [table.platform, table.channel] })],
)

const named = ({ platform, id }: Channel) => and(eq(channels.platform, platform), eq(channels.channel, id))

/** Who reads along in a channel, as last noted. */
export const channelReach = (queries: Queries, channel: Channel): Reach | undefined =>
  queries.select({ reach: channels.reach }).from(channels).where(named(channel)).get()?.reach

/** Notes the reach. If cards must say less or may say more than before, every card of the channel becomes stale. */
export const noteReach = (queries: Queries, channel: Channel, reach: Reach): void => {
  const before = channelReach(queries, channel) ?? 'inside'
  const { platform, id } = channel
  queries
    .insert(channels)
    .values({ platform, channel: id, reach })
    .onConflictDoUpdate({ target: [channels.platform, channels.channel], set: { reach } })
    .run()
  if (isGuarded(before) === isGuarded(reach)) return
  const isThere = sql`${cards.recipient} ->> '$.channel.id' = ${id}`
  const shown = and(eq(cards.audience, 'channel'), eq(cards.platform, platform), isNotNull(cards.message), isThere)
  queries.update(cards).set({ rendered: 0 }).where(shown).run()
}
