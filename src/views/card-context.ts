import type { Audience, Reach } from '../domain/card.ts'
import type { Caveat } from '../domain/caveat.ts'
import type { WorkloadLogin } from '../domain/credential.ts'
import type { Bar } from '../domain/eligibility.ts'
import type { FetchLink } from '../domain/fetch-link.ts'
import type { PersonId } from '../domain/ids.ts'
import type { Integration } from '../domain/integration.ts'
import type { Lent } from '../domain/lent.ts'
import type { PastItem } from '../domain/past-access.ts'
import type { UsedSoFar } from '../domain/receipt.ts'
import type { Item } from '../domain/resource.ts'
import type { Rotation } from '../domain/rotation.ts'
import type { Positions } from '../domain/routing.ts'
import type { Seconds, Timestamp } from '../domain/time.ts'
import type { ShownControlGroup } from './control-groups.ts'
import type { NameOf, Subject } from './copy-states.ts'
import type { Helped } from './help.ts'
import type { PeopleOf } from './people-names.ts'

/** What a card needs besides its request. */
export type CardContext = {
  readonly audience: Audience
  readonly now: Timestamp
  readonly nameOf: NameOf
  /** Today's members of a party, to name them to the requester. */
  readonly peopleOf?: PeopleOf
  /** Absent when it is no longer configured. */
  readonly integration?: Integration
  /** How often Latchkey looks for new secrets of other owners beneath folders. */
  readonly lookEvery?: Seconds
  /** What of the items goes on after the end of the access. */
  readonly outlasts?: readonly string[]
  /** The place is left out, because only this integration is configured. */
  readonly isOnlyVault?: boolean
  /** A newer card of the request in the same conversation says the rest, so this one shrinks to a line. */
  readonly isFollowed?: boolean
  /** Who reads along in a channel. */
  readonly reach?: Reach
  /** The command with which an administrator of the vault ends the grant by hand. */
  readonly manualRevoke?: string
  /** The administrator's policies that are or would be lent, where the bot writes none. */
  readonly lent?: Lent
  /** What makes an item hardly useful now. */
  readonly caveats?: ReadonlyMap<Item, readonly Caveat[]>
  /** The items that wait for the reader's decision; absent where that is not distinguished. */
  readonly own?: Positions
  /** The reader may not end the access, because none of the given items is theirs. */
  readonly isBystander?: boolean
  /** Why the requester may not have it today, if so. */
  readonly bar?: Bar
  /** For the owners: what the requester got or was denied lately. */
  readonly past?: readonly (PastItem<Subject> & { readonly isUnfetched?: boolean })[]
  /** For the owners: other people with the same resource now. */
  readonly alsoHeldBy?: readonly Subject[]
  /** The secrets that were read with an ended access. */
  readonly rotations?: readonly Rotation[]
  /** How the workload logs in, while its access is active. */
  readonly login?: WorkloadLogin
  /** What was done with the access; absent where the vault's audit log is not read. */
  readonly used?: UsedSoFar
  /** The holder has not fetched the access. */
  readonly isUnfetched?: boolean
  /** The extension that waits or is live, if there is one. */
  readonly follower?: Subject
  /** The access that this one extends, if it does. */
  readonly extended?: Subject
  /** The end of a newer access of the holder to the same. */
  readonly goesOnUntil?: Timestamp
  /** The misused link of a notice. */
  readonly misusedLink?: FetchLink
  /** The person with the access, for whom a notice has other words; `isHolder` when they are its reader. */
  readonly holder?: PersonId
  readonly isHolder?: boolean
  /** The page that gives the access after a sign-in, and the one that explains an alarm. They hold no secret. */
  readonly accessPage?: string
  readonly alarmPage?: string
  /** The text stands on a page of ours, which draws no link for another device. */
  readonly isPage?: boolean
  /** The control group of a notice. */
  readonly controlGroup?: ShownControlGroup
  /** How one types at the reader's platform. */
  readonly typing?: Pick<Helped, 'command' | 'shortcut'>
  /** A one-time link inside the message itself, if the operator chose that. */
  readonly link?: { readonly url: string; readonly expiresAt: Timestamp }
}
