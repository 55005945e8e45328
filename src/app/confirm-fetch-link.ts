import { type Actor, byPerson } from '../domain/audit-event.ts'
import type { Identity } from '../domain/card.ts'
import { type Visit, visit } from '../domain/fetch-link.ts'
import type { Person } from '../ports.ts'
import type { Deps } from './deps.ts'
import { findLink, linkEvent, liveOf } from './find-link.ts'
import { linkMisused } from './link-misused.ts'

/** The result of a sign-in. `accounts` are the names of a person whom the directory does not know, the issuer's first. */
export type Confirmed =
  | { readonly kind: 'confirmed'; readonly person: Person }
  | { readonly kind: 'other-person'; readonly person: Person }
  | { readonly kind: 'nobody'; readonly accounts: readonly [Identity, ...Identity[]] }
  /** A page whose address is no secret has nothing for this person, whatever the reason. */
  | { readonly kind: 'nothing'; readonly person: Person }
  | { readonly kind: 'unusable' }

/**
 * Handles a sign-in for a link. Its own person may then redeem it; another person gets nothing, and the link stays. Its
 * people are told once, and the audit has every try.
 */
export const confirmFetchLink =
  (deps: Deps) =>
  async (nonce: string, identities: readonly [Identity, ...Identity[]]): Promise<Confirmed> => {
    const found = await findLink(deps, nonce)
    const live = found && liveOf(deps, found)
    if (!live || isTooLate(visit(live.link, undefined, deps.clock.now()))) return { kind: 'unusable' }
    const { link } = live
    const person = personOf(deps, identities)
    const [account] = identities
    if (person?.id === link.person) {
      await deps.store.audit([linkEvent(live, deps.clock.now(), 'link-confirmed', { issuer: account.tenant })])
      return { kind: 'confirmed', person }
    }
    const actor: Actor = person ? byPerson(person.id) : { kind: 'stranger', ...account }
    await linkMisused(deps)(link, 'other-person', actor)
    return person ? { kind: 'other-person', person } : { kind: 'nobody', accounts: identities }
  }

const isTooLate = (visitor: Visit): boolean =>
  visitor === 'expired' || visitor === 'replaced' || visitor === 'bound-elsewhere'

/** Identities of different people identify nobody. */
export const personOf = ({ directory }: Deps, identities: readonly Identity[]): Person | undefined => {
  const people = identities.map((identity) => directory.person(identity)).filter((person) => person !== undefined)
  const [first, ...others] = people
  return others.every(({ id }) => id === first?.id) ? first : undefined
}
