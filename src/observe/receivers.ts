import { hostname } from 'node:os'
import type { Config } from '../config/read.ts'
import type { InstanceId } from '../domain/ids.ts'
import type { Platform } from '../domain/platform.ts'
import type { AuditHead, AuditSink, ChatPlatform, Clock } from '../ports.ts'
import { auditHeadCard } from '../views/audit-head.ts'
import { syslog } from './syslog.ts'
import { eventWebhook, type Webhook, webhook } from './webhook.ts'

type Self = { readonly version: string; readonly instance: InstanceId }
type Receivers = { readonly rows?: Webhook; readonly head?: Webhook; readonly events?: AuditSink }

/** The receivers of rows, heads and events by HTTP. Heads go to the webhook's address unless they have their own. */
export const receiversOf = (
  { audit, webhookSecret: secret, events }: Pick<Config, 'audit' | 'webhookSecret' | 'events'>,
  clock: Clock,
  { instance, fetch }: { readonly instance: InstanceId; readonly fetch: typeof globalThis.fetch },
): Receivers => {
  const self = { instance, clock, fetch }
  return {
    ...(secret && audit.webhook && { rows: webhook({ ...self, ...audit.webhook, secret }) }),
    ...(secret && audit.headTo?.to === 'address' && { head: webhook({ ...self, url: audit.headTo.url, secret }) }),
    ...(events && { events: eventWebhook({ ...self, ...events }) }),
  }
}

/** All receivers of audit rows, and of the events that are made of them. */
export const sinksOf = (
  { audit }: Pick<Config, 'audit'>,
  { rows, events }: Receivers,
  { version, instance }: Self,
): readonly AuditSink[] => {
  const sender = { host: hostname(), process: process.pid, version, instance }
  return [
    ...(rows ? [rows] : []),
    ...(audit.syslog ? [syslog({ ...audit.syslog, sender })] : []),
    ...(events ? [events] : []),
  ]
}

/** Publishes the head elsewhere, by HTTP or in a channel; `undefined` where only our own log has it. */
export const headPost = (
  { audit: { headTo } }: Pick<Config, 'audit'>,
  receivers: Receivers,
  platforms: ReadonlyMap<Platform, ChatPlatform>,
  instance: InstanceId,
): Webhook['sendHead'] | undefined => {
  if (headTo === undefined) return undefined
  if (headTo.to === 'address') return receivers.head?.sendHead
  const { channel } = headTo
  return async (head: AuditHead): Promise<void> => {
    await platforms.get(channel.platform)?.post({ to: 'channel', channel }, auditHeadCard(head, instance))
  }
}
