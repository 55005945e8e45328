import type { Actor, AuditEvent, AuditKind } from './audit-event.ts'
import type { GrantId, IntegrationId, RequestId } from './ids.ts'

/** What a part of an audit row says to programs outside; `undefined` where the row does not say it. */
type Reading<Value> = { readonly means: string; readonly of: (row: AuditEvent) => Value | undefined }

const text = (key: string, means: string): Reading<string> => ({
  means,
  of: ({ detail }) => (typeof detail[key] === 'string' ? detail[key] : undefined),
})
const count = (key: string, means: string): Reading<number> => ({
  means,
  of: ({ detail }) => (typeof detail[key] === 'number' ? detail[key] : undefined),
})
const moment = (key: string, means: string): Reading<string> => ({
  means,
  of: ({ detail }) => (typeof detail[key] === 'number' ? new Date(detail[key]).toISOString() : undefined),
})

type EventItem = { readonly permission: string; readonly path: string }

/** Reads items back from the text that `itemsText` wrote. */
const items = (key: string, means: string): Reading<readonly EventItem[]> => ({
  means,
  of: ({ detail }) => {
    const written = detail[key]
    if (typeof written !== 'string') return undefined
    const texts: readonly string[] = written.startsWith('[') ? JSON.parse(written) : [written]
    return texts.map((one) => {
      const [permission = ''] = one.split(' ', 1)
      return { permission, path: one.slice(permission.length + 1) }
    })
  },
})

/** The state of a request after an event; a decision leaves it pending until it is enough. */
const states: { readonly [Kind in AuditKind]?: string } = {
  'request-denied': 'denied',
  'request-cancelled': 'cancelled',
  'request-expired': 'expired',
}

/** All that an event may say besides its common fields. Nothing else of an audit row leaves this way. */
export const eventFields = {
  state: {
    means: 'the state of the request after it: `pending`, `approved`, `denied`, `cancelled` or `expired`',
    of: ({ kind, detail }) => states[kind] ?? (detail.enough ? 'approved' : 'pending'),
  } satisfies Reading<string>,
  items: items('items', 'what it is about, each with `permission` and `path`; in a decision: absent means everything'),
  granted: items('granted', 'what is given, where something was left out'),
  seconds: count('seconds', 'how long the access is to last'),
  grantedSeconds: count('grantedSeconds', 'how long it may last, where that is shorter'),
  extends: text('extends', 'the access that it follows'),
  owners: {
    means: 'who may decide now',
    of: ({ detail }) => [...new Set(String(detail.to ?? detail.owners ?? '').match(/(?:person|group):[a-z0-9-]+/g))],
  } satisfies Reading<readonly string[]>,
  reason: text('reason', 'why the requester needs it, in their words'),
  note: text('note', 'the words of who denied or ended it'),
  because: text('because', 'why, as a word'),
  lasts: count('lasts', 'for how many seconds the vault lets it live, where that is shorter'),
  until: moment('until', 'its end, where the vault set an earlier one'),
  why: text('why', 'why the holder may no longer have it, as a word'),
  endsAt: moment('endsAt', 'when it ends for that reason'),
  proof: {
    means: 'how the end was proved (`means`), and after how many milliseconds (`latency`)',
    of: ({ detail: { means, latency } }) =>
      typeof means === 'string' && typeof latency === 'number' ? { means, latency } : undefined,
  } satisfies Reading<{ readonly means: string; readonly latency: number }>,
  excepted: text('excepted', 'the first paths that are left out, as JSON'),
  count: count('count', 'how many they are, or how often it was read'),
  secret: text('secret', 'the secret, mount first'),
  lastRead: moment('last', 'when it was read last'),
  version: count('version', 'its newest version'),
  written: moment('written', 'when that version was written'),
  how: text('how', 'what happened to the link, as a word'),
  revoked: {
    means: 'whether its credential is withdrawn',
    of: ({ detail }) => (typeof detail.revoked === 'boolean' ? detail.revoked : undefined),
  } satisfies Reading<boolean>,
} as const
type FieldName = keyof typeof eventFields
type FieldValue<Name extends FieldName> = NonNullable<ReturnType<(typeof eventFields)[Name]['of']>>

type Told = { readonly type: string; readonly means: string; readonly fields: readonly FieldName[] }

/** The kinds of audit rows that are events. All others are for auditors, not for programs. */
export const eventKinds = {
  'request-submitted': {
    type: 'request.submitted',
    means: 'a person asked for access',
    fields: ['state', 'items', 'seconds', 'extends', 'owners', 'reason'],
  },
  'request-approved': {
    type: 'request.approved',
    means: 'an owner approved; `state` tells whether others must as well',
    fields: ['state', 'items', 'seconds', 'granted', 'grantedSeconds'],
  },
  'request-denied': {
    type: 'request.denied',
    means: 'an owner denied it',
    fields: ['state', 'items', 'note', 'because'],
  },
  'items-denied': {
    type: 'request.items-denied',
    means: 'an owner denied some items; the rest goes on, or is given',
    fields: ['state', 'items', 'note', 'granted', 'grantedSeconds'],
  },
  'request-cancelled': {
    type: 'request.cancelled',
    means: 'the requester cancelled it, or is gone',
    fields: ['state', 'because'],
  },
  'request-expired': { type: 'request.expired', means: 'nobody decided in time', fields: ['state'] },
  'request-narrowed': {
    type: 'request.narrowed',
    means: 'something beneath its folder is left out since it was made',
    fields: ['excepted', 'count'],
  },
  'request-rerouted': {
    type: 'request.rerouted',
    means: 'the owner changed at the vault; the new owners were asked',
    fields: ['state', 'items', 'owners'],
  },
  'owners-unreachable': {
    type: 'request.escalated',
    means: 'no owner could be reached; others may decide as well',
    fields: ['state', 'owners'],
  },
  'access-provisioned': {
    type: 'access.started',
    means: 'the vault has the policy; a credential can be fetched',
    fields: ['lasts', 'extends'],
  },
  'credential-issued': { type: 'access.fetched', means: 'a credential was made for the holder', fields: ['until'] },
  'credential-withdrawn': {
    type: 'access.withdrawn',
    means: 'the credential no longer works; the access goes on',
    fields: ['proof'],
  },
  'credential-unopened': {
    type: 'access.unopened',
    means: 'nobody opened the credential in time, so it was ended; it can be fetched again',
    fields: [],
  },
  'secret-read': {
    type: 'secret.read',
    means: 'a secret was read with an access that has ended, so its value may be known',
    fields: ['secret', 'count', 'lastRead'],
  },
  'value-changed': {
    type: 'secret.changed',
    means: 'a secret that was read has a newer version',
    fields: ['secret', 'version', 'written'],
  },
  'access-narrowed': {
    type: 'access.narrowed',
    means: 'something beneath its folder is left out since',
    fields: ['excepted', 'count'],
  },
  'access-lapsed': { type: 'access.lapsed', means: 'the holder may no longer have it', fields: ['why', 'endsAt'] },
  'access-restored': { type: 'access.restored', means: 'the holder may have it again', fields: ['why'] },
  'access-ending': {
    type: 'access.ending',
    means: 'its end began: it came due, or somebody asked for it',
    fields: ['because', 'note'],
  },
  'access-ended': { type: 'access.ended', means: 'its end is proved', fields: ['because', 'proof'] },
  'link-misused': { type: 'link.misused', means: 'somebody else tried a one-time link', fields: ['how', 'revoked'] },
  'link-explained': {
    type: 'link.explained',
    means: 'the holder said that this was their own doing',
    fields: ['how'],
  },
} as const satisfies { readonly [Kind in AuditKind]?: Told }
type EventKind = keyof typeof eventKinds
/** Such as `request.submitted`. */
export type EventType = (typeof eventKinds)[EventKind]['type']

/** What happened to a request or an access, for programs outside. It never contains a credential. */
export type Event = {
  /** The number of its audit row: it rises, with gaps, and is the cursor of a reader. */
  readonly sequence: number
  /** ISO 8601, UTC. */
  readonly at: string
  readonly type: EventType
  readonly actor: Actor
  readonly vault?: IntegrationId
  readonly request?: RequestId
  readonly grant?: GrantId
} & { readonly [Name in FieldName]?: FieldValue<Name> }

/** The event of an audit row; `undefined` for a row that is none. */
export const eventOf = (row: AuditEvent & { readonly sequence: number }): Event | undefined => {
  if (!isEvent(row.kind)) return undefined
  const { type, fields }: Told & { type: EventType } = eventKinds[row.kind]
  const { sequence, at, actor, integration, request, grant } = row
  const values = fields.map((name) => [name, eventFields[name].of(row)] as const)
  return {
    ...{ sequence, at: new Date(at).toISOString(), type, actor },
    ...(integration && { vault: integration }),
    ...(request && { request }),
    ...(grant && { grant }),
    ...Object.fromEntries(values.filter(([, value]) => value !== undefined)),
  }
}

const isEvent = (kind: AuditKind): kind is EventKind => Object.hasOwn(eventKinds, kind)
