import { type Actor, byPerson } from '../domain/audit-event.ts'
import type { Identity } from '../domain/card.ts'
import { visit } from '../domain/fetch-link.ts'
import type { Person } from '../ports.ts'
import type { Deps } from './deps.ts'
import { linkMisused } from './link-misused.ts'
import { type Found, findLink } from './redeem-fetch-link.ts'

/** What comes of a sign-in. `account` is what the issuer calls somebody whom the directory does not know. */
export type Confirmed =
  | { readonly kind: 'confirmed'; readonly person: Person }
  | { readonly kind: 'other-person'; readonly person: Person }
  | { readonly kind: 'nobody'; readonly account: Identity }
  | { readonly kind: 'unusable' }

const remembered = 1_000

/**
 * Somebody signed in for a link. Its own person may redeem it then; anybody else is given nothing, and the link stays as
 * it was. Its people hear of each account that tried once, and the audit has every try.
 */
export const confirmFetchLink = (deps: Deps) => {
  const told = new Set<string>()
  return async (nonce: string, identities: readonly [Identity, ...Identity[]]): Promise<Confirmed> => {
    const found = await findLink(deps, nonce)
    if (!found || visit(found.link, undefined, deps.clock.now()) === 'too-late') return { kind: 'unusable' }
    const person = personOf(deps, identities)
    if (person?.id === found.link.person) {
      await record(deps, found, 'link-confirmed', byPerson(person.id), { issuer: identities[0].tenant })
      return { kind: 'confirmed', person }
    }
    const [account] = identities
    const actor: Actor = person ? byPerson(person.id) : { kind: 'stranger', ...account }
    const attempt = `${found.link.id} ${account.subject}`
    if (told.has(attempt)) await record(deps, found, 'link-misused', actor, { how: 'other-person', revoked: false })
    else await linkMisused(deps)(found.loaded, 'other-person', actor)
    if (told.size >= remembered) told.clear()
    told.add(attempt)
    return person ? { kind: 'other-person', person } : { kind: 'nobody', account }
  }
}

/** Names that lead to different people lead to nobody. */
const personOf = ({ directory }: Deps, identities: readonly Identity[]): Person | undefined => {
  const people = identities.map((identity) => directory.person(identity)).filter((person) => person !== undefined)
  const [first, ...others] = people
  return others.every(({ id }) => id === first?.id) ? first : undefined
}

const record = (
  deps: Deps,
  { loaded: { request, grant } }: Found,
  kind: 'link-confirmed' | 'link-misused',
  actor: Actor,
  detail: Readonly<Record<string, string | boolean>>,
): Promise<void> => {
  const about = { integration: request.integration, request: request.id, ...(grant && { grant: grant.id }) }
  return deps.store.audit([{ at: deps.clock.now(), kind, actor, ...about, detail }])
}
