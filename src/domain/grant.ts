import type { Handle, Plan } from './connector.ts'
import { maxAttempts, troubled, waiting } from './grant-trouble.ts'
import { held, isHoldOver, lapsed, restored } from './held-grant.ts'
import type { GrantId, IntegrationId, PersonId, RequestId } from './ids.ts'
import type { Lapse, LapseReason } from './lapse.ts'
import { isPutOff, isSameTrouble } from './outage.ts'
import type { Item } from './resource.ts'
import { shortened } from './shortened-grant.ts'
import { after, type Seconds, seconds, type Timestamp, timestamp } from './time.ts'

export type EndReason =
  | 'expired'
  | 'given-back'
  | 'revoked'
  | 'provision-failed'
  | 'link-misused'
  | 'missing-at-vault'
  | 'altered-at-vault'
  | LapseReason

/**
 * How the end was proved at the vault, strongest first: a token of the same account and policies that worked before and
 * is refused since; such a token made after the end, which is refused; the tokens ended by the vault; the policies gone.
 * `latency` is milliseconds from the attempt's start.
 */
export type Proof = {
  readonly means: 'canary' | 'login' | 'accessor' | 'readback'
  readonly at: Timestamp
  readonly latency: number
}

/** What keeps the next step from succeeding, for the people who look at the card. */
export type Trouble = {
  readonly since: Timestamp
  readonly code: string
  /** Owners were told that the end, or the withdrawal, is not proved: once for each. */
  readonly alerted?: true
}

type GrantBasics = {
  readonly id: GrantId
  readonly request: RequestId
  readonly person: PersonId
  readonly integration: IntegrationId
  readonly items: readonly [Item, ...Item[]]
  readonly duration: Seconds
  readonly plan: Plan
  /** Every name that may exist at the vault for this grant; stored before the call that makes it exist. */
  readonly handle?: Handle
  /** Tries of the present step. */
  readonly attempts: number
  /** When the reconciler must look at it next; absent once ended. */
  readonly dueAt?: Timestamp
  readonly trouble?: Trouble
  /** Only while it is being set up or active. */
  readonly lapse?: Lapse
}

export type Grant = GrantBasics &
  (
    | { readonly state: 'provisioning' }
    | {
        readonly state: 'active'
        readonly since: Timestamp
        readonly expiresAt: Timestamp
        /** The credential handed out may be in wrong hands: it must die, while the approval stands. */
        readonly withdraw?: true
      }
    | {
        readonly state: 'revoking'
        readonly because: EndReason
        readonly since: Timestamp
        /** Until when a token may work if the vault cannot be reached; absent if none was ever possible. */
        readonly expiresAt?: Timestamp
        readonly by?: PersonId
      }
    | {
        readonly state: 'ended'
        readonly because: EndReason
        readonly at: Timestamp
        readonly by?: PersonId
        readonly proof?: Proof
      }
  )

export type GrantEvent =
  /** `lasts`: how long the vault lets a token live, if that is less than was approved. */
  | { readonly kind: 'provisioned'; readonly handle: Handle; readonly lasts?: Seconds }
  | { readonly kind: 'failed'; readonly transient: boolean; readonly code: string }
  /** The vault is known to be away, so that no step is tried. */
  | { readonly kind: 'must-wait'; readonly since: Timestamp; readonly code: string }
  | { readonly kind: 'revoke-asked'; readonly because: EndReason; readonly by?: PersonId }
  | { readonly kind: 'came-due' }
  /** The holder may not have it any more. */
  | { readonly kind: 'lapsed'; readonly why: LapseReason; readonly endsAt?: Timestamp }
  /** The holder may have it after all. */
  | { readonly kind: 'restored' }
  | { readonly kind: 'shortened'; readonly until: Timestamp } // the vault lets tokens live less long now
  | { readonly kind: 'withdraw-asked' }
  | { readonly kind: 'withdrawn' }
  /** The step recorded itself what came of it, while it held the account. */
  | { readonly kind: 'noted' }
  | { readonly kind: 'revoked'; readonly proof: Proof }

/** While it is away few are tried at all, so each may be due soon: once it is back, nothing waits for long. */
const longestAway = seconds(30)

export type GrantStep = 'provision' | 'withdraw' | 'expire' | 'revoke' | 'none'

/** What the reconciler owes a grant at `now`. */
export const nextStep = (grant: Grant, now: Timestamp): GrantStep => {
  if (grant.dueAt === undefined || grant.dueAt > now) return 'none'
  switch (grant.state) {
    case 'provisioning':
      if (isHoldOver(grant, now)) return 'expire'
      return grant.lapse?.endsAt === undefined ? 'provision' : 'none'
    case 'active':
      if (grant.expiresAt <= now || isHoldOver(grant, now)) return 'expire'
      return grant.withdraw ? 'withdraw' : 'none'
    case 'revoking':
      return 'revoke'
    case 'ended':
      return 'none'
    default:
      return grant satisfies never
  }
}

/** Seconds to wait after the n-th failure: doubling, at most five minutes. */
export const backoff = (attempts: number): Seconds => seconds(Math.min(2 ** Math.max(0, attempts), 300))

const basics = ({ id, request, person, integration, items, duration, plan, handle }: Grant) => ({
  id,
  request,
  person,
  integration,
  items,
  duration,
  plan,
  ...(handle && { handle }),
})

/**
 * The grant after an event; total, so that a late or repeated event never throws. A grant that was handed to a
 * connector reaches `ended` only through `revoking`, and `ended` is left only by news that access exists after all.
 */
export const evolve = (grant: Grant, event: GrantEvent, now: Timestamp): Grant => held(next(grant, event, now))

const next = (grant: Grant, event: GrantEvent, now: Timestamp): Grant => {
  switch (event.kind) {
    case 'provisioned':
      return provisioned({ ...grant, handle: event.handle }, now, event.lasts)
    case 'failed':
      return failed(grant, event, now)
    case 'must-wait':
      return waiting(grant, event)
    case 'revoke-asked':
      return grant.state === 'provisioning' || grant.state === 'active'
        ? revoking(grant, event.because, now, event.by)
        : grant
    case 'came-due':
      if (grant.state === 'active' && grant.expiresAt <= now) return revoking(grant, 'expired', now)
      return grant.lapse && isHoldOver(grant, now) ? revoking(grant, grant.lapse.why, now) : grant
    case 'lapsed':
      return lapsed(grant, event, now)
    case 'restored':
      return restored(grant, now)
    case 'shortened':
      return shortened(grant, event.until)
    case 'withdraw-asked':
      return grant.state === 'active' ? { ...grant, withdraw: true, dueAt: now } : grant
    case 'withdrawn':
      return withdrawn(grant)
    case 'noted':
      return grant
    case 'revoked':
      return ended(grant, event.proof, now)
    default:
      return event satisfies never
  }
}

const provisioned = (grant: Grant, now: Timestamp, lasts: Seconds = grant.duration): Grant => {
  if (grant.state === 'provisioning') {
    const expiresAt = after(now, lasts < grant.duration ? lasts : grant.duration)
    const lapse = grant.lapse && { lapse: grant.lapse }
    return { ...basics(grant), ...lapse, attempts: 0, state: 'active', since: now, expiresAt, dueAt: expiresAt }
  }
  if (grant.state === 'ended') return revoking(grant, grant.because, now, grant.by)
  if (grant.state === 'revoking') return { ...grant, dueAt: now }
  return grant
}

const withdrawn = (grant: Grant): Grant => {
  if (grant.state !== 'active') return grant
  const { withdraw: _, trouble: __, ...kept } = grant
  return { ...kept, attempts: 0, dueAt: grant.expiresAt }
}

const failed = (grant: Grant, event: GrantEvent & { kind: 'failed' }, now: Timestamp): Grant => {
  if (grant.state === 'ended' || (grant.state === 'active' && !grant.withdraw)) return grant
  const isAway = isPutOff(event.code) // which says nothing about the grant: waiting for it uses up no try
  const wasAway = grant.trouble !== undefined && isPutOff(grant.trouble.code)
  const attempts = wasAway && !isAway ? 1 : grant.attempts
  const isExhausted = attempts >= maxAttempts && !isAway
  if (grant.state === 'provisioning' && (!event.transient || isExhausted)) {
    return { ...revoking(grant, 'provision-failed', now), trouble: { since: now, code: event.code } }
  }
  const known = grant.trouble && isSameTrouble(grant.trouble.code, event.code) ? grant.trouble.since : now
  const trouble = troubled({ ...grant, attempts }, { since: known, code: event.code })
  const pause = backoff(attempts)
  const retryAt = after(now, isAway && pause > longestAway ? longestAway : pause)
  const isOverBefore = grant.state === 'active' && grant.expiresAt < retryAt
  return { ...grant, attempts, trouble, dueAt: isOverBefore ? grant.expiresAt : retryAt }
}

const revoking = (grant: Grant, because: EndReason, now: Timestamp, by?: PersonId): Grant => ({
  ...basics(grant),
  attempts: 0,
  state: 'revoking',
  because,
  since: now,
  dueAt: now,
  ...('expiresAt' in grant && grant.expiresAt !== undefined && { expiresAt: grant.expiresAt }),
  ...(by && { by }),
})

const ended = (grant: Grant, proof: Proof, now: Timestamp): Grant => {
  if (grant.state === 'ended') return grant
  const because = grant.state === 'revoking' ? grant.because : 'revoked'
  const by = grant.state === 'revoking' ? grant.by : undefined
  return { ...basics(grant), attempts: 0, state: 'ended', because, at: now, proof, ...(by && { by }) }
}

/** A fresh grant, owed from now on. */
export const newGrant = (
  given: Pick<GrantBasics, 'id' | 'request' | 'person' | 'integration' | 'items' | 'duration' | 'plan'>,
  now: Timestamp,
): Grant => ({ ...given, state: 'provisioning', attempts: 0, dueAt: timestamp(now) })

/** Whether access may exist at the vault or is owed. */
export const isLive = (grant: Grant): boolean => grant.state !== 'ended'
