import type { Api } from '../api/client.ts'
import type { AccessRequest } from '../api/types.ts'
import type { Io } from '../io.ts'
import { leftUntil, lengthOf } from '../text.ts'
import { CliError, exitCodes } from '../trouble.ts'

/** The longest that Latchkey holds one question open, in seconds. */
const longest = 20

/**
 * Waits until a request is decided and its access exists, and says what happens. Throws with exit code 5 when nothing
 * comes of it.
 */
export const awaitRequest = async (
  api: Api,
  first: AccessRequest,
  io: Io,
  patience: number | undefined,
): Promise<AccessRequest> => {
  const deadline = Date.now() + (patience ?? Number.POSITIVE_INFINITY) * 1000
  let request = first
  let said = ''
  for (;;) {
    const now = progressOf(request)
    if (now !== said) io.note(now)
    said = now
    if (isOver(request)) throw new CliError(now, exitCodes.notGiven, notesOf(request))
    if (request.grant?.state === 'active') return request
    if (request.grant?.state === 'ended' || request.grant?.state === 'revoking') {
      throw new CliError('the access has ended already', exitCodes.notGiven)
    }
    const left = Math.floor((deadline - Date.now()) / 1000)
    if (left <= 0) {
      throw new CliError('nobody has decided yet; the request goes on', exitCodes.notGiven, [
        `"latchkey request --again ${request.id}" waits for it again.`,
      ])
    }
    const query = `wait=${Math.min(left, longest)}&revision=${request.revision}`
    request = await api.call('GET', `/requests/${encodeURIComponent(request.id)}?${query}`, { patience: 60_000 })
  }
}

const isOver = ({ state }: AccessRequest): boolean => state === 'denied' || state === 'cancelled' || state === 'expired'

const progressOf = (request: AccessRequest): string => {
  const { state, decideBy, waitsFor, decisions, grant } = request
  if (state === 'denied') return `the request was denied by ${namesOf(request, 'deny')}`
  if (state === 'cancelled') return 'the request was cancelled'
  if (state === 'expired') return 'the request has expired: nobody decided in time'
  if (state === 'approved') {
    const by = namesOf(request, 'approve')
    if (grant?.trouble)
      return `Approved by ${by}; the vault makes trouble (${grant.trouble.code}), Latchkey tries again.`
    return grant?.state === 'active' ? `Approved by ${by}.` : `Approved by ${by}; the access is being made.`
  }
  const owners = waitsFor.map((each) => each.owners.join(' or ')).join(', and ')
  const end = decideBy === undefined ? '' : `; it expires ${leftUntil(decideBy)}`
  const soFar = decisions.length === 0 ? '' : ` Decided so far: ${decisions.map(({ by }) => by.name).join(', ')}.`
  return `Waits for ${owners || 'a decision'}${end}.${soFar}`
}

const namesOf = ({ decisions }: AccessRequest, verdict: 'approve' | 'deny'): string =>
  [...new Set(decisions.filter((one) => one.verdict === verdict).map(({ by }) => by.name))].join(', ') || 'a rule'

const notesOf = ({ decisions }: AccessRequest): readonly string[] =>
  decisions.flatMap(({ by, note }) => (note ? [`${by.name}: ${note}`] : []))

/** How long something took, for people. */
export const since = (start: number): string => {
  const seconds = (Date.now() - start) / 1000
  return seconds < 60 ? `${seconds.toFixed(1)} seconds` : lengthOf(seconds)
}
