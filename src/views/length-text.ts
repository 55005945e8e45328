import type { AccessRequest } from '../domain/access-request.ts'
import type { Grant } from '../domain/grant.ts'
import { grantedLength } from '../domain/granted-length.ts'
import { durationText } from './copy-time.ts'

/** How long the access lasts, and the requested length where an owner approved less. */
export const lengthText = ({ request, grant }: { readonly request: AccessRequest; readonly grant?: Grant }): string => {
  const length = grant ? grant.duration : grantedLength(request)
  const asked = durationText(request.duration)
  return length < request.duration ? `approved for ${durationText(length)} (asked: ${asked})` : asked
}
