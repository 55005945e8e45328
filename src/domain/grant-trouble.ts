import type { Grant, Trouble } from './grant.ts'
import { isNarrowingDue } from './narrowed-grant.ts'

/** Tries of provisioning before it gives up (into `revoking`), and of revoking before the owners are alerted. */
export const maxAttempts = 6

/** Whether something must still be done at the vault. */
export const isOwed = (grant: Grant): boolean =>
  grant.state === 'provisioning' || grant.state === 'revoking' || isWithdrawing(grant) || isNarrowingDue(grant)

/** Marks a waiting grant while its vault is away, so that the card says so. */
export const waiting = (grant: Grant, { since, code }: Trouble): Grant => {
  return isOwed(grant) && grant.trouble?.code !== code ? { ...grant, trouble: troubled(grant, { since, code }) } : grant
}

/**
 * Alerts the owners at once when an early end or a withdrawal is not proved. For a planned end, or
 * for a policy that excepts too little, they are alerted after the last try.
 */
export const troubled = (grant: Grant, trouble: Trouble): Trouble => {
  const isEarly = isWithdrawing(grant) || (grant.state === 'revoking' && grant.because !== 'expired')
  const isLate = (grant.state === 'revoking' || isNarrowingDue(grant)) && grant.attempts >= maxAttempts
  const isAlarming = isEarly || (grant.state !== 'provisioning' && isLate)
  return isAlarming || grant.trouble?.alerted ? { ...trouble, alerted: true } : trouble
}

/** Whether a credential handed out must die while the approval stays valid. */
export const isWithdrawing = (grant: Grant): boolean => grant.state === 'active' && grant.withdraw === true
