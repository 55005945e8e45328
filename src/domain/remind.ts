import type { AccessRequest, Change } from './access-request.ts'
import { byPerson } from './audit-event.ts'
import type { PersonId } from './ids.ts'
import { accept, type Outcome, refuse } from './refusal.ts'
import { mostNamed, requestEvent } from './request-audit.ts'
import { after, seconds, type Timestamp } from './time.ts'

/** How long one reminder lasts before the next one is possible. */
const reminderLasts = seconds(900)

/** When the requester may remind the owners again; undefined while nobody was reminded. */
export const nextReminder = ({ remindedAt }: Pick<AccessRequest, 'remindedAt'>): Timestamp | undefined =>
  remindedAt === undefined ? undefined : after(remindedAt, reminderLasts)

/** Reminds the people who can still decide; only the requester may, and rarely. */
export const remind = (
  request: AccessRequest,
  by: PersonId,
  people: readonly PersonId[],
  now: Timestamp,
): Outcome<Change> => {
  if (by !== request.requester) return refuse({ code: 'not-the-requester' })
  if (request.state !== 'pending') return refuse({ code: 'not-pending', state: request.state })
  if (request.decideBy <= now) return refuse({ code: 'deadline-passed', at: request.decideBy })
  const again = nextReminder(request)
  if (again !== undefined && again > now) return refuse({ code: 'reminded-lately', again })
  if (people.length === 0) return refuse({ code: 'nobody-to-remind' })
  const detail = { people: people.slice(0, mostNamed).join(' '), count: people.length }
  return accept({
    request: { ...request, remindedAt: now },
    audit: [requestEvent(request, 'request-reminded', byPerson(by), now, detail)],
  })
}
