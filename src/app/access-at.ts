import type { AccessRequest } from '../domain/access-request.ts'
import type { Grant } from '../domain/grant.ts'
import type { Timestamp } from '../domain/time.ts'
import type { AuditRow } from '../ports.ts'

/** Access that somebody had at a moment, as the audit log tells it. */
export type AccessThen = {
  readonly request: AccessRequest
  readonly grant: Grant
  readonly from: Timestamp
  /** When its end was proved; absent while it is not. Between being asked for and being proved, access may have worked. */
  readonly until?: Timestamp
  readonly endingSince?: Timestamp
  /** Since when its holder had a credential that worked; absent: nothing could be read with it. */
  readonly credentialSince?: Timestamp
}

/**
 * The access of one grant at a moment; `undefined` when it had not begun, or was proved to be over. An upper bound: the
 * vault may have ended it earlier by itself, and a credential counts from when it was issued, shown or not.
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
    if (kind === 'credential-withdrawn') credentialSince = undefined
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
