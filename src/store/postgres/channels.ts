import { isGuarded, type Reach } from '../../domain/card.ts'
import type { Channel } from '../../domain/platform.ts'
import type { Queries } from './connection.ts'
import { and, eq, isNotNull, primaryKey, sql, table, text } from './drizzle.ts'
import { lock } from './locks.ts'
import { cards } from './schema.ts'

export const channels = table(
  'channels',
  { platform: text().notNull(), channel: text().notNull(), reach: text().$type<Reach>().notNull() },
  (of) => [primaryKey({ columns: [of.platform, of.channel] })],
)

const named = ({ platform, id }: Channel) => and(eq(channels.platform, platform), eq(channels.channel, id))

/** Who reads along in a channel, as last noted. */
export const channelReach = async (queries: Queries, channel: Channel): Promise<Reach | undefined> =>
  (await queries.select({ reach: channels.reach }).from(channels).where(named(channel)))[0]?.reach

/**
 * Taken by whoever changes a channel's reach, and by whoever shows a card there. Otherwise each would miss what the
 * other one has not committed, and a card would stay as it was written for other readers.
 */
export const lockChannel = (within: Queries, { platform, id }: Channel): Promise<void> =>
  lock(within, 'channel', `${platform}:${id}`)

/** Notes the reach. If cards must say less or may say more than before, every card of the channel becomes stale. */
export const noteReach = async (within: Queries, channel: Channel, reach: Reach): Promise<void> => {
  await lockChannel(within, channel)
  const before = (await channelReach(within, channel)) ?? 'inside'
  const { platform, id } = channel
  await within
    .insert(channels)
    .values({ platform, channel: id, reach })
    .onConflictDoUpdate({ target: [channels.platform, channels.channel], set: { reach } })
  if (isGuarded(before) === isGuarded(reach)) return
  const isThere = sql`(${cards.recipient})::jsonb #>> '{channel,id}' = ${id}`
  const isShown = and(eq(cards.audience, 'channel'), eq(cards.platform, platform), isNotNull(cards.message), isThere)
  await within.update(cards).set({ rendered: 0 }).where(isShown)
}
