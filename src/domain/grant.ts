import { backoff } from './backoff.ts'
import type { Handle } from './connector.ts'
import { tellAtOf } from './ending.ts'
import { isOwed, maxAttempts, troubled, waiting } from './grant-trouble.ts'
import { held, isHoldOver, lapsed, restored } from './held-grant.ts'
import type { GrantId, IntegrationId, PersonId, RequestId } from './ids.ts'
import type { Lapse, LapseReason } from './lapse.ts'
import { type Given, looked, narrowed, narrowing, restsUntil, withdrawn } from './narrowed-grant.ts'
import { isPutOff, isSameTrouble, longestAway } from './outage.ts'
import { shortened } from './shortened-grant.ts'
import { after, type Seconds, type Timestamp, timestamp } from './time.ts'
import type { Workload } from './workload.ts'

export type EndReason =
  | 'expired'
  | 'given-back'
  | 'revoked'
  | 'provision-failed'
  | 'link-misused'
  | 'missing-at-vault'
  | 'altered-at-vault'
  | 'not-narrowable'
  | LapseReason

/**
 * How the end was proved at the vault, strongest first. `canary`: a token of the same account and policies worked
 * before and is refused since. `login`: such a token, made after the end, is refused. `accessor`: the vault ended the
 * tokens. `readback`: the policies are gone. `latency` is milliseconds from the start of the attempt. `lent`: the policies are
 * an administrator's and stay, so a canary is a trial token, and the rest tells of tokens alone.
 */
export type Proof = {
  readonly means: 'canary' | 'login' | 'accessor' | 'readback'
  readonly at: Timestamp
  readonly latency: number
  readonly lent?: true
}

/** Why the next step does not succeed, for the readers of the card. */
export type Trouble = {
  readonly since: Timestamp
  readonly code: string
  /** The owners were told once that the end or the withdrawal is not proved. */
  readonly alerted?: true
}

/** Who asked for an end, if that was a person, and why. An operator is named in the audit log only. */
type Asker = { readonly by?: PersonId; readonly note?: string }

type GrantBasics = Given & {
  readonly id: GrantId
  readonly request: RequestId
  readonly person: PersonId
  readonly integration: IntegrationId
  readonly duration: Seconds
  /** Who uses the access instead of the person. */
  readonly workload?: Workload
  /** What was approved; present when `items` and `plan` except more since. */
  readonly approved?: Given
  /** Every name that may exist at the vault for this grant; stored before the call that creates it. */
  readonly handle?: Handle
  /** Tries of the present step. */
  readonly attempts: number
  /** When the reconciler must next handle the grant; absent once it has ended. */
  readonly dueAt?: Timestamp
  readonly trouble?: Trouble
  /** As `narrow`, only while the grant is being set up or active. */
  readonly lapse?: Lapse
  /** The vault may have an earlier, wider policy. */
  readonly narrow?: true
}

export type Grant = GrantBasics &
  (
    | { readonly state: 'provisioning' }
    | {
        readonly state: 'active'
        readonly since: Timestamp
        readonly expiresAt: Timestamp
        /** The credential handed out may be in wrong hands: it must die, while the approval stays valid. */
        readonly withdraw?: true
        /** When the holder must be told that the end is near; absent once that is done. */
        readonly tellAt?: Timestamp
      }
    | ({
        readonly state: 'revoking'
        readonly because: EndReason
        readonly since: Timestamp
        /** Until when a token may work if the vault is unreachable; absent if there was never a token. */
        readonly expiresAt?: Timestamp
      } & Asker)
    | ({
        readonly state: 'ended'
        readonly because: EndReason
        readonly at: Timestamp
        readonly proof?: Proof
      } & Asker)
  )

export type GrantEvent =
  /** `lasts`: how long the vault lets a token live, if that is less than approved. */
  | { readonly kind: 'provisioned'; readonly handle: Handle; readonly lasts?: Seconds }
  | { readonly kind: 'failed'; readonly transient: boolean; readonly code: string }
  /** The vault is away, so no step is tried. */
  | { readonly kind: 'must-wait'; readonly since: Timestamp; readonly code: string }
  | ({ readonly kind: 'revoke-asked'; readonly because: EndReason } & Asker)
  | { readonly kind: 'came-due' }
  /** The holder may no longer have the access. */
  | { readonly kind: 'lapsed'; readonly why: LapseReason; readonly endsAt?: Timestamp }
  /** The holder may have the access again. */
  | { readonly kind: 'restored' }
  | { readonly kind: 'shortened'; readonly until: Timestamp } // the vault now limits tokens to a shorter life
  | { readonly kind: 'withdraw-asked' }
  | { readonly kind: 'withdrawn' }
  /** Something new beneath a folder must be excepted. */
  | ({ readonly kind: 'narrow-asked' } & Given)
  | { readonly kind: 'narrowed'; readonly plan: string } // the vault has the policy with this hash
  /** Folders were looked through again; `blind`: why that is impossible. */
  | { readonly kind: 'looked'; readonly blind?: string }
  /** The step recorded its own result while it held the account. */
  | { readonly kind: 'noted' }
  | { readonly kind: 'revoked'; readonly proof: Proof }

export type GrantStep = 'provision' | 'withdraw' | 'narrow' | 'expire' | 'revoke' | 'none'

/** The step that the reconciler must take for a grant at `now`. */
export const nextStep = (grant: Grant, now: Timestamp): GrantStep => {
  if (grant.dueAt === undefined || grant.dueAt > now) return 'none'
  switch (grant.state) {
    case 'provisioning':
      if (isHoldOver(grant, now)) return 'expire'
      return grant.lapse?.endsAt === undefined ? 'provision' : 'none'
    case 'active':
      if (grant.expiresAt <= now || isHoldOver(grant, now)) return 'expire'
      return grant.withdraw ? 'withdraw' : grant.narrow ? 'narrow' : 'none'
    case 'revoking':
      return 'revoke'
    case 'ended':
      return 'none'
    default:
      return grant satisfies never
  }
}

const basics = ({ id, request, person, integration, items, duration, plan, workload, approved, handle }: Grant) => ({
  ...{ id, request, person, integration, items, duration, plan },
  ...(workload && { workload }),
  ...(approved && { approved }),
  ...(handle && { handle }),
})

/**
 * The grant after an event. It never throws, even for a late or repeated event. A grant that was handed to a connector
 * reaches `ended` only through `revoking`. Only news of existing access leaves `ended`.
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
        ? revoking(grant, event.because, now, event)
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
      return withdrawn(grant, now)
    case 'narrow-asked':
      return narrowing(grant, event, now)
    case 'narrowed':
      return narrowed(grant, event.plan, now)
    case 'looked':
      return looked(grant, event.blind, now)
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
    const { lapse, narrow } = grant
    const kept = { ...basics(grant), ...(lapse && { lapse }), ...(narrow && { narrow }) }
    const times = { since: now, expiresAt, tellAt: tellAtOf({ since: now, expiresAt }) }
    return { ...kept, attempts: 0, state: 'active', ...times, dueAt: restsUntil({ ...kept, expiresAt }, now) }
  }
  if (grant.state === 'ended') return revoking(grant, grant.because, now, grant)
  if (grant.state === 'revoking') return { ...grant, dueAt: now }
  return grant
}

const failed = (grant: Grant, event: GrantEvent & { kind: 'failed' }, now: Timestamp): Grant => {
  if (grant.state === 'ended' || (grant.state === 'active' && !isOwed(grant))) return grant
  const isAway = isPutOff(event.code) // this says nothing about the grant, so waiting uses up no try
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

const revoking = (grant: Grant, because: EndReason, now: Timestamp, asker: Asker = {}): Grant => ({
  ...{ ...basics(grant), attempts: 0, state: 'revoking', because, since: now, dueAt: now },
  ...('expiresAt' in grant && grant.expiresAt !== undefined && { expiresAt: grant.expiresAt }),
  ...askerOf(asker),
})

const askerOf = ({ by, note }: Asker): Asker => ({ ...(by && { by }), ...(note && { note }) })
const ended = (grant: Grant, proof: Proof, now: Timestamp): Grant => {
  if (grant.state === 'ended') return grant
  const why =
    grant.state === 'revoking' ? { because: grant.because, ...askerOf(grant) } : { because: 'revoked' as const }
  return { ...basics(grant), attempts: 0, state: 'ended', at: now, proof, ...why }
}

/** A new grant, due at once. */
export const newGrant = (given: New, now: Timestamp): Grant => ({
  ...{ ...given, state: 'provisioning', attempts: 0, dueAt: timestamp(now) },
})
type New = Given & Pick<GrantBasics, 'id' | 'request' | 'person' | 'integration' | 'duration' | 'workload'>

/** Whether access may exist at the vault, or has to be set up. */
export const isLive = (grant: Grant): boolean => grant.state !== 'ended'
