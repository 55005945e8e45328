import type { Card, ControlGroupReader, NewCard } from '../domain/card.ts'
import { type ControlGroup, mayDecideOn } from '../domain/control-group.ts'
import type { PersonId } from '../domain/ids.ts'
import type { CardContext } from '../views/card-context.ts'
import type { ShownControlGroup } from '../views/control-groups.ts'
import { cardsTo, peopleIn } from './cards-for.ts'
import type { Deps } from './deps.ts'
import { webPagesOf } from './page-addresses.ts'

type Given = Pick<Deps, 'directory' | 'integrations' | 'newId' | 'platforms' | 'settings'>

/** The identity groups that decide on it today, and the people of ours in them, with or without its own requester. */
export const decidersOn = (deps: Given, group: Pick<ControlGroup, 'integration' | 'path'>) => {
  const connector = deps.integrations.get(group.integration)?.connector
  const deciders = connector?.controlGroups?.deciders(group.path) ?? []
  return {
    groups: [...new Set(deciders.map((each) => each.group))],
    members: peopleIn(
      deps,
      deciders.flatMap(({ members }) => members),
    ),
  }
}

/** What its texts are made of, for one reader. */
export const shownTo = (deps: Given, group: ControlGroup, reader: PersonId): ShownControlGroup => {
  const { groups, members } = decidersOn(deps, group)
  const pages = webPagesOf(deps.settings)
  return {
    ...{ group, groups },
    deciders: members.filter((person) => !mayDecideOn(group, members, person)),
    mayDecide: !mayDecideOn(group, members, reader),
    ...(pages !== undefined && { page: `${pages}/control-groups/${group.id}` }),
  }
}

/** The control group of a card, as its reader sees it. */
export const controlGroupOf = async (deps: Deps, card: Card): Promise<Pick<CardContext, 'controlGroup'>> => {
  if (card.audience !== 'notice' || card.notice.about !== 'control-group' || card.recipient.to === 'channel') return {}
  const group = await deps.store.controlGroup({ id: card.notice.controlGroup })
  return group ? { controlGroup: shownTo(deps, group, card.recipient.person) } : {}
}

const news = (deps: Given, { id }: ControlGroup, people: readonly PersonId[], as: ControlGroupReader): NewCard[] =>
  people.flatMap((person) =>
    cardsTo(deps, person, { audience: 'notice', notice: { about: 'control-group', controlGroup: id, as } }),
  )

/** Who asked, as far as Latchkey knows them, and who told it. */
const askersOf = ({ requester, reporter }: ControlGroup): readonly PersonId[] => [
  ...new Set([...(requester.person ? [requester.person] : []), reporter]),
]

/** The first cards of a reported one. A reporter who decides gets only the card with the buttons. */
export const cardsForReport = (deps: Given, group: ControlGroup): NewCard[] => {
  const { deciders } = shownTo(deps, group, group.reporter)
  const asked = group.state === 'pending' ? deciders : []
  return [
    ...news(deps, group, asked, 'decider'),
    ...news(
      deps,
      group,
      askersOf(group).filter((person) => !asked.includes(person)),
      'asker',
    ),
  ]
}

/** Asks its deciders once more. */
export const cardsForReminder = (deps: Given, group: ControlGroup): NewCard[] =>
  news(deps, group, shownTo(deps, group, group.reporter).deciders, 'reminded')

/** Tells those who asked what became of it: an edited card notifies nobody. */
export const cardsForOutcome = (deps: Given, group: ControlGroup): NewCard[] =>
  news(deps, group, askersOf(group), 'told')
