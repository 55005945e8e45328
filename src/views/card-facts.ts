import type { AccessRequest, Decision } from '../domain/access-request.ts'
import type { Run } from '../domain/pipeline.ts'
import { approvalsOf, decidedBy, isWhole, itemsAt, openIn } from '../domain/request-items.ts'
import type { Positions } from '../domain/routing.ts'
import type { CardContext } from './card-context.ts'
import { requirementText } from './copy-states.ts'
import { visible } from './names.ts'
import { pastText } from './past-access.ts'
import type { PeopleOf } from './people-names.ts'
import { pathsText } from './request-items.ts'
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

/** For the owners: the run of the pipeline that asks, as its CI system signed it. */
export const runFields = ({ run }: Pick<AccessRequest, 'run'>): Field[] =>
  run === undefined ? [] : [{ label: `Run, by the word of ${hostOf(run)}`, value: claimsText(run) }]

const hostOf = ({ issuer }: Run): string => (URL.canParse(issuer) ? new URL(issuer).host : visible(issuer))

const claimsText = ({ claims }: Run): Text =>
  claims.flatMap(({ name, value }, index) => [`${index === 0 ? '' : ', '}${visible(name)} `, { code: visible(value) }])

/** For the owners: what became of the requester's recent requests, and who else has it. */
export const historyFields = ({ past = [], alsoHeldBy = [], nameOf }: CardContext): Field[] => {
  const others = alsoHeldBy
    .slice(0, 5)
    .flatMap((subject, index) => [
      ...(index === 0 ? [] : ['; ']),
      nameOf(subject.request.requester),
      ...(subject.grant?.state === 'active' ? [' until ', { time: subject.grant.expiresAt }] : []),
    ])
  return [
    ...(past.length > 0 ? [{ label: 'Requester’s recent access', value: pastText(past, nameOf) }] : []),
    ...(others.length > 0 ? [{ label: 'Others who have it now', value: others }] : []),
  ]
}
