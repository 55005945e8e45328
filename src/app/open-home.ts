import type { Identity, Recipient } from '../domain/card.ts'
import type { PersonId } from '../domain/ids.ts'
import { type Timestamp, timestamp } from '../domain/time.ts'
import type { CardContext } from '../views/card-context.ts'
import { cardsTo } from './cards-for.ts'
import type { Deps } from './deps.ts'

/** A home that was not opened for so long is not kept up to date, in milliseconds. */
const lately = 60 * 60_000

/** The moment since which homes count as opened lately. */
export const latelySince = (now: Timestamp): Timestamp => timestamp(now - lately)

/** Notes that the person looks at their home; it is shown at once, by the rows. */
export const openHome =
  ({ store, clock, nudge }: Pick<Deps, 'store' | 'clock' | 'nudge'>) =>
  async (of: Identity): Promise<void> => {
    const now = clock.now()
    await store.openHome(of, now, latelySince(now))
    nudge()
  }

/** Welcomes the person at their first contact, once. */
export const welcome =
  (deps: Pick<Deps, 'store' | 'clock' | 'nudge' | 'directory' | 'integrations' | 'newId' | 'platforms'>) =>
  async (person: PersonId): Promise<void> => {
    const cards = cardsTo(deps, person, { audience: 'notice', notice: { about: 'welcome' } })
    if (await deps.store.welcome(person, deps.clock.now(), cards)) deps.nudge()
  }

/** How one types at the platform of a card's reader, where the platform has homes. */
export const typingAt = ({ platforms }: Pick<Deps, 'platforms'>, recipient: Recipient): Pick<CardContext, 'typing'> => {
  const home = recipient.to === 'person' ? platforms.get(recipient.identity.platform)?.home : undefined
  return home ? { typing: home } : {}
}
