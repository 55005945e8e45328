import { nameOf } from '../../../app/deps.ts'
import type { PersonId } from '../../../domain/ids.ts'
import type { ShownControlGroup } from '../../../views/control-groups.ts'
import type { Parts } from '../parts.ts'
import type { ControlGroup } from '../schemas/control-groups.ts'
import { moment } from './moment.ts'

/** A control group as calls answer it. */
export const controlGroupShape = (
  { deps }: Pick<Parts, 'deps'>,
  { group, groups, deciders, mayDecide }: ShownControlGroup,
): ControlGroup => {
  const person = (id: PersonId) => ({ id, name: nameOf(deps)(id).person })
  const { id, integration, state, path, operation, requester, denied, settledAt } = group
  return {
    ...{ id, vault: integration, state, path, operation, groups: [...groups], mayDecide },
    requester: {
      ...{ id: requester.id, name: requester.name },
      ...(requester.person && { person: person(requester.person) }),
    },
    reporter: person(group.reporter),
    deciders: deciders.map(person),
    ...{ reportedAt: moment(group.reportedAt), expiresAt: moment(group.expiresAt) },
    approvals: group.approvals.map(({ at, ...entity }) => ({ ...entity, at: moment(at) })),
    ...(denied && { denied: { by: person(denied.by), note: denied.note, at: moment(denied.at) } }),
    ...(settledAt !== undefined && { settledAt: moment(settledAt) }),
  }
}
