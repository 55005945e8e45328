import type { Grant, Trouble } from './grant.ts'

/** Tries of provisioning before it is given up (into `revoking`), and of revoking before its owner is alerted. */
export const maxAttempts = 6

/** The vault is known to be away: what is owed says so. */
export const waiting = (grant: Grant, { since, code }: Trouble): Grant => {
  const isOwed = grant.state === 'provisioning' || grant.state === 'revoking' || isWithdrawing(grant)
  return isOwed && grant.trouble?.code !== code ? { ...grant, trouble: troubled(grant, { since, code }) } : grant
}

/** Owners hear at once of an early end or a withdrawal that is not proved, of a planned end when its tries are used up. */
export const troubled = (grant: Grant, trouble: Trouble): Trouble => {
  const isEarly = isWithdrawing(grant) || (grant.state === 'revoking' && grant.because !== 'expired')
  const isAlarming = isEarly || (grant.state === 'revoking' && grant.attempts >= maxAttempts)
  return isAlarming || grant.trouble?.alerted ? { ...trouble, alerted: true } : trouble
}

/** Whether a credential handed out must die while the approval stands. */
export const isWithdrawing = (grant: Grant): boolean => grant.state === 'active' && grant.withdraw === true
