import type { ChatKinds, ConfiguredChat, ReadSecret } from '../chat/kind.ts'
import { type Channel, type Platform, platform } from '../domain/platform.ts'
import type { ChannelSetting, HeadSetting } from './schema.ts'

/** The chats with a section in the file, each with its secrets. `sections` is the parsed file. */
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
  /** The configured chats. */
  readonly chats: ReadonlyMap<Platform, ConfiguredChat>
  readonly kinds: ChatKinds
  readonly complain: (message: string) => void
}

/**
 * The channel of a setting, in the named chat or in the only one. Returns undefined, with a complaint, when the setting
 * names no channel. Without any chat it returns undefined without a complaint.
 */
export const channelOf = (setting: ChannelSetting, { chats, kinds, complain }: Given): Channel | undefined => {
  const names = [...chats.keys()]
  const [only] = names
  if (only === undefined) return undefined
  const given = typeof setting === 'string' ? names.map((name) => [name, setting] as const) : Object.entries(setting)
  const [named, ...others] = given
  if (named === undefined || others.length > 0) {
    const advice = typeof setting === 'string' ? 'write which chat it is in' : 'write the one chat it is in'
    complain(`${advice}, as in { ${only}: ID }; there are ${names.join(', ')}`)
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

/** The destination of the audit log's head: a message, or a signed webhook. */
export type HeadDestination =
  | { readonly to: 'channel'; readonly channel: Channel }
  | { readonly to: 'address'; readonly url: string }

export const headDestination = (setting: HeadSetting, given: Given): HeadDestination | undefined => {
  if (setting.to === 'address') return setting
  if (given.chats.size === 0) {
    const kinds = new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(Object.keys(given.kinds))
    given.complain(`a channel needs a chat; configure ${kinds}, or write an address`)
    return undefined
  }
  const complain = (message: string) => given.complain(`${message}, or an https address`)
  const channel = channelOf(setting.channel, { ...given, complain })
  return channel && { to: 'channel', channel }
}
