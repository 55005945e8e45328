import type { PersonId } from './ids.ts'
import type { Integration } from './integration.ts'
import type { Refusal } from './refusal.ts'
import type { MembersOf } from './routing.ts'

/** Why a person may not have an access today, even if it was approved. */
export type Bar = Extract<Refusal, { code: (typeof barCodes)[number] }>
const barCodes = ['requester-gone', 'requester-removed', 'not-offered'] as const
/** Whether a refusal means that the requester may not have the access, whoever decides. */
export const isBar = (refusal: Refusal): refusal is Bar => barCodes.some((code) => code === refusal.code)

/** What decides whether a person may have an access at this moment. */
export type Circumstances = {
  readonly person: PersonId
  readonly isKnown: boolean
  readonly integration: Pick<Integration, 'id' | 'requesters'>
  readonly membersOf: MembersOf
  /** The first path that the integration no longer offers. */
  readonly notOffered: string | undefined
}

/** Whether the person may request from the integration today. */
export const mayRequest = (
  person: PersonId,
  { requesters }: Pick<Integration, 'requesters'>,
  membersOf: MembersOf,
): boolean => requesters.some((party) => membersOf(party).includes(person))

/** The most serious reason why the person may not have the access now; `undefined` when they may. */
export const barOf = ({ person, isKnown, integration, membersOf, notOffered }: Circumstances): Bar | undefined => {
  if (!isKnown) return { code: 'requester-gone' }
  if (!mayRequest(person, integration, membersOf)) return { code: 'requester-removed', integration: integration.id }
  return notOffered === undefined ? undefined : { code: 'not-offered', path: notOffered }
}
