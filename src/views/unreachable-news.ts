import type { Notice } from '../domain/card.ts'
import type { CardContext } from './card-context.ts'
import { refusedText } from './copy-unreachable.ts'
import type { Text } from './view-model.ts'

type Unreachable = Extract<Notice, { about: 'owners-unreachable' }>
type News = { readonly title: string; readonly tone: 'bad'; readonly text: Text; readonly after: readonly Text[] }

/** Unreachable owners by name, each with the reason, and whether others were asked. */
export const unreachableNews = ({ people, others, why = {} }: Unreachable, nameOf: CardContext['nameOf']): News => {
  const names = people.flatMap((person, index) => {
    const reason = why[person]
    return [...(index === 0 ? [] : [', ']), nameOf(person), ...(reason ? [` (${refusedText(reason).found})`] : [])]
  })
  return {
    title: 'The owners cannot be reached',
    tone: 'bad',
    text:
      people.length === 0
        ? ['The owners of this request have no members left.']
        : ['No owner of this request can receive messages in chat: ', ...names, '.'],
    after: [
      [
        others
          ? 'The owners of the integration have been asked to decide instead.'
          : 'Nobody else may decide. Tell an administrator: “latchkey status” and “latchkey doctor” say what to do.',
      ],
    ],
  }
}
