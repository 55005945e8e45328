import { seconds } from './time.ts'

/**
 * The longest back-off during an outage. Few grants are tried then, so a short pause is cheap, and none waits long
 * after.
 */
export const longestAway = seconds(30)

/** Codes that concern a vault as a whole, not the grant whose step met them. */
const outages: ReadonlySet<string> = new Set([
  'unreachable',
  'timeout',
  'not-a-vault',
  'redirected',
  'sealed',
  'login-limited',
  'bad-credentials',
  'secret-unreadable',
  'login-denied',
])
/** Codes that say nothing about the vault: Latchkey raised them itself, or the vault did not process the call. */
const noFindings: ReadonlySet<string> = new Set([
  'account-busy',
  'database-busy',
  'database-away',
  'journal-unwritable',
  'rate-limited', // the quota may belong to one path, such as people's logins
  'claim-lost',
  'plan-changed',
  'not-offered',
  'not-ours',
  'not-drawn',
  'too-late',
  'beyond-limits',
  'not-understood',
  'unexpected',
])

/** What a failed step says about its vault: down for all, perhaps faulty for this grant, healthy, or nothing. */
export type Evidence = 'outage' | 'illness' | 'answer' | 'none'

/** What a failure with this code says about the vault. */
export const evidenceOf = (code: string): Evidence => {
  if (outages.has(code)) return 'outage'
  if (code === 'failing') return 'illness'
  return noFindings.has(code) ? 'none' : 'answer'
}

/** Whether a failure means that no grant can use the vault. */
export const isOutage = (code: string): boolean => outages.has(code)

/**
 * Whether the vault did not process the call: it is away, or asks to come later. Such a step is retried and uses up no
 * try.
 */
export const isPutOff = (code: string): boolean => isOutage(code) || code === 'rate-limited'

/** Whether the vault gives no answer at all. Every other outage is an answer that forbids everything. */
export const isSilence = (code: string): boolean => code === 'unreachable' || code === 'timeout'

/** Whether two codes read the same to people, so that a change between them is no news. */
export const isSameTrouble = (one: string, other: string): boolean =>
  one === other || (isSilence(one) && isSilence(other))
