import type { Grant, Trouble } from './grant.ts'

/** Tries of provisioning before it gives up (into `revoking`), and of revoking before the owners are alerted. */
export const maxAttempts = 6

/** Marks a waiting grant while its vault is away, so that the card says so. */
export const waiting = (grant: Grant, { since, code }: Trouble): Grant => {
  const isOwed = grant.state === 'provisioning' || grant.state === 'revoking' || isWithdrawing(grant)
  return isOwed && grant.trouble?.code !== code ? { ...grant, trouble: troubled(grant, { since, code }) } : grant
}

/**
 * Alerts the owners at once when an early end or a withdrawal is not proved. For a planned end they are alerted after
 * the last try.
 */
export const troubled = (grant: Grant, trouble: Trouble): Trouble => {
  const isEarly = isWithdrawing(grant) || (grant.state === 'revoking' && grant.because !== 'expired')
  const isAlarming = isEarly || (grant.state === 'revoking' && grant.attempts >= maxAttempts)
  return isAlarming || grant.trouble?.alerted ? { ...trouble, alerted: true } : trouble
}

/** Whether a credential handed out must die while the approval stays valid. */
export const isWithdrawing = (grant: Grant): boolean => grant.state === 'active' && grant.withdraw === true
