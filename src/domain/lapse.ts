import type { Bar } from './eligibility.ts'
import { seconds, type Timestamp } from './time.ts'

/** Why a person may no longer have an access that was rightly given. */
export const lapseReasons = ['person-removed', 'account-deactivated', 'requester-removed', 'not-offered'] as const
export type LapseReason = (typeof lapseReasons)[number]

/** Marks a live grant whose holder may no longer have it. Such a grant gives no new credential. */
export type Lapse = {
  readonly why: LapseReason
  readonly since: Timestamp
  /** When the grant ends, unless that is called off. Absent where its owners decide about the end. */
  readonly endsAt?: Timestamp
}

/** How long a mass of ends waits for an operator. */
export const heldFor = seconds(900)

/** Whether so many ends at once look like a mistake: more than three, and over a tenth of the live ones. */
export const isMass = (ending: number, live: number): boolean => ending > 3 && ending * 10 > live

const reasons = {
  'requester-gone': 'person-removed',
  'requester-removed': 'requester-removed',
  'not-offered': 'not-offered',
} satisfies { [Code in Bar['code']]: LapseReason }

/** What a bar means for an existing access. */
export const lapseReasonOf = (bar: Bar | undefined, isDeactivated: boolean): LapseReason | undefined => {
  if (bar?.code === 'requester-gone') return 'person-removed'
  if (isDeactivated) return 'account-deactivated'
  return bar && reasons[bar.code]
}

/** What to do with a live grant. */
export type Verdict =
  | { readonly do: 'nothing' }
  | { readonly do: 'restore' }
  | { readonly do: 'end' | 'hold' | 'tell'; readonly why: LapseReason }

export type Standing = {
  /** Why the holder may not have it now, if so. */
  readonly why: LapseReason | undefined
  /** The grant's lapse so far. */
  readonly lapse: Lapse | undefined
  /** Nobody got a credential for it, so its end interrupts nobody. */
  readonly isUnused: boolean
  /** Former requesters of the integration lose their access at once. */
  readonly endsForFormerRequesters: boolean
}

/** Whether the grant must end without asking its owners. */
export const mustEnd = ({ why, isUnused, endsForFormerRequesters }: Omit<Standing, 'lapse'>): boolean => {
  if (why === undefined) return false
  if (why === 'person-removed' || why === 'account-deactivated' || isUnused) return true
  return why === 'requester-removed' && endsForFormerRequesters
}

/** What to do with one live grant. A held-back end stays held: only the end of the hold ends the grant. */
export const verdictOn = (standing: Standing, isMass: boolean): Verdict => {
  const { why, lapse } = standing
  if (why === undefined) return { do: lapse ? 'restore' : 'nothing' }
  const isHeld = lapse?.endsAt !== undefined
  if (mustEnd(standing)) return isHeld ? { do: 'nothing' } : { do: isMass ? 'hold' : 'end', why }
  return lapse?.why === why && !isHeld ? { do: 'nothing' } : { do: 'tell', why }
}
