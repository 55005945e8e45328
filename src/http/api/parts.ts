import { awaitChange } from '../../app/await-change.ts'
import type { Bell } from '../../app/bell.ts'
import type { Authenticate } from '../../app/caller.ts'
import type { Deps } from '../../app/deps.ts'
import { keyedDraft } from '../../app/keyed-draft.ts'
import { listResources } from '../../app/list-resources.ts'
import type { UseCases } from '../../app/use-cases.ts'
import type { OperatorDesk } from '../../control/desk.ts'
import { newWaiting } from './waiting.ts'

type Given = {
  readonly deps: Deps
  readonly useCases: UseCases
  readonly bell: Pick<Bell, 'listen'>
  readonly authenticate: Authenticate
  /** Answers operators. */
  readonly desk: Pick<OperatorDesk, 'answer'>
}

/** What the calls are made from: the use cases of chat, and a few that only programs need. */
export const partsOf = ({ deps, useCases, bell, authenticate, desk }: Given) => ({
  ...{ deps, useCases, authenticate, desk },
  awaitChange: awaitChange(deps, bell),
  keyedDraft: keyedDraft(deps),
  listResources: listResources(deps),
  waiting: newWaiting(),
})

export type Parts = ReturnType<typeof partsOf>
