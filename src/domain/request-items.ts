import type { AccessRequest, Decision } from './access-request.ts'
import type { Grant } from './grant.ts'
import type { PersonId } from './ids.ts'
import type { Members } from './integration.ts'
import type { Item } from './resource.ts'
import type { Positions, Requirement } from './routing.ts'

/** The most items in one request. */
export const maxItems = 10

type Items = Pick<AccessRequest, 'items'>
type Decided = Pick<AccessRequest, 'items' | 'requirements' | 'decisions' | 'state'>

/** Names the item of a refusal; empty when the request has only one. */
export const named = ({ path }: Pick<Item, 'path'>, all: readonly unknown[]): { readonly item?: string } =>
  all.length > 1 ? { item: path } : {}

/** The positions of all items. */
export const allOf = ({ items }: Items): Positions => items.map((_, position) => position)

/** The items at these positions. */
export const itemsAt = ({ items }: Items, positions: Positions): readonly Item[] =>
  positions.flatMap((position) => items[position] ?? [])

/** Whether the positions are those of all items. */
export const isWhole = ({ items }: Items, positions: Positions): boolean => positions.length === items.length

/** The items of a requirement. */
export const itemsOf = (request: Items, { for: own }: Requirement): Positions => own ?? allOf(request)

/** The items of a decision. */
export const decidedBy = (request: Items, { part }: Decision): Positions =>
  part ? part.items.filter((position) => !part.void?.includes(position)) : allOf(request)

/** The items that an owner denied: nobody gets them, whatever happens to the others. */
export const deniedIn = (request: Pick<Decided, 'items' | 'decisions'>): Positions => {
  const denials = request.decisions.filter(({ verdict }) => verdict === 'deny')
  const denied = new Set(denials.flatMap((decision) => decidedBy(request, decision)))
  return allOf(request).filter((position) => denied.has(position))
}

/** The items that nobody denied. */
export const standingIn = (request: Pick<Decided, 'items' | 'decisions'>): Positions => {
  const denied = deniedIn(request)
  return allOf(request).filter((position) => !denied.includes(position))
}

/** The items that are or can be given: the grant's once there is a grant, else those that nobody denied. */
export const givenOf = ({ request, grant }: { request: AccessRequest; grant?: Grant | undefined }): readonly Item[] =>
  grant ? grant.items : itemsAt(request, standingIn(request))

/** The people who approved an item, each once. */
const approversOf = (request: Decided, position: number): readonly PersonId[] => {
  const approvals = request.decisions.filter(
    (decision) => decision.verdict === 'approve' && decidedBy(request, decision).includes(position),
  )
  return [...new Set(approvals.map(({ by }) => by))]
}

/** The number of approvals that a requirement has for each of its remaining items. */
export const approvalsOf = (request: Decided, requirement: Requirement): number => {
  const standing = standingIn(request)
  const own = itemsOf(request, requirement).filter((position) => standing.includes(position))
  return own.length === 0 ? 0 : Math.min(...own.map((position) => approversOf(request, position).length))
}

/** Whether enough of the requirement's present owners approved the item. */
const isMet = (request: Decided, requirement: Requirement, owners: Members | undefined, position: number): boolean =>
  approversOf(request, position).filter((person) => owners?.has(person)).length >= requirement.approvals

/** Whether every requirement for the item is met; false without a requirement. `owners` are today's. */
const isApproved = (request: Decided, owners: readonly Members[], position: number): boolean => {
  const asked = request.requirements.flatMap((requirement, index) =>
    itemsOf(request, requirement).includes(position) ? [{ requirement, owners: owners[index] }] : [],
  )
  return asked.length > 0 && asked.every((one) => isMet(request, one.requirement, one.owners, position))
}

/** Whether today's owners approved every remaining item. */
export const isAllApproved = (request: Decided, owners: readonly Members[]): boolean =>
  standingIn(request).every((position) => isApproved(request, owners, position))

/**
 * The items that wait for this person's decision. `owners` are today's, for each requirement. Approvals can become
 * complete without a decision, because an approver is an owner again. Any owner then decides again, which concludes.
 */
export const waitingFor = (request: Decided, owners: readonly Members[], by: PersonId): Positions => {
  const standing = standingIn(request)
  const own = request.decisions.filter((decision) => decision.by === by)
  const done = new Set(own.flatMap((decision) => decidedBy(request, decision)))
  const isComplete = request.state === 'pending' && isAllApproved(request, owners)
  const open = request.requirements.flatMap((requirement, index) =>
    owners[index]?.has(by)
      ? itemsOf(request, requirement).filter(
          (position) => isComplete || (!done.has(position) && !isMet(request, requirement, owners[index], position)),
        )
      : [],
  )
  return standing.filter((position) => open.includes(position))
}

/** The items for which a requirement still waits: neither denied nor approved by today's owners. */
export const openIn = (request: Decided, requirement: Requirement, owners: Members | undefined): Positions => {
  const standing = standingIn(request)
  return itemsOf(request, requirement).filter(
    (position) => standing.includes(position) && !isMet(request, requirement, owners, position),
  )
}

/** Whether two ascending lists of positions are equal. */
export const areSame = (one: Positions, other: Positions): boolean =>
  one.length === other.length && one.every((position, index) => position === other[index])
