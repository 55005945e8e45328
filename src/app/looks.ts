import type { Beneath } from '../domain/connector.ts'
import type { IntegrationId, PersonId } from '../domain/ids.ts'
import { type Outcome, refuse } from '../domain/refusal.ts'
import type { Connector } from '../ports.ts'
import type { Deps } from './deps.ts'
import { searching } from './list-access.ts'

type Looking = Pick<Connector, 'beneath'>

/** How many looks of one person may be under way. */
const mostAtOnce = 2

/**
 * Limits the looks beneath folders that people cause before anything is filed: caps of requests count only what was
 * filed. A look that is under way serves all who ask for the same folder. Each one that begins counts as a search.
 */
export const newLooks = (deps: Pick<Deps, 'clock' | 'settings'>) => {
  const isTooMuch = searching(deps)
  const underWay = new Map<string, Promise<Outcome<Beneath>>>()
  const ofPerson = new Map<PersonId, number>()
  const count = (person: PersonId, change: number) => {
    const left = (ofPerson.get(person) ?? 0) + change
    if (left > 0) ofPerson.set(person, left)
    else ofPerson.delete(person)
  }
  return (person: PersonId, at: IntegrationId, connector: Looking): Looking => ({
    beneath: async (folder, ...rest) => {
      const place = `${at} ${folder.path}`
      const running = underWay.get(place)
      if (running) return running
      if ((ofPerson.get(person) ?? 0) >= mostAtOnce || isTooMuch(person)) return refuse({ code: 'too-many-searches' })
      count(person, 1)
      const look = connector.beneath(folder, ...rest).finally(() => {
        underWay.delete(place)
        count(person, -1)
      })
      underWay.set(place, look)
      return look
    },
  })
}
