import { admitPerson } from '../../app/admit-person.ts'
import { browserSessions } from '../../app/browser-sessions.ts'
import { type Deps, nameOf } from '../../app/deps.ts'
import { rolesOfPerson } from '../../app/operators.ts'
import { showRequest } from '../../app/show-request.ts'
import type { UseCases } from '../../app/use-cases.ts'
import type { OperatorDesk } from '../../control/desk.ts'
import { newDialogues } from './dialogues.ts'
import { type PeopleOptions, type PeopleSite, peopleRoutes } from './site.ts'

/** Everything behind the pages for people. `command` is what people type in their chat, for the help. */
export const peopleSite = (
  deps: Deps,
  useCases: UseCases,
  desk: Pick<OperatorDesk, 'answer'>,
  command = '',
): PeopleSite => {
  const options = optionsOf(deps, useCases, desk, command)
  return (common, signIns, publicUrl) => peopleRoutes(common, signIns, publicUrl, options)
}

const optionsOf = (
  deps: Deps,
  useCases: UseCases,
  desk: Pick<OperatorDesk, 'answer'>,
  command: string,
): PeopleOptions => ({
  useCases,
  dialogues: newDialogues(deps, useCases, command),
  sessions: browserSessions(deps),
  nameOf: nameOf(deps),
  operators: {
    roles: (person) => rolesOfPerson(deps, person),
    answer: (asked, id) => desk.answer(asked, { kind: 'person', id }),
    admit: async (person) => {
      const said = await admitPerson(deps)(person)
      return said === 'silent' || said.ok ? undefined : said.refusal
    },
  },
  showRequest: showRequest(deps),
  requestsOf: (person, limit) => deps.store.requestsOf(person, limit),
  requestOfGrant: (id) => deps.store.requestOfGrant(id),
  requestByDraft: (draft) => deps.store.requestByDraft(draft),
})
