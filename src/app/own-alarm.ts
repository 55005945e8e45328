import { type Actor, byPerson } from '../domain/audit-event.ts'
import type { Identity } from '../domain/card.ts'
import { type FetchLink, openAlarms, type ShownAlarm } from '../domain/fetch-link.ts'
import { fetchLinkId, type PersonId } from '../domain/ids.ts'
import type { Timestamp } from '../domain/time.ts'
import { type Confirmed, personOf } from './confirm-fetch-link.ts'
import type { Deps } from './deps.ts'
import { explainAlarm } from './explain-alarm.ts'
import { recordRefusal } from './record-refusal.ts'

export type AlarmLook =
  | { readonly kind: 'open'; readonly alarm: ShownAlarm; readonly usedAt?: Timestamp }
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
    const link = await deps.store.link({ id: fetchLinkId(id) })
    if (person && link?.person === person.id && lookAt(link).kind !== 'nothing') return { kind: 'confirmed', person }
    const foreign = { code: link ? 'not-the-requester' : 'no-such-request' } as const
    await recordRefusal(deps)(actor, person ? foreign : { code: 'unknown-person', ...account })
    return person ? { kind: 'nothing', person } : { kind: 'nobody', accounts: identities }
  }

/** What the page shows to the person who signed in. It changes nothing. */
export const lookAtAlarm =
  ({ store }: Pick<Deps, 'store'>) =>
  async (id: string, person: PersonId): Promise<AlarmLook> => {
    const link = await store.link({ id: fetchLinkId(id) })
    return link?.person === person ? lookAt(link) : { kind: 'nothing' }
  }

/** One alarm at a time: the next one follows when this one is explained. */
const lookAt = (link: FetchLink): AlarmLook => {
  const [alarm] = openAlarms(link)
  const { redeemedAt: usedAt, explained } = link
  if (alarm) return { kind: 'open', alarm, ...(usedAt !== undefined && { usedAt }) }
  const said = explained?.misuse ?? explained?.doubt
  return said ? { kind: 'explained', at: said.at } : { kind: 'nothing' }
}

/**
 * Says *it was me* of the alarm that the page showed, after the sign-in. A refusal is audited; the look that follows
 * shows what is true.
 */
export const explainOwnAlarm =
  (deps: Deps) =>
  async (id: string, person: PersonId, alarm: ShownAlarm): Promise<AlarmLook> => {
    const said = await explainAlarm(deps)({ link: fetchLinkId(id), alarm }, person, 'sign-in')
    if (!said.ok) await recordRefusal(deps)(byPerson(person), said.refusal)
    return lookAtAlarm(deps)(id, person)
  }
