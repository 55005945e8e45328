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
  'plan-changed',
  'not-ours',
  'not-drawn',
  'too-late',
  'unexpected',
])

/** Whether a failure means that the vault cannot be used at all, for any grant. */
export const isOutage = (code: string): boolean => outages.has(code)

/** Whether a failure of a step still proves that the vault answered it. */
export const isAnswer = (code: string): boolean => !outages.has(code) && !ownFindings.has(code)

/** Whether the vault says nothing at all; other outages are answers that forbid everything. */
export const isSilence = (code: string): boolean => code === 'unreachable' || code === 'timeout'
