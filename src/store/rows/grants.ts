import type { Handle } from '../../domain/connector.ts'
import type { Grant } from '../../domain/grant.ts'
import { type KeyOf, present } from './row.ts'

type GrantColumn = Exclude<KeyOf<Grant>, 'handle' | 'at'> | 'endedAt'

/** The columns of a grant, except its names, which have a separate writer. */
export const grantColumns = (grant: Grant) =>
  ({
    id: grant.id,
    request: grant.request,
    person: grant.person,
    integration: grant.integration,
    items: grant.items,
    duration: grant.duration,
    plan: grant.plan,
    workload: grant.workload ?? null,
    approved: grant.approved ?? null,
    narrow: grant.narrow === true,
    attempts: grant.attempts,
    dueAt: grant.dueAt ?? null,
    trouble: grant.trouble ?? null,
    lapse: grant.lapse ?? null,
    state: grant.state,
    since: grant.state === 'active' || grant.state === 'revoking' ? grant.since : null,
    expiresAt: grant.state === 'active' || grant.state === 'revoking' ? (grant.expiresAt ?? null) : null,
    withdraw: grant.state === 'active' && grant.withdraw === true,
    tellAt: grant.state === 'active' ? (grant.tellAt ?? null) : null,
    because: grant.state === 'revoking' || grant.state === 'ended' ? grant.because : null,
    by: grant.state === 'revoking' || grant.state === 'ended' ? (grant.by ?? null) : null,
    note: grant.state === 'revoking' || grant.state === 'ended' ? (grant.note ?? null) : null,
    endedAt: grant.state === 'ended' ? grant.at : null,
    proof: grant.state === 'ended' ? (grant.proof ?? null) : null,
  }) satisfies Record<GrantColumn, unknown>

/** A grant as its table stores it. */
export type GrantRow = ReturnType<typeof grantColumns> & { readonly handle: Handle | null }

/** The grant in a row. Throws when the row's state lacks a column. */
export const toGrant = (row: GrantRow): Grant => {
  const { id, request, person, integration, items, duration, plan, attempts } = row
  const basics = {
    ...{ id, request, person, integration, items, duration, plan, attempts },
    ...(row.handle && { handle: row.handle }),
    ...(row.dueAt !== null && { dueAt: row.dueAt }),
    ...(row.trouble && { trouble: row.trouble }),
    ...(row.lapse && { lapse: row.lapse }),
    ...(row.workload && { workload: row.workload }),
    ...(row.approved && { approved: row.approved }),
    ...(row.narrow && { narrow: true as const }),
  }
  const asker = { ...(row.by !== null && { by: row.by }), ...(row.note !== null && { note: row.note }) }
  switch (row.state) {
    case 'provisioning':
      return { ...basics, state: row.state }
    case 'active':
      return {
        ...{ ...basics, state: row.state, since: present(row.since), expiresAt: present(row.expiresAt) },
        ...(row.withdraw && { withdraw: true }),
        ...(row.tellAt !== null && { tellAt: row.tellAt }),
      }
    case 'revoking': {
      const expiry = row.expiresAt === null ? {} : { expiresAt: row.expiresAt }
      return {
        ...basics,
        ...expiry,
        ...asker,
        state: row.state,
        because: present(row.because),
        since: present(row.since),
      }
    }
    case 'ended': {
      const proof = row.proof === null ? {} : { proof: row.proof }
      return {
        ...basics,
        ...asker,
        ...proof,
        state: row.state,
        because: present(row.because),
        at: present(row.endedAt),
      }
    }
    default:
      return row.state satisfies never
  }
}
