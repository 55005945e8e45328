import { type Actor, byPerson } from '../domain/audit-event.ts'
import type { Identity } from '../domain/card.ts'
import { alarmedAt, isExplained } from '../domain/fetch-link.ts'
import { fetchLinkId, type PersonId } from '../domain/ids.ts'
import type { Timestamp } from '../domain/time.ts'
import { type Confirmed, personOf } from './confirm-fetch-link.ts'
import type { Deps } from './deps.ts'
import { explainAlarm, mayExplain } from './explain-alarm.ts'
import { recordRefusal } from './record-refusal.ts'

export type AlarmLook =
  | {
      readonly kind: 'open'
      readonly how: 'misused' | 'other-person'
      readonly at: Timestamp
      readonly usedAt?: Timestamp
    }
  /** The person has said that it was them. */
  | { readonly kind: 'explained'; readonly at: Timestamp }
  | { readonly kind: 'nothing' }

/** Handles a sign-in for the page of an alarm. Its address holds the link's id, which opens nothing. */
export const enterAlarm =
  (deps: Deps) =>
  async (id: string, identities: readonly [Identity, ...Identity[]]): Promise<Confirmed> => {
    const person = personOf(deps, identities)
    const [account] = identities
    const actor: Actor = person ? byPerson(person.id) : { kind: 'stranger', ...account }
    const may = person
      ? await mayExplain(deps)(fetchLinkId(id), person.id, 'sign-in')
      : ({ ok: false, refusal: { code: 'unknown-person', ...account } } as const)
    if (may.ok || may.refusal.code === 'already-explained') {
      return person ? { kind: 'confirmed', person } : { kind: 'nobody', account }
    }
    await recordRefusal(deps)(actor, may.refusal)
    return person ? { kind: 'nothing', person } : { kind: 'nobody', account }
  }

/** What the page shows to the person who signed in. It changes nothing. */
export const lookAtAlarm =
  ({ store }: Pick<Deps, 'store'>) =>
  async (id: string, person: PersonId): Promise<AlarmLook> => {
    const link = await store.link({ id: fetchLinkId(id) })
    if (link?.person !== person) return { kind: 'nothing' }
    const { redeemedAt, explained } = link
    for (const how of ['misused', 'other-person'] as const) {
      const at = alarmedAt(link, how)
      if (at !== undefined && !isExplained(link, how))
        return { kind: 'open', how, at, ...(redeemedAt !== undefined && { usedAt: redeemedAt }) }
    }
    return explained ? { kind: 'explained', at: explained.at } : { kind: 'nothing' }
  }

/** Says *it was me* after the sign-in. A refusal is audited; the look that follows shows what is true. */
export const explainOwnAlarm =
  (deps: Deps) =>
  async (id: string, person: PersonId): Promise<AlarmLook> => {
    const said = await explainAlarm(deps)(fetchLinkId(id), person, 'sign-in')
    if (!said.ok) await recordRefusal(deps)(byPerson(person), said.refusal)
    return lookAtAlarm(deps)(id, person)
  }
