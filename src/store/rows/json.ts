import * as z from 'zod'
import type { Decision, Part } from '../../domain/access-request.ts'
import type { Actor, AuditEvent } from '../../domain/audit-event.ts'
import {
  type CardTrouble,
  controlGroupReaders,
  type MessageRef,
  type Notice,
  type Recipient,
  unreachableReasons,
} from '../../domain/card.ts'
import type { Handle, Plan } from '../../domain/connector.ts'
import type { ControlGroup } from '../../domain/control-group.ts'
import type { Away } from '../../domain/discovery.ts'
import type { Proof, Trouble } from '../../domain/grant.ts'
import { controlGroupId, fetchLinkId, integrationId, personId, resourceId } from '../../domain/ids.ts'
import type { Party } from '../../domain/integration.ts'
import { type Lapse, lapseReasons } from '../../domain/lapse.ts'
import type { Given } from '../../domain/narrowed-grant.ts'
import type { Run } from '../../domain/pipeline.ts'
import { platform } from '../../domain/platform.ts'
import type { Item } from '../../domain/resource.ts'
import type { Reads } from '../../domain/rotation.ts'
import type { Requirement } from '../../domain/routing.ts'
import { seconds, timestamp } from '../../domain/time.ts'
import type { Workload } from '../../domain/workload.ts'

const moment = z.int().transform(timestamp)
const person = z.string().transform(personId)
const party = z.templateLiteral([z.enum(['person', 'group']), ':', z.string()]) satisfies z.ZodType<Party>

/** How often and when a secret was read. */
export const reads = z.object({ count: z.int(), first: moment, last: moment }) satisfies z.ZodType<Reads>

const item = z.object({
  resource: z.string().transform(resourceId),
  type: z.string(),
  path: z.string(),
  permission: z.string(),
  except: z.array(z.string()).exactOptional(),
  asked: z.array(z.object({ path: z.string(), owner: party })).exactOptional(),
}) satisfies z.ZodType<Item>

/** The schemas of JSON columns. */
export const items = z.tuple([item], item) satisfies z.ZodType<readonly [Item, ...Item[]]>

export const plan = z.object({ document: z.string(), hash: z.string() }) satisfies z.ZodType<Plan>

export const given = z.object({ items, plan }) satisfies z.ZodType<Given>

export const run = z.object({
  issuer: z.string(),
  claims: z.array(z.object({ name: z.string(), value: z.string() })),
}) satisfies z.ZodType<Run>
const exact = z.string()
export const workload = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('job') }),
  z.object({ kind: z.literal('kubernetes'), mount: exact, namespace: exact, serviceAccount: exact, audience: exact }),
  z.object({ kind: z.literal('jwt'), mount: exact, audience: exact, claims: z.record(exact, exact) }),
  z.object({ kind: z.literal('approle'), cidrs: z.tuple([exact], exact) }),
]) satisfies z.ZodType<Workload>

const positions = z.array(z.int())
const length = z.int().transform(seconds)

export const requirements = z.array(
  z.object({
    owners: z.array(party),
    approvals: z.int(),
    by: z.enum(['pinned', 'tag', 'integration', 'unreachable', 'reach']),
    for: positions.exactOptional(),
  }),
) satisfies z.ZodType<readonly Requirement[]>

const verdict = z.enum(['approve', 'deny'])

export const part = z.object({
  items: positions,
  plan: z.string().exactOptional(),
  void: positions.exactOptional(),
}) satisfies z.ZodType<Part>

/** Collected from rows, where absent values are null. */
export const decisions = z.array(
  z
    .object({
      ...{ by: person, verdict, at: moment },
      ...{ note: z.string().nullable(), duration: length.nullable(), part: part.nullable() },
    })
    .transform(({ note, duration, part, ...decision }) => ({
      ...decision,
      ...(duration !== null && { duration }),
      ...(note !== null && { note }),
      ...(part !== null && { part }),
    })),
) satisfies z.ZodType<readonly Decision[]>

export const handle = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.array(z.string())]),
) satisfies z.ZodType<Handle>

export const trouble = z.object({
  since: moment,
  code: z.string(),
  alerted: z.literal(true).exactOptional(),
}) satisfies z.ZodType<Trouble>

export const cardTrouble = z.object({ since: moment, code: z.string() }) satisfies z.ZodType<CardTrouble>
export const lapse = z.object({
  why: z.enum(lapseReasons),
  since: moment,
  endsAt: moment.exactOptional(),
}) satisfies z.ZodType<Lapse>

export const proof = z.object({
  means: z.enum(['canary', 'login', 'accessor', 'readback']),
  at: moment,
  latency: z.number(),
  lent: z.literal(true).exactOptional(),
}) satisfies z.ZodType<Proof>

const chat = z.string().transform(platform)
const identity = z.object({ platform: chat, tenant: z.string(), subject: z.string() })

export const recipient = z.discriminatedUnion('to', [
  z.object({ to: z.literal('person'), person, identity }),
  z.object({ to: z.literal('channel'), channel: z.object({ platform: chat, id: z.string() }) }),
]) satisfies z.ZodType<Recipient>

export const message = z.object({ conversation: z.string(), message: z.string() }) satisfies z.ZodType<MessageRef>

export const notice = z.discriminatedUnion('about', [
  z.object({
    about: z.literal('rerouted'),
    from: z.string(),
    to: z.string(),
    items: z.array(z.string()).readonly().exactOptional(),
  }),
  z.object({
    about: z.literal('link-misused'),
    how: z.enum(['other-browser', 'reported', 'other-person', 'wrong-creation-path', 'spent-unseen']),
    revoked: z.boolean(),
    link: z.string().transform(fetchLinkId).exactOptional(),
  }),
  z.object({
    about: z.literal('owners-unreachable'),
    people: z.array(person).readonly(),
    others: z.boolean(),
    why: z.record(z.string(), z.enum(unreachableReasons)).readonly().exactOptional(),
  }),
  z.object({ about: z.literal('reminder'), at: moment }),
  z.object({ about: z.literal('welcome') }),
  z.object({
    about: z.literal('control-group'),
    controlGroup: z.string().transform(controlGroupId),
    as: z.enum(controlGroupReaders),
  }),
  z.object({ about: z.literal('session-ended'), label: z.string(), address: z.string(), at: moment }),
  z.object({
    about: z.literal('introduction'),
    identity,
    name: z.string(),
    lines: z.array(z.string()).readonly(),
    command: z.string().exactOptional(),
  }),
  z.object({
    about: z.literal('secrets-read'),
    secrets: z.array(z.object({ path: z.string(), reads, command: z.string() })).readonly(),
    count: z.int(),
  }),
  z.object({ about: z.literal('credential-unopened'), at: moment }),
  z.object({ about: z.literal('not-revoked'), code: z.string() }),
  z.object({ about: z.literal('not-withdrawn'), code: z.string() }),
  z.object({ about: z.literal('not-narrowed'), code: z.string() }),
  z.object({ about: z.literal('access-narrowed'), names: z.array(z.string()).readonly(), count: z.int() }),
  z.object({
    about: z.literal('vault-back'),
    integration: z.string().transform(integrationId),
    since: moment,
    count: z.int(),
    code: z.string().optional(),
  }),
  z.object({ about: z.literal('directory-rejected'), problem: z.string() }),
  z.object({ about: z.literal('access-lapsed'), why: z.enum(lapseReasons), isEnding: z.boolean() }),
  z.object({ about: z.literal('removals-held'), people: z.int(), grants: z.int(), endsAt: moment }),
  z.object({ about: z.literal('removals-called-off'), grants: z.int() }),
  z.object({ about: z.literal('end-near') }),
  z.object({ about: z.literal('ended') }),
  z.object({ about: z.literal('access-missing') }),
  z.object({ about: z.literal('access-altered') }),
  z.object({ about: z.literal('not-narrowable'), code: z.string() }),
  z.object({
    about: z.enum(['place-away', 'place-back']),
    integration: z.string().transform(integrationId),
    place: z.string(),
    code: z.string(),
  }),
  z.object({
    about: z.enum(['lease-stuck', 'lease-gone']),
    integration: z.string().transform(integrationId),
    path: z.string(),
    count: z.int(),
    reason: z.string(),
    commands: z.array(z.string()).readonly(),
  }),
  z.object({
    about: z.enum(['use-unapproved', 'use-unknown']),
    integration: z.string().transform(integrationId),
    ...{ name: z.string(), path: z.string(), operation: z.string() },
  }),
  z.object({
    about: z.literal('leftover-removed'),
    integration: z.string().transform(integrationId),
    name: z.string(),
  }),
]) satisfies z.ZodType<Notice>

export const approvals = z.array(z.object({ id: z.string(), name: z.string(), at: moment })) satisfies z.ZodType<
  ControlGroup['approvals']
>

export const permissions = z.array(z.string())

export const away = z.array(z.object({ place: z.string(), code: z.string(), since: moment })) satisfies z.ZodType<
  readonly Away[]
>

export const actor = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('person'), id: person }),
  z.object({ kind: z.literal('system') }),
  z.object({ kind: z.literal('stranger'), platform: chat, tenant: z.string(), subject: z.string() }),
  z.object({ kind: z.literal('operator'), name: z.string() }),
]) satisfies z.ZodType<Actor>

export const detail = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])) satisfies z.ZodType<
  AuditEvent['detail']
>

/** Counts by our own codes. */
export const counts = z.record(z.string(), z.int())

/** JSON with sorted keys, so that equal values have equal text. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  )
