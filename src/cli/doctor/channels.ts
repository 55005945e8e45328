import type { Config } from '../../config/read.ts'
import type { UnreachableReason } from '../../domain/card.ts'
import { refusedText } from '../../views/copy-unreachable.ts'
import { callSlack, type SlackWay } from '../slack-api.ts'
import { type Finding, messageOf, missing, ok, unknown } from './finding.ts'

type Slack = NonNullable<Config['slack']> & SlackWay

/** Whether the channels of the configuration take messages. Says nothing where the token may not look. */
export const channelFindings = async (
  { slack: app, integrations, audit }: Config,
  way: typeof fetch,
): Promise<readonly Finding[]> => {
  const slack = app && { ...app, way }
  if (!slack || slack.botToken.reveal() === '') return []
  const copies = integrations.flatMap(({ integration }) => (integration.channel ? [integration.channel] : []))
  const heads = audit.headTo && !audit.headTo.includes(':') ? [audit.headTo] : []
  const channels = [...new Set([...copies, ...heads])]
  const rows = channels.map((channel) =>
    lookAt(slack, channel).catch((error: unknown) => unknown(`channel ${channel}`, messageOf(error))),
  )
  return (await Promise.all(rows)).flatMap((row) => row ?? [])
}

const lookAt = async (slack: Slack, channel: string): Promise<Finding | undefined> => {
  const { body } = await callSlack('conversations.info', slack.botToken, { channel }, slack)
  const what = `channel ${channel}`
  const refused = (reason: UnreachableReason) => {
    const { found, remedy } = refusedText(reason)
    return missing(what, found, remedy)
  }
  if (body.error === 'missing_scope') return undefined
  if (body.error === 'channel_not_found') return refused('channel-unknown')
  if (!body.ok) return unknown(what, `Slack says ${body.error}`)
  const about: Readonly<Record<string, unknown>> =
    typeof body.channel === 'object' && body.channel ? { ...body.channel } : {}
  if (about.is_archived === true) return refused('channel-archived')
  return about.is_member === true
    ? ok(what, `takes messages${about.name ? ` (#${about.name})` : ''}`)
    : refused('channel-closed')
}
