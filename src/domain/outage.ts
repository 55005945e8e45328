/** Codes that say something of a vault as a whole, and nothing of the grant whose step met them. */
const outages: ReadonlySet<string> = new Set([
  'unreachable',
  'timeout',
  'not-a-vault',
  'redirected',
  'sealed',
  'rate-limited',
  'bad-credentials',
  'login-denied',
])
/** Codes that Latchkey finds by itself, before it has asked the vault anything. */
const ownFindings: ReadonlySet<string> = new Set([
  'account-busy',
  'database-busy',
  'journal-unwritable',
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
  return ownFindings.has(code) ? 'none' : 'answer'
}

/** Whether a failure means that the vault cannot be used, whichever grant it is asked for. */
export const isOutage = (code: string): boolean => outages.has(code)

/** Whether the vault says nothing at all; every other outage is an answer that forbids everything. */
export const isSilence = (code: string): boolean => code === 'unreachable' || code === 'timeout'

/** Whether two codes are told in the same breath, so that a change from one to the other is no news. */
export const isSameTrouble = (one: string, other: string): boolean =>
  one === other || (isSilence(one) && isSilence(other))
