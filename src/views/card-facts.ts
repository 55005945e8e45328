import type { AccessRequest, Decision } from '../domain/access-request.ts'
import { approvalsOf, decidedBy, givenOf, isWhole, itemsAt, openIn } from '../domain/request-items.ts'
import type { Positions } from '../domain/routing.ts'
import type { CardContext } from './card-context.ts'
import { requirementText } from './copy-states.ts'
import type { PeopleOf } from './people-names.ts'
import { itemsText, pathsText } from './request-items.ts'
import type { MessageView, Text } from './view-model.ts'

type Field = MessageView['fields'][number]

/**
 * Each requirement that is not met, in words, with its open items when these are not all. The requester reads which
 * people are in its groups.
 */
export const waitsFor = (request: AccessRequest, { audience, nameOf, peopleOf }: CardContext): Text[] => {
  const others: PeopleOf = (party) => (peopleOf?.(party) ?? []).filter((person) => person !== request.requester)
  const people = audience === 'requester' ? others : undefined
  return request.requirements.flatMap((requirement) => {
    const owners = new Set(requirement.owners.flatMap((party) => peopleOf?.(party) ?? []))
    const open = openIn(request, requirement, owners)
    if (open.length === 0) return []
    const waiting = requirementText(requirement, approvalsOf(request, requirement), nameOf, people)
    return [[...waiting, ...(isWhole(request, open) ? [] : partText(request, open))]]
  })
}

/** The items of a decision, when these are not all, as the continuation of a sentence. */
export const partOf = (request: AccessRequest, decision: Decision): Text =>
  decision.part ? partText(request, decidedBy(request, decision)) : []

const partText = (request: AccessRequest, positions: Positions): Text =>
  positions.length === 0 ? [] : [', for ', ...pathsText(itemsAt(request, positions).map(({ path }) => path))]

/** For the owners: the requester's recent access, and who else has it. */
export const historyFields = ({ heldRecently = [], alsoHeldBy = [], nameOf }: CardContext): Field[] => {
  const recent = heldRecently
    .slice(0, 3)
    .flatMap((subject, index) => [
      ...(index === 0 ? [] : ['; ']),
      ...itemsText(givenOf(subject)),
      ', asked ',
      { time: subject.request.submittedAt },
      ...(subject.grant?.state === 'active' ? [', still held until ', { time: subject.grant.expiresAt }] : []),
    ])
  const others = alsoHeldBy
    .slice(0, 5)
    .flatMap((subject, index) => [
      ...(index === 0 ? [] : ['; ']),
      nameOf(subject.request.requester),
      ...(subject.grant?.state === 'active' ? [' until ', { time: subject.grant.expiresAt }] : []),
    ])
  return [
    ...(recent.length > 0 ? [{ label: 'Requester’s recent access', value: recent }] : []),
    ...(others.length > 0 ? [{ label: 'Others who have it now', value: others }] : []),
  ]
}
