import type { AccessRequest } from '../domain/access-request.ts'
import type { Grant } from '../domain/grant.ts'
import type { Timestamp } from '../domain/time.ts'
import type { AuditRow } from '../ports.ts'

/** A person's access at a moment, according to the audit log. */
export type AccessThen = {
  readonly request: AccessRequest
  readonly grant: Grant
  readonly from: Timestamp
  /**
   * When its end was proved; absent until then. Between the request to end it and the proof, access may have worked.
   */
  readonly until?: Timestamp
  readonly endingSince?: Timestamp
  /** Since when its holder had a working credential; absent: nothing could be read. */
  readonly credentialSince?: Timestamp
}

/**
 * The access of one grant at a moment; `undefined` before its start and after its proved end. It is an upper bound: the
 * vault may have ended it earlier. A credential counts from its issue, shown or not.
 */
export const accessAt = (
  request: AccessRequest,
  grant: Grant,
  rows: readonly AuditRow[],
  moment: Timestamp,
): AccessThen | undefined => {
  let from: Timestamp | undefined
  let endingSince: Timestamp | undefined
  let credentialSince: Timestamp | undefined
  for (const { kind, at } of rows.filter((row) => row.at <= moment)) {
    if (kind === 'access-provisioned') from ??= at
    if (kind === 'access-ending') endingSince ??= at
    if (kind === 'credential-issued') credentialSince ??= at
    if (kind === 'credential-withdrawn' || kind === 'credential-unopened') credentialSince = undefined
    if (kind === 'access-ended') from = endingSince = credentialSince = undefined
  }
  if (from === undefined) return undefined
  const until = rows.find(({ kind, at }) => kind === 'access-ended' && at > moment)?.at
  return {
    ...{ request, grant, from },
    ...(until !== undefined && { until }),
    ...(endingSince !== undefined && { endingSince }),
    ...(credentialSince !== undefined && { credentialSince }),
  }
}
