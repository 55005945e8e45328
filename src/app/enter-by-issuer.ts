import { type Actor, byPerson } from '../domain/audit-event.ts'
import type { Identity } from '../domain/card.ts'
import { areDeactivated } from './check-accounts.ts'
import { type Confirmed, personOf } from './confirm-fetch-link.ts'
import type { Deps } from './deps.ts'
import { recordRefusal } from './record-refusal.ts'

/**
 * Handles a sign-in for a page that is for everybody whom the directory knows. Somebody whose chat accounts are all
 * deactivated gets nothing; a silent chat is no reason to refuse.
 */
export const enterByIssuer =
  (deps: Deps) =>
  async (identities: readonly [Identity, ...Identity[]]): Promise<Confirmed> => {
    const person = personOf(deps, identities)
    const [account] = identities
    const actor: Actor = person ? byPerson(person.id) : { kind: 'stranger', ...account }
    if (person && !(await areDeactivated(deps, person.id))) return { kind: 'confirmed', person }
    const refusal = person
      ? ({ code: 'not-admitted', why: 'deactivated' } as const)
      : ({ code: 'unknown-person', ...account } as const)
    await recordRefusal(deps)(actor, refusal)
    return person ? { kind: 'nothing', person } : { kind: 'nobody', accounts: identities }
  }
