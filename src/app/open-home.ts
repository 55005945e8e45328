import type { Identity, Recipient } from '../domain/card.ts'
import type { PersonId } from '../domain/ids.ts'
import { type Timestamp, timestamp } from '../domain/time.ts'
import type { CardContext } from '../views/card-context.ts'
import { cardsTo } from './cards-for.ts'
import { decisionsFor } from './decisions-for.ts'
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

/** Welcomes the person at their first contact, once; not where something waits for them, because that comes first. */
export const welcome =
  (deps: Deps) =>
  async (person: PersonId): Promise<void> => {
    if (await deps.store.isWelcomed(person)) return
    const waiting = await decisionsFor(deps)(person)
    if (waiting.shown.length > 0) return skipWelcome(deps)(person)
    const cards = cardsTo(deps, person, { audience: 'notice', notice: { about: 'welcome' } })
    if (await deps.store.welcome(person, deps.clock.now(), cards)) deps.nudge()
  }

/** Notes the first contact of a person whom a home or a card told enough: they need no welcome later. */
export const skipWelcome = ({ store, clock }: Pick<Deps, 'store' | 'clock'>) => {
  const known = new Set<PersonId>() // a first contact is never taken back
  return async (person: PersonId): Promise<void> => {
    if (known.has(person)) return
    await store.welcome(person, clock.now(), [])
    known.add(person)
  }
}

/** How one types at the platform of a card's reader. */
export const typingAt = ({ platforms }: Pick<Deps, 'platforms'>, recipient: Recipient): Pick<CardContext, 'typing'> => {
  const there = recipient.to === 'person' ? platforms.get(recipient.identity.platform) : undefined
  const typing = there?.home ?? there?.typing
  return typing ? { typing } : {}
}
