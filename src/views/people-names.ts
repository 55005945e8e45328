import type { PersonId } from '../domain/ids.ts'
import type { Party } from '../domain/integration.ts'
import type { NameOf } from './copy-states.ts'
import type { Text } from './view-model.ts'

/** The people in a party today. */
export type PeopleOf = (party: Party) => readonly PersonId[]

/** Names in a sentence: "A, B and C", or the first ones and the number of the others. */
export const namesText = (people: readonly PersonId[], nameOf: NameOf, most = 3): Text => {
  const isCut = people.length > most + 1
  const shown = isCut ? people.slice(0, most) : people
  const last = isCut ? shown.length : shown.length - 1
  const before = (index: number): Text => (index === 0 ? [] : [index === last ? ' and ' : ', '])
  return [
    ...shown.flatMap((person, index) => [...before(index), nameOf(person)]),
    ...(isCut ? [` and ${people.length - most} others`] : []),
  ]
}
