import type { AccessRequest, CloseReason, Part } from '../../domain/access-request.ts'
import type { Card } from '../../domain/card.ts'
import type { Handle } from '../../domain/connector.ts'
import type { Away } from '../../domain/discovery.ts'
import type { FetchLink, LinkCredential, LinkExplanation, MisuseHow } from '../../domain/fetch-link.ts'
import type { EndReason, Grant } from '../../domain/grant.ts'
import type {
  CardId,
  FetchLinkId,
  GrantId,
  InstanceId,
  IntegrationId,
  PersonId,
  RequestId,
  ResourceId,
} from '../../domain/ids.ts'
import type { Claim } from '../../domain/lease-memory.ts'
import type { Given } from '../../domain/narrowed-grant.ts'
import type { Run } from '../../domain/pipeline.ts'
import type { Platform } from '../../domain/platform.ts'
import type { Requirement } from '../../domain/routing.ts'
import type { Workload } from '../../domain/workload.ts'
import * as json from '../rows/json.ts'
import { flag, length, moment, parsed } from './columns.ts'
import { integer, primaryKey, rowNumber, table, text } from './drizzle.ts'

export { askedItems, askedOwners, openItems } from './schema-asked.ts'
export { audit, auditCursors, auditHead, auditWaiting, auditWords } from './schema-audit.ts'

type Items = AccessRequest['items']

/** The tables as the migrations create them. Indexes, checks and triggers exist only there. */
export const instance = table('instance', {
  only: integer().primaryKey(),
  id: text().$type<InstanceId>().notNull(),
})

export const requests = table('requests', {
  number: rowNumber(),
  id: text().$type<RequestId>().notNull(),
  draft: text().notNull(),
  requester: text().$type<PersonId>().notNull(),
  integration: text().$type<IntegrationId>().notNull(),
  items: parsed<Items>(json.items).notNull(),
  allOrNothing: flag().notNull(),
  reason: text().notNull(),
  duration: length().notNull(),
  plan: parsed(json.plan).notNull(),
  requirements: parsed<readonly Requirement[]>(json.requirements).notNull(),
  submittedAt: moment().notNull(),
  extends: text().$type<GrantId>(),
  run: parsed<Run>(json.run),
  workload: parsed<Workload>(json.workload),
  remindedAt: moment(),
  revision: integer().notNull(),
  state: text().$type<AccessRequest['state']>().notNull(),
  decideBy: moment(),
  decidedAt: moment(),
  deniedBy: text().$type<PersonId>(),
  denialNote: text(),
  because: text().$type<CloseReason>(),
  isOpen: flag().notNull(),
})

export const decisions = table(
  'decisions',
  {
    request: text().$type<RequestId>().notNull(),
    approver: text().$type<PersonId>().notNull(),
    position: integer().notNull(),
    verdict: text().$type<'approve' | 'deny'>().notNull(),
    note: text(),
    duration: length(),
    at: moment().notNull(),
    part: parsed<Part>(json.part),
  },
  (of) => [primaryKey({ columns: [of.request, of.position] })],
)

export const grants = table('grants', {
  number: rowNumber(),
  id: text().$type<GrantId>().notNull(),
  request: text().$type<RequestId>().notNull(),
  person: text().$type<PersonId>().notNull(),
  integration: text().$type<IntegrationId>().notNull(),
  items: parsed<Items>(json.items).notNull(),
  duration: length().notNull(),
  plan: parsed(json.plan).notNull(),
  handle: parsed<Handle>(json.handle),
  attempts: integer().notNull(),
  dueAt: moment(),
  claimedUntil: moment(),
  claim: text().$type<Claim>(),
  trouble: parsed(json.trouble),
  lapse: parsed(json.lapse),
  state: text().$type<Grant['state']>().notNull(),
  since: moment(),
  expiresAt: moment(),
  withdraw: flag().notNull(),
  workload: parsed<Workload>(json.workload),
  approved: parsed<Given>(json.given),
  narrow: flag().notNull(),
  tellAt: moment(),
  because: text().$type<EndReason>(),
  by: text().$type<PersonId>(),
  note: text(),
  endedAt: moment(),
  proof: parsed(json.proof),
})

export const fetchLinks = table('fetch_links', {
  number: rowNumber(),
  id: text().$type<FetchLinkId>().notNull(),
  grant: text('grant_id').$type<GrantId>().notNull(),
  request: text().$type<RequestId>().notNull(),
  person: text().$type<PersonId>().notNull(),
  hash: text().notNull(),
  openedAt: moment().notNull(),
  expiresAt: moment().notNull(),
  state: text().$type<FetchLink['state']>().notNull(),
  bound: text(),
  redeemedAt: moment(),
  browser: text(),
  credential: text().$type<LinkCredential['state']>(),
  credentialAt: moment(),
  misusedAt: moment(),
  misusedHow: text().$type<MisuseHow>(),
  unspentAt: moment(),
  doubtedAt: moment(),
  explainedAt: moment(),
  explainedBy: text().$type<LinkExplanation['by']>(),
  doubtExplainedAt: moment(),
  doubtExplainedBy: text().$type<LinkExplanation['by']>(),
})

export const accounts = table(
  'accounts',
  {
    integration: text().$type<IntegrationId>().notNull(),
    person: text().$type<PersonId>().notNull(),
    name: text().notNull(),
    claimedUntil: moment(),
    claim: text().$type<Claim>(),
  },
  (of) => [primaryKey({ columns: [of.integration, of.person] })],
)

export const cards = table('cards', {
  number: rowNumber(),
  id: text().$type<CardId>().notNull(),
  request: text().$type<RequestId>(),
  audience: text().$type<Card['audience']>().notNull(),
  notice: parsed(json.notice),
  platform: text().$type<Platform>().notNull(),
  recipient: parsed(json.recipient).notNull(),
  message: parsed(json.message),
  rendered: integer().notNull(),
  wanted: integer().notNull(),
  attempts: integer().notNull(),
  retryAt: moment().notNull(),
  claimedUntil: moment(),
  claim: text().$type<Claim>(),
  trouble: parsed(json.cardTrouble),
})

export const signatures = table('signatures', { signature: text().primaryKey(), seenAt: moment().notNull() })

export const resources = table('resources', {
  number: rowNumber(),
  id: text().$type<ResourceId>().notNull(),
  integration: text().$type<IntegrationId>().notNull(),
  type: text().notNull(),
  path: text().notNull(),
  name: text().notNull(),
  permissions: parsed<readonly string[]>(json.permissions).notNull(),
  ownerTag: text(),
  description: text(),
  obstacle: text(),
  seenAt: moment().notNull(),
  isGone: flag().notNull(),
  folder: integer(),
  tagReadAt: moment(),
})

export const passes = table('passes', {
  integration: text().$type<IntegrationId>().primaryKey(),
  began: moment().notNull(),
  touchedAt: moment().notNull(),
  endedAt: moment(),
  completed: moment().notNull(),
  completedAt: moment(),
  ownerKey: text().notNull(),
  done: integer().notNull(),
  known: integer().notNull(),
  expected: integer().notNull(),
  resources: integer().notNull(),
  away: parsed<readonly Away[]>(json.away).notNull(),
})

export const folders = table('folders', {
  number: rowNumber(),
  integration: text().$type<IntegrationId>().notNull(),
  folder: text().notNull(),
  wanted: moment().notNull(),
  looked: moment().notNull(),
  changed: moment().notNull(),
  fingerprint: text().notNull(),
})

export const outages = table('outages', {
  integration: text().$type<IntegrationId>().primaryKey(),
  since: moment().notNull(),
  code: text().notNull(),
})

export const cardMarks = table('card_marks', { at: moment().primaryKey(), number: integer().notNull() })

export const refusals = table('refusals', {
  actor: text().primaryKey(),
  since: moment().notNull(),
  written: integer().notNull(),
  counted: integer().notNull(),
  last: moment().notNull(),
  codes: parsed(json.counts).notNull(),
})
