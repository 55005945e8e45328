import { browserSessions } from '../../app/browser-sessions.ts'
import { type Deps, nameOf } from '../../app/deps.ts'
import { showRequest } from '../../app/show-request.ts'
import type { UseCases } from '../../app/use-cases.ts'
import { newDialogues } from './dialogues.ts'
import type { PeopleOptions } from './site.ts'

/** Everything behind the pages for people. `command` is what people type in their chat, for the help. */
export const peopleSite = (deps: Deps, useCases: UseCases, command = ''): PeopleOptions => ({
  useCases,
  dialogues: newDialogues(deps, useCases, command),
  sessions: browserSessions(deps),
  nameOf: nameOf(deps),
  showRequest: showRequest(deps),
  requestsOf: (person, limit) => deps.store.requestsOf(person, limit),
  requestOfGrant: (id) => deps.store.requestOfGrant(id),
  requestByDraft: (draft) => deps.store.requestByDraft(draft),
})
