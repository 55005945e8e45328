import type { GrantId, IntegrationId, PersonId, RequestId } from './ids.ts'
import type { Platform } from './platform.ts'
import type { Timestamp } from './time.ts'

/** The actor of an event. A stranger is an identity that the directory does not know. */
export type Actor =
  | { readonly kind: 'person'; readonly id: PersonId }
  | { readonly kind: 'system' }
  | { readonly kind: 'stranger'; readonly platform: Platform; readonly tenant: string; readonly subject: string }
  | { readonly kind: 'operator'; readonly name: string }

/** All kinds of recorded events. */
export const auditKinds = [
  'request-submitted',
  'request-approved',
  'request-denied',
  'items-denied',
  'request-cancelled',
  'request-expired',
  'request-reminded',
  'request-narrowed',
  'request-rerouted',
  'owners-unreachable',
  'access-provisioned',
  'access-ending',
  'access-ended',
  'access-narrowed',
  'access-lapsed',
  'access-restored',
  'access-step-failed',
  'link-opened',
  'link-confirmed',
  'link-redeemed',
  'link-misused',
  'link-explained',
  'credential-issued',
  'credential-revealed',
  'credential-failed',
  'credential-withdrawn',
  'credential-unopened',
  'secret-read',
  'rotation-called',
  'rotation-failed',
  'value-changed',
  'administrators-asked',
  'control-group-reported',
  'control-group-shown',
  'control-group-approved',
  'control-group-authorised',
  'control-group-denied',
  'control-group-over',
  'session-opened',
  'session-refused',
  'session-ended',
  'connector-invited',
  'connector-joined',
  'connector-refused',
  'connector-revoked',
  'connector-connected',
  'connector-lost',
  'connector-reported',
  'refused',
  'use-unapproved',
  'use-unknown',
  'leftover-removed',
  'lease-stuck',
  'lease-gone',
  'access-missing',
  'configuration-changed',
  'directory-loaded',
  'directory-rejected',
  'removals-held',
  'removals-called-off',
  'words-erased',
  'database-restored',
  'database-succeeded',
  'started',
] as const
export type AuditKind = (typeof auditKinds)[number]

/** An immutable record, written in the same transaction as the change. It never contains a credential. */
export type AuditEvent = {
  readonly at: Timestamp
  readonly kind: AuditKind
  readonly actor: Actor
  readonly integration?: IntegrationId
  readonly request?: RequestId
  readonly grant?: GrantId
  readonly detail: Readonly<Record<string, string | number | boolean>>
}

export const system: Actor = { kind: 'system' }
export const byPerson = (id: PersonId): Actor => ({ kind: 'person', id })
/** A person at the machine itself, such as `root@host`. */
export const byOperator = (name: string): Actor => ({ kind: 'operator', name })

/** The actor in one word, such as for a log line. */
export const actorName = (actor: Actor): string => {
  if (actor.kind === 'person') return actor.id
  return actor.kind === 'operator' ? actor.name : actor.kind
}
