import type { z } from 'zod'
import { membersOf, nameOf, ownersOf } from '../../../app/deps.ts'
import { lentOf } from '../../../app/lent.ts'
import { outlastingOf } from '../../../app/outlasting.ts'
import type { PersonId, RequestId } from '../../../domain/ids.ts'
import { deniedIn, openIn, waitingFor } from '../../../domain/request-items.ts'
import type { Loaded } from '../../../ports.ts'
import { partyText } from '../../../views/copy-states.ts'
import { plainText } from '../../../views/copy-time.ts'
import { timeline } from '../../../views/timeline.ts'
import type { Parts } from '../parts.ts'
import type { Request as RequestSchema } from '../schemas/requests.ts'
import { grantShape } from './grant.ts'
import { itemShape, lentShape } from './item.ts'
import { moment } from './moment.ts'
import { workloadShape } from './workload.ts'

type RequestShape = z.input<typeof RequestSchema>

/** A request as the API shows it to its requester and the owners. */
export const requestShape = (parts: Pick<Parts, 'deps'>, { request, grant }: Loaded): RequestShape => {
  const person = personShape(parts)
  const { id, state, integration, reason, duration, submittedAt, revision, decisions } = request
  const denied = deniedIn(request)
  const stateOf = (position: number) => {
    if (denied.includes(position) || state === 'denied') return { state: 'denied' as const }
    if (grant) return { state: 'given' as const }
    return state === 'pending' ? { state: 'waiting' as const } : {}
  }
  const outlasts = outlastingOf(parts.deps, request)
  return {
    ...(outlasts.length > 0 && { outlasts: [...outlasts] }),
    ...{ id, state, vault: integration, requester: person(request.requester), reason, duration, revision },
    items: request.items.map((item, position) => ({ ...itemShape(item), ...stateOf(position) })),
    submittedAt: moment(submittedAt),
    ...(request.state === 'pending' && { decideBy: moment(request.decideBy) }),
    waitsFor: waits(parts, { request }),
    decisions: decisions.map(({ by, verdict, note, duration: length, at }) => ({
      ...{ by: person(by), verdict, at: moment(at) },
      ...(note !== undefined && { note }),
      ...(length !== undefined && { duration: length }),
    })),
    ...lentShape(lentOf(parts.deps, { request, ...(grant && { grant }) })),
    ...(request.workload && { workload: workloadShape(request.workload) }),
    ...(request.run && { run: { issuer: request.run.issuer, claims: [...request.run.claims] } }),
    ...(request.extends && { extends: request.extends }),
    ...(grant && { grant: grantShape(parts, grant) }),
  }
}

/** The same for one reader; whoever may decide now also gets the exact policy of their items. */
export const requestFor = async (
  parts: Pick<Parts, 'deps' | 'useCases'>,
  loaded: Loaded,
  reader: PersonId,
): Promise<RequestShape> => {
  const { request } = loaded
  const shape = requestShape(parts, loaded)
  const items = waitingFor(request, ownersOf(parts.deps, request), reader)
  const mayDecide = request.state === 'pending' && request.requester !== reader && items.length > 0
  const plan = mayDecide ? await parts.useCases.planOf(request.id, reader) : undefined
  if (!plan?.ok) return shape
  const { document, hash } = plan.value
  return { ...shape, plan: { document, hash, items: [...items] } }
}

/** What happened to a request, in the words of its page. */
export const timelineOf = async (
  { deps }: Pick<Parts, 'deps'>,
  id: RequestId,
): Promise<NonNullable<RequestShape['timeline']>> =>
  timeline(await deps.store.auditOf(id), nameOf(deps)).map(({ at, text, note }) => ({
    ...{ at: moment(at), text: plainText(text) },
    ...(note !== undefined && { note }),
  }))

const personShape =
  ({ deps }: Pick<Parts, 'deps'>) =>
  (id: PersonId) => ({ id, name: nameOf(deps)(id).person })

/** Who still has to decide on what. */
const waits = ({ deps }: Pick<Parts, 'deps'>, { request }: Loaded): RequestShape['waitsFor'] => {
  if (request.state !== 'pending') return []
  const today = ownersOf(deps, request)
  return request.requirements.flatMap((requirement, index) => {
    const items = openIn(request, requirement, today[index])
    const owners = requirement.owners.filter((party) => membersOf(deps)(party).length > 0)
    const names = owners.map((party) => plainText([partyText(party, nameOf(deps))]))
    return items.length === 0 ? [] : [{ owners: names, items: [...items] }]
  })
}
