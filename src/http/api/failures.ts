import type { Refusal } from '../../domain/refusal.ts'
import { secondsUntil, type Timestamp } from '../../domain/time.ts'
import { refusalSentence } from '../../views/copy.ts'
import { plainText } from '../../views/copy-time.ts'
import type { Failure } from './schemas/failure.ts'
import { moment } from './shapes/moment.ts'

/** The status of each refusal; a new code without one does not compile. */
export const statusOf = {
  'unknown-person': 403,
  'not-admitted': 403,
  'not-a-requester': 403,
  'no-such-resource': 404,
  'cannot-be-granted': 403,
  'not-offered': 403,
  'not-lent': 403,
  'lent-apart': 409,
  'no-later-end': 409,
  'place-away': 503,
  'folder-unlisted': 403,
  'folder-unnameable': 403,
  'policy-too-large': 403,
  'too-much-beneath': 403,
  'walk-unfinished': 503,
  'no-such-permission': 400,
  'reason-too-short': 400,
  'reason-too-long': 400,
  'secret-pasted': 400,
  'duration-not-offered': 400,
  'already-asked': 409,
  'workload-refused': 400,
  'nothing-to-fetch': 409,
  'too-many-items': 400,
  'other-integration': 400,
  'too-many-open': 429,
  'too-many-requests': 429,
  'too-many-searches': 429,
  'nobody-to-decide': 403,
  'no-owner': 403,
  'no-such-request': 404,
  'own-request': 403,
  'not-an-owner': 403,
  'already-decided-by-you': 409,
  'part-decided': 409,
  'part-changed': 409,
  'plan-changed': 409,
  'not-pending': 409,
  'deadline-passed': 409,
  'note-required': 400,
  'not-the-requester': 403,
  'reminded-lately': 429,
  'nobody-to-remind': 403,
  'introduced-lately': 429,
  'too-many-introductions': 429,
  'no-administrator': 403,
  'requester-gone': 403,
  'requester-removed': 403,
  rerouted: 409,
  'integration-removed': 409,
  'vault-unreachable': 503,
  'beneath-unknown': 503,
  'access-not-active': 409,
  'link-unusable': 404,
  'already-explained': 409,
  'other-alarm': 409,
  'sign-in-needed': 403,
  'not-signed-in': 401,
  'session-over': 401,
  'code-unknown': 404,
  'too-many-codes': 429,
  'sign-in-by-browser': 403,
  'sign-in-too-old': 403,
  'needs-sign-in': 403,
  'needs-fresh-sign-in': 403,
  'not-an-auditor': 403,
  'needs-role': 403,
  'not-done': 409,
  'unknown-pipeline': 401,
  'not-for-pipelines': 403,
  'idempotency-key-reused': 409,
  'too-many-calls': 429,
  'too-many-waiting': 429,
  'no-control-groups': 404,
  'no-such-control-group': 404,
  'too-many-reports': 429,
  'control-group-elsewhere': 403,
  'own-control-group': 403,
  'not-in-control-group': 403,
  'control-group-over': 409,
  'foreign-message': 403,
  'try-again': 503,
} as const satisfies { readonly [Code in Refusal['code']]: 400 | 401 | 403 | 404 | 409 | 429 | 503 }

/** The field of the body that a refusal is about. */
const usualFields: Partial<Record<Refusal['code'], string>> = {
  'not-a-requester': 'vault',
  'no-such-resource': 'items',
  'cannot-be-granted': 'items',
  'not-offered': 'items',
  'not-lent': 'items',
  'lent-apart': 'items',
  'no-such-permission': 'items',
  'folder-unlisted': 'items',
  'folder-unnameable': 'items',
  'policy-too-large': 'items',
  'too-much-beneath': 'items',
  'too-many-items': 'items',
  'other-integration': 'items',
  'already-asked': 'items',
  'workload-refused': 'workload',
  'reason-too-short': 'reason',
  'reason-too-long': 'reason',
  'duration-not-offered': 'duration',
  'note-required': 'note',
}

/** A refusal as every call answers it: its code, and exactly the sentence that chat says. */
export const failureOf = (refusal: Refusal, fields: typeof usualFields = {}): Failure => {
  const field = refusal.code === 'secret-pasted' ? refusal.field : (fields[refusal.code] ?? usualFields[refusal.code])
  return {
    error: {
      code: refusal.code,
      message: plainText(refusalSentence(refusal)),
      ...(field !== undefined && { field }),
      ...('item' in refusal && refusal.item !== undefined && { item: refusal.item }),
      ...('again' in refusal && { again: moment(refusal.again) }),
      ...('why' in refusal && { why: refusal.why }),
      ...(refusal.code === 'already-asked' && { request: refusal.request }),
    },
  }
}

/** The headers that belong to a refusal's status. */
export const headersOf = (refusal: Refusal, now: Timestamp): Record<string, string> => {
  const status = statusOf[refusal.code]
  if (status === 401) return { 'www-authenticate': challenge(refusal) }
  if (status === 429) return { 'retry-after': String('again' in refusal ? wait(refusal.again, now) : 60) }
  return status === 503 ? { 'retry-after': '10' } : {}
}

const wait = (again: Timestamp, now: Timestamp): number => Math.max(1, secondsUntil(now, again))

/** The schemes of RFC 9449 and RFC 6750; whoever presented nothing is told no error. */
const challenge = (refusal: Refusal): string => {
  const isNothing = refusal.code === 'not-signed-in' && refusal.why === 'nothing'
  const error = isNothing ? '' : ', error="invalid_token"'
  return `DPoP algs="ES256"${error}, Bearer realm="latchkey"${error}`
}

/** A failure of the call itself, which no use case has seen. */
export const malformed = (code: string, message: string, more: Partial<Failure['error']> = {}): Failure => ({
  error: { code, message, ...more },
})
