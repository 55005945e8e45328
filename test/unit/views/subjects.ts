import type { AccessRequest } from '../../../src/domain/access-request.ts'
import type { Grant } from '../../../src/domain/grant.ts'
import { grantId, integrationId, type PersonId, personId, requestId, resourceId } from '../../../src/domain/ids.ts'
import { seconds, timestamp } from '../../../src/domain/time.ts'
import type { CardContext } from '../../../src/views/card-context.ts'
import { plainText } from '../../../src/views/copy-time.ts'
import type { Action, MessageView } from '../../../src/views/view-model.ts'

/** 2026-11-23 14:00 UTC, and minutes after it. */
export const at = (minutes: number) => timestamp(Date.UTC(2026, 10, 23, 14, minutes))

const names: Readonly<Record<string, string>> = {
  developer: 'Developer on call',
  owner: 'Owner of the database',
  second: 'Second owner',
}
export const nameOf = (id: PersonId) => ({ person: names[id] ?? id, identities: [] })

const basics = {
  id: requestId('q1'),
  draft: 'd1',
  requester: personId('developer'),
  integration: integrationId('main-vault'),
  items: [{ resource: resourceId('r1'), type: 'secret', path: 'kv/apps/db', permission: 'read' }],
  reason: 'debug failing payments',
  duration: seconds(5400),
  plan: { document: 'path "kv/data/apps/db" { capabilities = ["read"] }', hash: 'abc' },
  requirements: [{ owners: ['group:database'], approvals: 1, by: 'tag' }],
  decisions: [],
  submittedAt: at(0),
  revision: 0,
} as const

export const pending: AccessRequest & { state: 'pending' } = { ...basics, state: 'pending', decideBy: at(60) }
export const approved: AccessRequest = {
  ...basics,
  decisions: [{ by: personId('owner'), verdict: 'approve', note: 'only for today', at: at(1) }],
  state: 'approved',
  at: at(1),
}
export const denied: AccessRequest = {
  ...basics,
  decisions: [{ by: personId('owner'), verdict: 'deny', note: 'use the replica', at: at(1) }],
  state: 'denied',
  at: at(1),
  by: personId('owner'),
  note: 'use the replica',
}
export const cancelled: AccessRequest = { ...basics, state: 'cancelled', at: at(1) }
export const expired: AccessRequest = { ...basics, state: 'expired', at: at(60) }

const grantBasics = {
  id: grantId('g1'),
  request: basics.id,
  person: basics.requester,
  integration: basics.integration,
  items: basics.items,
  duration: basics.duration,
  plan: basics.plan,
  attempts: 0,
} as const

export const provisioning: Grant = { ...grantBasics, state: 'provisioning' }
export const active: Grant & { state: 'active' } = { ...grantBasics, state: 'active', since: at(2), expiresAt: at(92) }
export const revoking: Grant & { state: 'revoking' } = {
  ...grantBasics,
  state: 'revoking',
  because: 'revoked',
  since: at(10),
  expiresAt: at(92),
  by: personId('owner'),
  trouble: { since: at(10), code: 'unreachable' },
  dueAt: at(12),
}
export const ended: Grant = {
  ...grantBasics,
  state: 'ended',
  because: 'given-back',
  at: at(20),
  by: personId('developer'),
  proof: { means: 'canary', at: at(20), latency: 12 },
}

export const context = (audience: CardContext['audience'], more: Partial<CardContext> = {}): CardContext => ({
  audience,
  now: at(5),
  nameOf,
  ...(audience === 'channel' && { reach: 'inside' }),
  integration: {
    id: integrationId('main-vault'),
    requesters: ['group:developers'],
    owners: ['group:database'],
    durations: [seconds(1800), seconds(5400)],
    decideWithin: seconds(3600),
    accessDetails: 'Use the bastion.',
  },
  ...more,
})

const button = (action: Action): string => `[${action.label}]`

const marks = { waiting: '⏳', good: '✅', bad: '⛔', neutral: 'ℹ️' }

/** All words of a message, a line each. */
export const wordsOf = (view: MessageView): string =>
  [
    ...(view.title ? [`# ${view.title}`] : []),
    ...(view.headline ? [`${marks[view.tone]} ${plainText(view.headline)}`] : []),
    ...(view.lines ?? []).map(plainText),
    ...view.quotes.map(({ label, text }) => `${label} > ${text}`),
    ...view.fields.map(({ label, value }) => `${label}: ${plainText(value)}`),
    ...view.notes.map(plainText),
    ...(view.code ?? []).map((line) => `| ${line}`),
    ...(view.entries ?? []).map(({ text, actions }) => `- ${plainText(text)} ${actions.map(button).join(' ')}`.trim()),
    view.actions.map(button).join(' '),
    ...(view.small ?? []).map((line) => `. ${'label' in line ? `${line.label}: ${line.text}` : plainText(line)}`),
  ]
    .filter((line) => line !== '')
    .join('\n')
