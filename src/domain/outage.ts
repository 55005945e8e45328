/** Codes that say something of a vault as a whole, and nothing of the grant whose step met them. */
const outages: ReadonlySet<string> = new Set([
  'unreachable',
  'timeout',
  'not-a-vault',
  'redirected',
  'sealed',
  'login-limited',
  'bad-credentials',
  'login-denied',
])
/** Codes that tell nothing of the vault: Latchkey found them by itself, or the vault did not look at the call. */
const noFindings: ReadonlySet<string> = new Set([
  'account-busy',
  'database-busy',
  'journal-unwritable',
  'rate-limited', // a quota may be that of one path, such as people's logins
  'claim-lost',
  'plan-changed',
  'not-offered',
  'not-ours',
  'not-drawn',
  'too-late',
  'unexpected',
])

/** What a failed step tells of its vault: away for all, unwell perhaps for this grant alone, well, or nothing. */
export type Evidence = 'outage' | 'illness' | 'answer' | 'none'

/** What a failure with this code tells of the vault. */
export const evidenceOf = (code: string): Evidence => {
  if (outages.has(code)) return 'outage'
  if (code === 'failing') return 'illness'
  return noFindings.has(code) ? 'none' : 'answer'
}

/** Whether a failure means that the vault cannot be used, whichever grant it is asked for. */
export const isOutage = (code: string): boolean => outages.has(code)

/**
 * Whether the vault did not look at what it was asked: it is away, or asks to come later. What failed so is asked again,
 * and uses up no try.
 */
export const isPutOff = (code: string): boolean => isOutage(code) || code === 'rate-limited'

/** Whether the vault says nothing at all; every other outage is an answer that forbids everything. */
export const isSilence = (code: string): boolean => code === 'unreachable' || code === 'timeout'

/** Whether two codes are told in the same breath, so that a change from one to the other is no news. */
export const isSameTrouble = (one: string, other: string): boolean =>
  one === other || (isSilence(one) && isSilence(other))
