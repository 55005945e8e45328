import type { AccessRequest } from './access-request.ts'
import type { ShownState } from './control-group.ts'
import type { RequestId } from './ids.ts'
import type { Needed } from './operator-role.ts'
import type { PastedSecret } from './pasted-secret.ts'
import type { Platform } from './platform.ts'
import type { SessionEnd } from './session.ts'
import type { Seconds, Timestamp } from './time.ts'
import type { WorkloadFault } from './workload.ts'

/** The path of the item in question; absent for a request with one item. */
type AboutItem = { readonly item?: string }

/** Every refusal. Each code has a sentence in `views/copy.ts`; the build fails without it. */
export type Refusal =
  | { readonly code: 'unknown-person'; readonly platform: Platform; readonly tenant: string; readonly subject: string }
  | { readonly code: 'not-admitted'; readonly why: 'guest' | 'external' | 'deactivated' | 'bot' | 'other-workspace' }
  | { readonly code: 'not-a-requester'; readonly integration: string }
  | ({ readonly code: 'no-such-resource' } & AboutItem)
  | ({ readonly code: 'cannot-be-granted'; readonly obstacle: string } & AboutItem)
  /** The mount is not configured, or `include` and `exclude` leave the path out. */
  | { readonly code: 'not-offered'; readonly path: string }
  /** No policy that may be lent gives this. */
  | { readonly code: 'not-lent'; readonly path: string; readonly permission: string }
  /** No token role lends all of it together; `apart` are the paths to ask for separately. */
  | { readonly code: 'lent-apart'; readonly apart: readonly string[] }
  /** More secrets than a look at the vault may find; `most` is the limit. */
  | ({ readonly code: 'too-much-beneath'; readonly most: number } & AboutItem)
  /** The look at the vault took too long. */
  | ({ readonly code: 'walk-unfinished' } & AboutItem)
  /** Too many exceptions, or a policy of too many bytes. */
  | ({ readonly code: 'policy-too-large' } & AboutItem)
  /** A name directly in the folder cannot be excepted by any rule. */
  | ({ readonly code: 'folder-unnameable' } & AboutItem)
  /** The bot itself may not list the folder. */
  | ({ readonly code: 'folder-unlisted' } & AboutItem)
  /** Discovery could not list the part of the integration that contains it, such as its mount. */
  | { readonly code: 'place-away'; readonly place: string; readonly since: Timestamp; readonly why: string }
  | ({ readonly code: 'no-such-permission'; readonly permission: string } & AboutItem)
  | { readonly code: 'reason-too-short'; readonly atLeast: number }
  | { readonly code: 'reason-too-long'; readonly atMost: number }
  /** Something in the words for other people looks like a secret. */
  | { readonly code: 'secret-pasted'; readonly looks: PastedSecret; readonly field: 'reason' | 'note' }
  | { readonly code: 'duration-not-offered'; readonly longest: Seconds }
  /** An extension would end no later than the access that it extends. */
  | { readonly code: 'no-later-end'; readonly until: Timestamp }
  /** `request` is the earlier one, which the answer shows with its buttons. */
  | ({ readonly code: 'already-asked'; readonly state: 'pending' | 'live'; readonly request: RequestId } & AboutItem)
  | { readonly code: 'too-many-items'; readonly most: number }
  /** All items of one request are in one integration. */
  | ({ readonly code: 'other-integration'; readonly integration: string } & AboutItem)
  /** The workload that is to use the access is not offered, or not named exactly. */
  | { readonly code: 'workload-refused'; readonly fault: WorkloadFault }
  /** A service account or pipeline logs in by itself, so there is nothing to fetch. */
  | { readonly code: 'nothing-to-fetch' }
  | { readonly code: 'too-many-open'; readonly most: number }
  | { readonly code: 'too-many-requests'; readonly most: number; readonly again: Timestamp }
  | { readonly code: 'too-many-searches' }
  | ({ readonly code: 'nobody-to-decide' } & AboutItem)
  | ({ readonly code: 'no-owner' } & AboutItem)
  | { readonly code: 'no-such-request' }
  | { readonly code: 'own-request' }
  | { readonly code: 'not-an-owner' }
  | { readonly code: 'already-decided-by-you' }
  /** Other owners of the same items were faster; the request waits for the owners of the rest. */
  | { readonly code: 'part-decided' }
  /** The dialog showed something else than the person would decide on now. */
  | { readonly code: 'part-changed' }
  /** The vault would get something else than was approved. */
  | { readonly code: 'plan-changed' }
  /** `wish` is of a requester who came too late. */
  | {
      readonly code: 'not-pending'
      readonly state: AccessRequest['state']
      readonly by?: string
      readonly wish?: 'cancel'
    }
  | { readonly code: 'deadline-passed'; readonly at: Timestamp }
  | { readonly code: 'note-required' }
  | { readonly code: 'not-the-requester' }
  /** Reminding is possible again at that moment. */
  | { readonly code: 'reminded-lately'; readonly again: Timestamp }
  | { readonly code: 'nobody-to-remind' }
  /** Somebody who may request nothing asked the administrators already, or too many others did. */
  | { readonly code: 'introduced-lately'; readonly again: Timestamp }
  | { readonly code: 'too-many-introductions'; readonly again: Timestamp }
  | { readonly code: 'no-administrator' }
  | { readonly code: 'requester-gone' }
  | { readonly code: 'requester-removed'; readonly integration: string }
  | ({ readonly code: 'rerouted' } & AboutItem)
  | { readonly code: 'integration-removed'; readonly integration: string }
  | ({ readonly code: 'vault-unreachable'; readonly trouble: string } & AboutItem)
  /** The vault did not tell what lies beneath a folder. */
  | { readonly code: 'beneath-unknown'; readonly trouble: string }
  | { readonly code: 'access-not-active'; readonly state: 'not-yet' | 'ending' | 'ended' }
  | { readonly code: 'link-unusable' }
  | { readonly code: 'already-explained'; readonly at: Timestamp }
  /** The link has not the alarm that the person saw. */
  | { readonly code: 'other-alarm' }
  | { readonly code: 'sign-in-needed' }
  /** A call by HTTP does not prove its caller. */
  | { readonly code: 'not-signed-in'; readonly why: NotSignedIn }
  /** Said only to who holds the session's key, or its cookie. */
  | { readonly code: 'session-over'; readonly why: SessionEnd }
  /** The code that a terminal shows is unknown, used, or too old. */
  | { readonly code: 'code-unknown' }
  | { readonly code: 'too-many-codes' }
  /** Where an issuer is configured, a terminal signs in by the browser. */
  | { readonly code: 'sign-in-by-browser' }
  /** What gives something needs a recent sign-in at the issuer. */
  | { readonly code: 'sign-in-too-old' }
  /** The session may not do this; the person signs in at the issuer, or does it in chat where there is none. */
  | { readonly code: 'needs-sign-in'; readonly hasIssuer: boolean }
  /** A call of the API by somebody whose last sign-in at the issuer is older than that. */
  | { readonly code: 'needs-fresh-sign-in'; readonly within: Seconds }
  | { readonly code: 'not-an-auditor' }
  /** Operators of Latchkey itself: none of the asker's roles allows the verb. */
  | { readonly code: 'needs-role'; readonly verb: string; readonly needs: Needed }
  /** What an operator asked for cannot be done; the server says why. */
  | { readonly code: 'not-done'; readonly why: string }
  /** A valid token of a CI system for us, with the claims of no configured pipeline. */
  | { readonly code: 'unknown-pipeline' }
  /** A pipeline asks and uses its own access; only people do anything else. */
  | { readonly code: 'not-for-pipelines' }
  /** The same key came with another body. */
  | { readonly code: 'idempotency-key-reused' }
  | { readonly code: 'too-many-calls'; readonly again: Timestamp }
  /** Calls of one person that wait for a change at the same time. */
  | { readonly code: 'too-many-waiting'; readonly most: number }
  /** No vault here has control groups of which Latchkey may know. */
  | { readonly code: 'no-control-groups'; readonly why: 'not-configured' | 'no-right' | 'ignored' | 'unreachable' }
  | { readonly code: 'no-such-control-group' }
  | { readonly code: 'too-many-reports'; readonly again: Timestamp }
  /** Nobody is configured to decide on this path. */
  | { readonly code: 'control-group-elsewhere'; readonly path: string }
  | { readonly code: 'own-control-group' }
  | { readonly code: 'not-in-control-group' }
  | { readonly code: 'control-group-over'; readonly state: ShownState }
  /** A button in a message that we do not keep up to date, or in another person's message. */
  | { readonly code: 'foreign-message' }
  | { readonly code: 'try-again' }

/**
 * `nothing`: no credential. `unknown`: one that we do not know. `stale`: the access token ran
 * out, and a refresh gives a new one. `proof`: the key's signature of this call is missing or wrong. `token`: the
 * issuer's access token is not meant for us, or proves nobody whom we know.
 */
export type NotSignedIn = 'nothing' | 'unknown' | 'stale' | 'proof' | 'token'

/** A value, or a refusal that only the actor sees. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal }

export const accept = <T>(value: T): Outcome<T> => ({ ok: true, value })
export const refuse = (refusal: Refusal): { ok: false; refusal: Refusal } => ({ ok: false, refusal })
