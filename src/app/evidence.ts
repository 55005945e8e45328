import type { AuditEvent } from '../domain/audit-event.ts'
import type { Plan } from '../domain/connector.ts'
import type { Grant } from '../domain/grant.ts'
import type { InstanceId } from '../domain/ids.ts'
import { lentIn } from '../domain/lent.ts'
import type { Item } from '../domain/resource.ts'
import { hashedText, textOfWorkload } from '../domain/workload.ts'
import type { AuditHead, AuditRow, Loaded } from '../ports.ts'
import type { useShape } from './use-shape.ts'

/** An audit row with the preceding hash: enough to check it alone. */
export type LinkedRow = AuditRow & { readonly previous: string }

/** Everything about one request, for an outsider. Moments are ISO 8601 in UTC. */
export type Evidence = ReturnType<typeof evidenceOf>

type Given = Loaded & {
  readonly rows: readonly LinkedRow[]
  readonly instance: InstanceId | string | undefined
  /** The newest row of the log, and its first bad row if there is one. */
  readonly log: { readonly head: AuditHead; readonly firstBad?: number }
  readonly madeAt: number
  /** What the vault's audit log says was done; absent where nobody reads it. */
  readonly used?: ReturnType<typeof useShape>
  /** SHA-256, hex. */
  readonly hash: (text: string) => string
}

/** Collects the evidence; decides nothing and omits nothing. */
export const evidenceOf = ({ request, grant, rows, instance, log, madeAt, hash, used }: Given) => ({
  evidence: 'latchkey' as const,
  version: 1 as const,
  madeAt: iso(madeAt),
  instance: instance ?? 'none',
  request: {
    ...{ id: request.id, requester: request.requester, integration: request.integration, reason: request.reason },
    items: request.items.map(namesOf),
    seconds: request.duration,
    submittedAt: iso(request.submittedAt),
    state: request.state,
    ...(request.allOrNothing && { allOrNothing: true as const }),
    ...(request.workload && { usedBy: textOfWorkload(request.workload) }),
  },
  rules: request.requirements,
  decisions: rows.filter(isDecision).map((row) => ({
    verdict: row.kind === 'request-approved' ? ('approve' as const) : ('deny' as const),
    ...(row.detail.items !== undefined && { items: row.detail.items, plan: row.detail.plan }),
    ...{ by: nameOf(row.actor), at: iso(row.at), row: row.sequence },
    ...(typeof row.detail.seconds === 'number' && { seconds: row.detail.seconds }),
    ...noteOf(request, row),
    eligibility: eligibilityOf(row.detail),
  })),
  policy: policyOf(request, hash),
  ...lendsOf(request.plan, rows),
  ...(grant && {
    access: {
      grant: grant.id,
      ...{ state: grant.state, seconds: grant.duration },
      ...givenOf(request, grant, hash),
      ...accessOf(rows, grant.duration),
      used: used ?? ('not watched' as const),
    },
  }),
  audit: {
    note: 'hash = SHA-256(previous + the row as JSON with sorted keys, without previous and hash). Where a row has words, its hashed detail has, in their place, sealed: the JSON of their names and hashes.',
    rows,
    head: log.head,
    isWhole: log.firstBad === undefined,
    ...(log.firstBad !== undefined && { firstBadRow: log.firstBad }),
  },
})

/** For a workload the hash covers the document, a line feed, and who uses it. */
const policyOf = (
  { plan, workload }: Pick<Loaded['request'], 'workload'> & { readonly plan: Plan },
  hash: (text: string) => string,
) => ({
  ...plan,
  isHashOfDocument: hash(hashedText(plan.document, workload)) === plan.hash,
})

/** Where the vault lends policies: which, and what they opened besides at the request, by its row. */
const lendsOf = (plan: Plan, rows: readonly LinkedRow[]) => {
  const lent = lentIn(plan)
  const { opensBesides, besides } = rows.find(({ kind }) => kind === 'request-submitted')?.detail ?? {}
  return lent
    ? { lends: { ...lent, ...(opensBesides !== undefined && { opensBesides }), ...(besides && { besides }) } }
    : {}
}

/** What was given, when some of the requested items were denied. */
const givenOf = ({ items, plan }: Loaded['request'], grant: Grant, hash: (text: string) => string) =>
  grant.items.length === items.length && grant.plan.hash === plan.hash
    ? {}
    : { items: grant.items.map(namesOf), policy: policyOf(grant, hash) }

const namesOf = ({ type, path, permission, except }: Item) => ({ type, path, permission, ...(except && { except }) })

const accessOf = (rows: readonly LinkedRow[], length: number) => {
  const first = (kind: AuditEvent['kind']) => rows.find((row) => row.kind === kind)
  const ending = first('access-ending')
  const ended = rows.findLast(({ kind }) => kind === 'access-ended')
  const provisioned = first('access-provisioned')
  return {
    ...(provisioned && { since: iso(provisioned.at), atMostUntil: iso(latestEnd(rows, provisioned, length)) }),
    fetched: rows.filter(isFetch).map(({ kind, at, sequence }) => ({ what: kind, at: iso(at), row: sequence })),
    ...(ending && {
      ending: {
        ...{ at: iso(ending.at), by: nameOf(ending.actor), because: ending.detail.because },
        ...(typeof ending.detail.note === 'string' && { note: ending.detail.note }),
      },
    }),
    ...(ended && {
      ended: {
        ...{ at: iso(ended.at), because: ended.detail.because, row: ended.sequence },
        proof: { means: ended.detail.means, milliseconds: ended.detail.latency },
      },
    }),
  }
}

/** The vault may have let tokens live shorter than approved. */
const latestEnd = (rows: readonly LinkedRow[], { at, detail }: LinkedRow, length: number): number => {
  const lasts = typeof detail.lasts === 'number' ? detail.lasts : length
  const cut = rows.map((row) => (row.kind === 'credential-issued' ? row.detail.until : undefined))
  return Math.min(at + lasts * 1000, ...cut.filter((until) => typeof until === 'number'))
}

const isDecision = ({ kind }: AuditRow): boolean =>
  kind === 'request-approved' || kind === 'request-denied' || kind === 'items-denied'
const isFetch = ({ kind }: AuditRow): boolean => kind.startsWith('credential-') || kind.startsWith('link-')

const noteOf = ({ decisions }: Loaded['request'], row: AuditRow): { note?: string } => {
  const decision = decisions.find(({ by, at }) => row.actor.kind === 'person' && by === row.actor.id && at === row.at)
  return decision?.note ? { note: decision.note } : {}
}

/** Older rows lack this detail. */
const eligibilityOf = ({ as, memberCount, members, directory }: AuditEvent['detail']) =>
  as === undefined
    ? ('not recorded' as const)
    : { as, memberCount, members: String(members).split(' '), ...(directory !== undefined && { directory }) }

/** An actor as any row of the log has it, also one that came over the control socket. */
type Shown =
  | { readonly kind: 'person'; readonly id: string }
  | { readonly kind: 'system' }
  | { readonly kind: 'stranger'; readonly platform: string; readonly tenant: string; readonly subject: string }
  | { readonly kind: 'operator'; readonly name: string }

/** The actor in one word. */
export const nameOf = (actor: Shown): string => {
  switch (actor.kind) {
    case 'person':
      return actor.id
    case 'operator':
      return `operator ${actor.name}`
    case 'stranger':
      return `stranger ${actor.platform}/${actor.tenant}/${actor.subject}`
    case 'system':
      return 'latchkey'
    default:
      return actor satisfies never
  }
}

const iso = (moment: number): string => new Date(moment).toISOString()
