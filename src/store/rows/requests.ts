import type { AccessRequest, Decision } from '../../domain/access-request.ts'
import { type KeyOf, present } from './row.ts'

type RequestColumn =
  | Exclude<KeyOf<AccessRequest>, 'decisions' | 'revision' | 'at' | 'by' | 'note'>
  | ('decidedAt' | 'deniedBy' | 'denialNote')

/** The columns of a request. Its decisions have separate rows, and a commit sets the revision. */
export const requestColumns = (request: AccessRequest) =>
  ({
    id: request.id,
    draft: request.draft,
    requester: request.requester,
    integration: request.integration,
    items: request.items,
    allOrNothing: request.allOrNothing === true,
    reason: request.reason,
    duration: request.duration,
    plan: request.plan,
    requirements: request.requirements,
    submittedAt: request.submittedAt,
    extends: request.extends ?? null,
    run: request.run ?? null,
    workload: request.workload ?? null,
    remindedAt: request.remindedAt ?? null,
    state: request.state,
    decideBy: request.state === 'pending' ? request.decideBy : null,
    decidedAt: request.state === 'pending' ? null : request.at,
    deniedBy: request.state === 'denied' ? request.by : null,
    denialNote: request.state === 'denied' ? request.note : null,
    because: request.state === 'cancelled' ? (request.because ?? null) : null,
  }) satisfies Record<RequestColumn, unknown>

/** A request as its table stores it. */
export type RequestRow = ReturnType<typeof requestColumns> & Pick<AccessRequest, 'revision'>

/** The request in a row, with its decisions in order. Throws when the row's state lacks a column. */
export const toRequest = (row: RequestRow, decided: readonly Decision[]): AccessRequest => {
  const { id, draft, requester, integration, items, reason, duration, plan, requirements, submittedAt, revision } = row
  const kept = { id, draft, requester, integration, items, reason, duration, plan, requirements, submittedAt, revision }
  const basics = {
    ...{ ...kept, decisions: decided },
    ...(row.allOrNothing && { allOrNothing: true as const }),
    ...(row.extends !== null && { extends: row.extends }),
    ...(row.run !== null && { run: row.run }),
    ...(row.workload && { workload: row.workload }),
    ...(row.remindedAt !== null && { remindedAt: row.remindedAt }),
  }
  const at = () => present(row.decidedAt)
  switch (row.state) {
    case 'pending':
      return { ...basics, state: row.state, decideBy: present(row.decideBy) }
    case 'denied':
      return { ...basics, state: row.state, at: at(), by: present(row.deniedBy), note: present(row.denialNote) }
    case 'cancelled':
      return { ...basics, state: row.state, at: at(), ...(row.because && { because: row.because }) }
    case 'approved':
    case 'expired':
      return { ...basics, state: row.state, at: at() }
    default:
      return row.state satisfies never
  }
}
