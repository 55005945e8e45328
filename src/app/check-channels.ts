import { isGuarded, type Reach } from '../domain/card.ts'
import type { Channel } from '../domain/platform.ts'
import { ExternalError } from '../ports.ts'
import type { Deps } from './deps.ts'

type ChannelDeps = Pick<Deps, 'store' | 'platforms' | 'log'>

/** Asks the platform who reads along in a channel, and notes it. Throws while the platform does not answer. */
export const lookAtChannel = async (deps: ChannelDeps, channel: Channel): Promise<Reach> => {
  const reach = (await deps.platforms.get(channel.platform)?.reach?.(channel.id)) ?? 'unknown'
  if ((await deps.store.channelReach(channel)) !== reach) {
    deps.log[isGuarded(reach) ? 'warn' : 'info']({ channel, reach }, 'who reads along in a channel')
    await deps.store.noteReach(channel, reach)
  }
  return reach
}

/** Checks each channel with cards. A channel that became shared loses what strangers must not read. */
export const checkChannels = (deps: ChannelDeps & Pick<Deps, 'integrations' | 'nudge'>) => async (): Promise<void> => {
  const named = [...deps.integrations.values()].flatMap(({ integration }) => integration.channel ?? [])
  const channels = new Map(named.map((channel) => [`${channel.platform} ${channel.id}`, channel]))
  for (const channel of channels.values()) {
    if (!deps.platforms.has(channel.platform)) continue
    await lookAtChannel(deps, channel).catch((error: unknown) => {
      if (!(error instanceof ExternalError)) throw error
      deps.log.warn({ channel, code: error.code }, 'it could not be asked who reads along in a channel')
    })
  }
  deps.nudge()
}
