import { type AuditEvent, system } from '../domain/audit-event.ts'
import { type EndReason, evolve, type Grant, type GrantEvent } from '../domain/grant.ts'
import { isWithdrawing } from '../domain/grant-trouble.ts'
import type { GrantId } from '../domain/ids.ts'
import { lapseReasons } from '../domain/lapse.ts'
import type { Claim } from '../domain/lease-memory.ts'
import { proofDetail } from '../domain/proof.ts'
import type { Loaded, NewCard } from '../ports.ts'
import { cardsTo, noticeToAll, noticeToOwners } from './cards-for.ts'
import { aboutGrant, type Deps, untilCommitted } from './deps.ts'

/**
 * The result of a step. An event ends the claim of the step, if there was one. `untried` hands a claimed grant back
 * without using up a try.
 */
export type Step = { readonly took: GrantEvent; readonly claim?: Claim } | { readonly untried: Claim }

/** Records the result of a step, with its audit row and the messages about it. */
export const recordStep = async (deps: Deps, id: GrantId, step: Step): Promise<void> => {
  await untilCommitted(async () => {
    const loaded = await deps.store.requestOfGrant(id)
    if (!loaded?.grant) return 'committed'
    const { request, grant: before } = loaded
    if ('untried' in step) {
      const grant = { ...before, attempts: Math.max(0, before.attempts - 1) }
      return deps.store.commit({ request, grant, audit: [], release: step.untried })
    }
    const { took: event, claim } = step
    const now = deps.clock.now()
    const grant = evolve(before, event, now)
    const audit = auditOf(loaded, event, grant, now)
    const cards = cardsOf(deps, loaded, event, grant)
    return deps.store.commit({ request, grant, audit, cards, ...(claim && { release: claim }) })
  })
}

const auditOf = (
  { request, grant: before }: Loaded,
  event: GrantEvent,
  grant: Grant,
  at: AuditEvent['at'],
): readonly AuditEvent[] => {
  const about = { at, actor: system, ...aboutGrant(request, grant.id) }
  switch (event.kind) {
    case 'provisioned':
      if (before?.state === 'active') return [] // a slow step said it before
      return [
        {
          ...about,
          kind: 'access-provisioned',
          detail: {
            plan: grant.plan.hash,
            ...(event.lasts && { lasts: event.lasts }),
            ...(request.extends && { extends: request.extends }),
          },
        },
      ]
    case 'came-due':
      if (grant.state !== 'revoking' || before?.state === 'revoking') return []
      return [{ ...about, kind: 'access-ending', detail: { because: grant.because } }]
    case 'lapsed': {
      const { why, endsAt } = event
      const detail = { why, ...(endsAt !== undefined && { endsAt }) }
      return grant.lapse ? [{ ...about, kind: 'access-lapsed', detail }] : []
    }
    case 'restored':
      return before?.lapse ? [{ ...about, kind: 'access-restored', detail: { why: before.lapse.why } }] : []
    case 'revoked':
      if (grant.state !== 'ended' || before?.state === 'ended') return []
      return [
        {
          ...about,
          kind: 'access-ended',
          detail: { because: grant.because, ...proofDetail(event.proof) },
        },
      ]
    case 'failed':
      return [
        {
          ...about,
          kind: 'access-step-failed',
          detail: { code: event.code, state: grant.state, attempts: grant.attempts },
        },
      ]
    case 'must-wait':
    case 'shortened':
    case 'revoke-asked':
    case 'withdraw-asked':
    case 'withdrawn':
    case 'narrow-asked': // whoever asked wrote the row
    case 'narrowed':
    case 'looked':
    case 'noted':
      return []
    default:
      return event satisfies never
  }
}

/**
 * The messages about a step. Access that starts, fails to start, or is taken away is told in a new message. An early
 * end or a withdrawal that is not proved alerts the owners at once.
 */
const cardsOf = (
  deps: Deps,
  { request, grant: before }: Loaded,
  event: GrantEvent,
  grant: Grant,
): readonly NewCard[] => {
  if (event.kind === 'provisioned' && before?.state === 'provisioning') {
    return cardsTo(deps, request.requester, { request: request.id, audience: 'access' })
  }
  if (event.kind === 'lapsed' && grant.lapse && event.endsAt === undefined) {
    return noticeToOwners(deps, request, { about: 'access-lapsed', why: event.why, isEnding: false })
  }
  const lapsed = event.kind === 'came-due' && grant.state === 'revoking' ? before?.lapse : undefined
  if (lapsed && grant.state === 'revoking' && grant.because === lapsed.why) {
    return noticeToAll(deps, request, { about: 'access-lapsed', why: lapsed.why, isEnding: true })
  }
  const wasTaken = event.kind === 'revoked' && grant.state === 'ended' && isTaken(grant.because)
  const neverCame = event.kind === 'failed' && grant.state === 'revoking' && before?.state === 'provisioning'
  if (wasTaken || neverCame) return cardsTo(deps, request.requester, { request: request.id, audience: 'outcome' })
  const isPlannedEnd = event.kind === 'revoked' && grant.state === 'ended' && grant.because === 'expired'
  if (isPlannedEnd)
    return cardsTo(deps, request.requester, { request: request.id, audience: 'notice', notice: { about: 'ended' } })
  const isAlarming = grant.trouble?.alerted && !before?.trouble?.alerted
  if (!isAlarming) return []
  const about = isWithdrawing(grant) ? 'not-withdrawn' : grant.state === 'active' ? 'not-narrowed' : 'not-revoked'
  return noticeToOwners(deps, request, { about, code: grant.trouble.code })
}

/** Ends before the planned time that the holder did not request. */
const isTaken = (because: EndReason): boolean => because === 'revoked' || lapseReasons.some((why) => why === because)
