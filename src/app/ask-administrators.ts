import { byPerson } from '../domain/audit-event.ts'
import type { Identity, Notice } from '../domain/card.ts'
import type { PersonId } from '../domain/ids.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import { cardsTo, peopleIn } from './cards-for.ts'
import type { Deps } from './deps.ts'

/** Somebody who may request nothing, and what lets them in. */
export type Introduction = Omit<Extract<Notice, { about: 'introduction' }>, 'about'> & {
  /** Absent for a stranger. */
  readonly person?: PersonId | undefined
}

/** The groups of all requesters, those named most often first. */
export const requesterGroups =
  ({ integrations }: Pick<Deps, 'integrations'>) =>
  (): readonly string[] => {
    const named = [...integrations.values()].flatMap(({ integration }) =>
      integration.requesters.filter((party) => party.startsWith('group:')).map((party) => party.slice('group:'.length)),
    )
    const times = (group: string) => named.filter((each) => each === group).length
    return [...new Set(named)].sort((one, other) => times(other) - times(one))
  }

/** The owners of all integrations who can be reached: they are the administrators. */
const administrators = (deps: Deps, besides: PersonId | undefined): readonly PersonId[] =>
  peopleIn(
    deps,
    [...deps.integrations.values()].flatMap(({ integration }) => integration.owners),
    besides === undefined ? [] : [besides],
  ).filter((person) => cardsTo(deps, person, { audience: 'notice', notice: { about: 'access-missing' } }).length > 0)

/** When the account last asked the administrators within a day, and who they are. */
export const askedAdministrators = (deps: Deps) => async (identity: Identity, person?: PersonId) => ({
  at: await deps.store.introducedAt(identity, deps.clock.now()),
  people: administrators(deps, person),
})

/** Sends the lines to the owners of all integrations, once a day for each account. Returns whom they went to. */
export const askAdministrators =
  (deps: Deps) =>
  async ({ person, ...introduction }: Introduction): Promise<Outcome<readonly PersonId[]>> => {
    const people = administrators(deps, person)
    if (people.length === 0) return refuse({ code: 'no-administrator' })
    const notice = { about: 'introduction', ...introduction } as const
    const actor = person === undefined ? ({ kind: 'stranger', ...introduction.identity } as const) : byPerson(person)
    const detail = { people: people.slice(0, 100).join(' '), count: people.length }
    const event = { at: deps.clock.now(), kind: 'administrators-asked', actor, detail } as const
    const cards = people.flatMap((each) => cardsTo(deps, each, { audience: 'notice', notice }))
    const outcome = await deps.store.introduce(introduction.identity, event, cards)
    deps.nudge()
    if (outcome.is === 'asked') return accept(people)
    const code = outcome.is === 'too-many' ? 'too-many-introductions' : 'introduced-lately'
    return refuse({ code, again: outcome.again })
  }
