import type { ChatKinds, ConfiguredChat, ReadSecret } from '../chat/kind.ts'
import { type Channel, type Platform, platform } from '../domain/platform.ts'
import type { ChannelSetting, HeadSetting } from './schema.ts'

/** The chats that have a section in the file, each with its secrets. `sections` is what the schema made of the file. */
export const configuredChats = (
  sections: Readonly<Record<string, unknown>>,
  kinds: ChatKinds,
  secret: ReadSecret,
): ReadonlyMap<Platform, ConfiguredChat> =>
  new Map(
    Object.entries(kinds)
      .filter(([key]) => sections[key] !== undefined)
      .map(([key, kind]) => [platform(key), kind.configure(sections[key], secret)]),
  )

type Given = {
  /** The chats that are configured. */
  readonly chats: ReadonlyMap<Platform, ConfiguredChat>
  readonly kinds: ChatKinds
  readonly complain: (message: string) => void
}

/**
 * The channel that a setting names: of the chat that it names, or of the only one there is. Undefined with a complaint
 * when it names none. Without any chat, no channel is meant: undefined, and nothing to complain about.
 */
export const channelOf = (setting: ChannelSetting, { chats, kinds, complain }: Given): Channel | undefined => {
  const names = [...chats.keys()]
  const [only] = names
  if (only === undefined) return undefined
  const given = typeof setting === 'string' ? names.map((name) => [name, setting] as const) : Object.entries(setting)
  const [named, ...others] = given
  if (named === undefined || others.length > 0) {
    complain(`write which chat it is in, as in { ${only}: ID }; there are ${names.join(', ')}`)
    return undefined
  }
  const key = platform(named[0])
  const kind = chats.has(key) ? kinds[key] : undefined
  if (!kind) {
    complain(`no chat "${key}" is configured; there are ${names.join(', ')}`)
    return undefined
  }
  const { data: id, error } = kind.channelId.safeParse(named[1])
  for (const { message } of error?.issues ?? []) complain(message)
  return id === undefined ? undefined : { platform: key, id }
}

/** Where the head of the audit log is sent: by message, or as a signed webhook. */
export type HeadDestination =
  | { readonly to: 'channel'; readonly channel: Channel }
  | { readonly to: 'address'; readonly url: string }

export const headDestination = (setting: HeadSetting, given: Given): HeadDestination | undefined => {
  if (setting.to === 'address') return setting
  if (given.chats.size === 0) {
    given.complain(`a channel needs a chat; configure ${Object.keys(given.kinds).join(' or ')}, or write an address`)
    return undefined
  }
  const complain = (message: string) => given.complain(`${message}, or an https address`)
  const channel = channelOf(setting.channel, { ...given, complain })
  return channel && { to: 'channel', channel }
}
