import type { Config } from '../../config/read.ts'
import { messageOf } from '../../domain/message-of.ts'
import type { Channel } from '../../domain/platform.ts'
import { type Finding, missing, ok, unknown } from '../../findings.ts'
import { refusedText } from '../../views/copy-unreachable.ts'
import type { Examiners } from './chats.ts'

/** Checks that the configured channels accept messages. Returns nothing where the token may not read channels. */
export const channelFindings = async (
  { integrations, audit }: Config,
  examiners: Examiners,
): Promise<readonly Finding[]> => {
  const copies = integrations.flatMap(({ integration }) => integration.channel ?? [])
  const heads = audit.headTo?.to === 'channel' ? [audit.headTo.channel] : []
  const named = new Map([...copies, ...heads].map((channel) => [`${channel.platform} ${channel.id}`, channel]))
  const rows = [...named.values()].map((channel) => findingFor(channel, examiners))
  return (await Promise.all(rows)).flatMap((row) => row ?? [])
}

const findingFor = async ({ platform, id }: Channel, examiners: Examiners): Promise<Finding | undefined> => {
  const examiner = examiners.get(platform)
  if (!examiner) return undefined
  const what = `channel ${id}`
  const look = await examiner.channel(id).catch((error: unknown) => unknown(what, messageOf(error)))
  if (!look || 'state' in look) return look
  if ('name' in look) return ok(what, `takes messages${look.name ? ` (${look.name})` : ''}`)
  const { found, remedy } = refusedText(look.fault)
  return missing(what, found, remedy)
}
