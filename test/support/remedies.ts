import type { FailureCode } from '../../src/connectors/vault/failure.ts'
import type { AuditKind } from '../../src/domain/audit-event.ts'
import { requestId } from '../../src/domain/ids.ts'
import type { Refusal } from '../../src/domain/refusal.ts'
import { seconds, timestamp } from '../../src/domain/time.ts'
import type { failure as signInFailure } from '../../src/identity/failure.ts'

/** What an operator can do about each code; a new code without a remedy does not compile. */
type Remedies<Code extends string> = Readonly<Record<Code, string>>

/** One of each, so that its sentence can be shown. */
export const refusals: { readonly [Code in Refusal['code']]: Extract<Refusal, { code: Code }> } = {
  'unknown-person': { code: 'unknown-person', platform: 'slack', tenant: 'T0123456', subject: 'U0123456' },
  'not-admitted': { code: 'not-admitted', why: 'guest' },
  'not-a-requester': { code: 'not-a-requester', integration: 'production' },
  'no-such-resource': { code: 'no-such-resource' },
  'cannot-be-granted': { code: 'cannot-be-granted', obstacle: 'a part of its name is "+", …' },
  'not-offered': { code: 'not-offered', path: 'kv/apps/db' },
  'too-much-beneath': { code: 'too-much-beneath', most: 5000 },
  'walk-unfinished': { code: 'walk-unfinished' },
  'policy-too-large': { code: 'policy-too-large' },
  'folder-unnameable': { code: 'folder-unnameable' },
  'folder-unlisted': { code: 'folder-unlisted' },
  'place-away': { code: 'place-away', place: 'kv/', since: timestamp(0), why: 'no-such-mount' },
  'no-such-permission': { code: 'no-such-permission', permission: 'write' },
  'reason-too-short': { code: 'reason-too-short', atLeast: 5 },
  'reason-too-long': { code: 'reason-too-long', atMost: 500 },
  'duration-not-offered': { code: 'duration-not-offered', longest: seconds(14_400) },
  'no-later-end': { code: 'no-later-end', until: timestamp(Date.UTC(2026, 0, 31, 14)) },
  'already-asked': { code: 'already-asked', state: 'pending', request: requestId('request') },
  'too-many-items': { code: 'too-many-items', most: 10 },
  'other-integration': { code: 'other-integration', integration: 'production' },
  'too-many-open': { code: 'too-many-open', most: 20 },
  'too-many-requests': { code: 'too-many-requests', most: 60, again: timestamp(Date.UTC(2026, 0, 31, 14)) },
  'too-many-searches': { code: 'too-many-searches' },
  'nobody-to-decide': { code: 'nobody-to-decide' },
  'no-owner': { code: 'no-owner' },
  'no-such-request': { code: 'no-such-request' },
  'own-request': { code: 'own-request' },
  'not-an-owner': { code: 'not-an-owner' },
  'already-decided-by-you': { code: 'already-decided-by-you' },
  'part-decided': { code: 'part-decided' },
  'part-changed': { code: 'part-changed' },
  'plan-changed': { code: 'plan-changed' },
  'not-pending': { code: 'not-pending', state: 'approved' },
  'deadline-passed': { code: 'deadline-passed', at: timestamp(Date.UTC(2026, 0, 31, 14)) },
  'note-required': { code: 'note-required' },
  'not-the-requester': { code: 'not-the-requester' },
  'reminded-lately': { code: 'reminded-lately', again: timestamp(Date.UTC(2026, 0, 31, 14)) },
  'nobody-to-remind': { code: 'nobody-to-remind' },
  'introduced-lately': { code: 'introduced-lately', again: timestamp(Date.UTC(2026, 0, 31, 14)) },
  'too-many-introductions': { code: 'too-many-introductions', again: timestamp(Date.UTC(2026, 0, 31, 14)) },
  'no-administrator': { code: 'no-administrator' },
  'requester-gone': { code: 'requester-gone' },
  'requester-removed': { code: 'requester-removed', integration: 'production' },
  rerouted: { code: 'rerouted' },
  'integration-removed': { code: 'integration-removed', integration: 'production' },
  'vault-unreachable': { code: 'vault-unreachable', trouble: 'sealed' },
  'access-not-active': { code: 'access-not-active', state: 'ended' },
  'link-unusable': { code: 'link-unusable' },
  'already-explained': { code: 'already-explained', at: timestamp(Date.UTC(2026, 0, 31, 14)) },
  'other-alarm': { code: 'other-alarm' },
  'not-signed-in': { code: 'not-signed-in', why: 'nothing' },
  'needs-sign-in': { code: 'needs-sign-in', hasIssuer: true },
  'sign-in-needed': { code: 'sign-in-needed' },
  'foreign-message': { code: 'foreign-message' },
  'try-again': { code: 'try-again' },
}

/** What an operator can do about each. */
export const refusalRemedies: Remedies<Refusal['code']> = {
  'unknown-person':
    'Add the lines from the person’s message to the people file. Latchkey reads it again within seconds.',
  'not-admitted':
    'Nothing, for guests, bots and deactivated accounts. Add another organisation to `slack.tenants` or `teams.tenants`.',
  'not-a-requester': 'Add the person or their group to `requesters` of the integration.',
  'no-such-resource': 'Check the vault and the configured mounts (`kvMounts`, `transitMounts`).',
  'cannot-be-granted': 'Rename the secret: a policy cannot name it alone.',
  'not-offered': 'The mounts, `include` or `exclude` leave it out. Change them if it should be on offer.',
  'too-much-beneath': 'Offer smaller folders in `management`.',
  'walk-unfinished':
    'Offer smaller folders in `management`. On OpenBao, the right `bulk-owner-tags` makes the look much faster.',
  'policy-too-large': 'Offer smaller folders in `management`, or keep secrets of other owners in folders of their own.',
  'folder-unnameable': 'Rename what has a `*`, `+`, `{{` or `..` in its name, or offer a folder beside it.',
  'folder-unlisted': 'Let the bot list and read the metadata there; `latchkey doctor` names the right.',
  'place-away': 'Run `latchkey doctor`, which names the cause. The mount was removed, or the policy denies it.',
  'no-such-permission': 'Nothing: `read` for secrets; `encrypt`, `decrypt`, `sign`, `verify` for keys.',
  'reason-too-short': 'Nothing.',
  'reason-too-long': 'Nothing.',
  'duration-not-offered': 'Add the length to `durations`, if it should be on offer.',
  'no-later-end': 'Add a longer length to `durations`, if it should be on offer.',
  'already-asked': 'Nothing.',
  'too-many-items': 'Nothing: several requests may be open at the same time.',
  'other-integration': 'Nothing: one request is for one integration.',
  'too-many-open': 'Raise `limits.openRequests`, if people need more at once.',
  'too-many-requests': 'Find out first who requests so often; then raise `limits.requestsAnHour`.',
  'too-many-searches': 'Raise `limits.searchesAMinute`, if people type faster than that.',
  'nobody-to-decide': 'Name more owners in `owner`, or add people to the group.',
  'no-owner': 'Add the owners to the people file. `latchkey config check` names parties in which nobody is.',
  'no-such-request': 'Nothing. After a restored backup, the person must make the request again.',
  'own-request': 'Nothing: this rule has no exception.',
  'not-an-owner': 'Check the owner tag, `resourceOwner.allow` and the groups of the people file.',
  'already-decided-by-you': 'Nothing.',
  'part-decided': 'Nothing.',
  'part-changed': 'Nothing: the new dialog shows the items to decide on.',
  'plan-changed':
    'Nothing: the mounts or Latchkey changed while the request was pending. The person must make it again.',
  'not-pending': 'Nothing.',
  'deadline-passed': 'Raise `decideWithin`, if owners are often too late.',
  'note-required': 'Nothing.',
  'not-the-requester': 'Nothing.',
  'reminded-lately': 'Nothing: owners are reminded once in 15 minutes, and of two requests of one person at most.',
  'nobody-to-remind': 'Add accounts of owners to the people file; `latchkey doctor` names owners without one.',
  'introduced-lately': 'Nothing: an account asks once a day. Add the lines from the message, or do nothing.',
  'too-many-introductions': 'Find out who asks: more than 20 accounts asked within a day.',
  'no-administrator': 'Add chat accounts of the integrations’ owners to the people file.',
  'requester-gone': 'Restore the person in the people file, if the removal was a mistake.',
  'requester-removed': 'Restore the person in `requesters`, if the removal was a mistake.',
  rerouted: 'Nothing: the new owners have a card.',
  'integration-removed':
    'Restore the integration until its access has ended, or end it by hand with `latchkey vault kill-all`.',
  'vault-unreachable': 'Run `latchkey doctor`. The request stays pending meanwhile.',
  'access-not-active': 'Nothing.',
  'link-unusable': 'Nothing: a link lives for minutes and works once.',
  'already-explained': 'Nothing.',
  'other-alarm': 'Usually nothing: an old page or message. An explanation covers only the alarm that was shown.',
  'not-signed-in':
    'Usually nothing: a session lasts 12 hours at most. If somebody’s proofs are refused often, check the clock of their machine.',
  'needs-sign-in': 'Configure `signIn`, so that people can sign in at an issuer.',
  'sign-in-needed': 'Nothing: an issuer is configured, so only the page behind the button takes this word.',
  'foreign-message':
    'Usually nothing: an old copy of a message. If there are many and Latchkey did not write them, renew the bot token.',
  'try-again': 'If it happens again, check `latchkey status` and the log.',
}

export const vaultRemedies: Remedies<
  FailureCode | 'account-busy' | 'journal-unwritable' | 'not-configured' | 'database-busy'
> = {
  unreachable: 'Check `internalUrl`, the network and `caFile`. Nothing is lost: waiting uses up no try.',
  timeout: 'As above. Raise `timeoutSeconds` if the vault is only slow.',
  'not-a-vault':
    'Check that `internalUrl` leads to the vault and not to a proxy, and that the balancer knows the vault.',
  'too-large': 'Check what answers between Latchkey and the vault. If a folder is enormous, split it.',
  redirected: 'Set `internalUrl` to the target of the redirect, preferably the active node.',
  'rate-limited': 'Raise the vault’s quota for the address of Latchkey, or wait.',
  'login-limited':
    'As above, for the path of the bot’s login (`approleMount`). Until then nothing works at this vault.',
  sealed: 'Unseal the vault.',
  failing: 'Check the log of the vault.',
  denied: 'Run `latchkey doctor`, which names the capability. `latchkey vault setup --apply` rewrites the policy.',
  refused: 'Check the log of the vault; the log of Latchkey contains the path.',
  absent: 'Run `latchkey vault setup --dry-run`, which shows the missing mount, role or user.',
  'strange-answer': 'Check the version of the vault; the log of Latchkey contains the path.',
  'bad-credentials': 'Make a new secret_id: see *Rotating credentials*. Latchkey reads the files again automatically.',
  'login-denied':
    'Check that Latchkey is inside `--cidr`. On a mount that `vault setup` did not make, wrong tries may have locked the role.',
  'account-locked':
    'Somebody tries passwords on the userpass mount. Wait, or disable its lockout, as `vault setup` does.',
  'login-needs-mfa':
    'Exempt `userpassMount` and `approleMount` from the login enforcement: only Latchkey logs in there. `latchkey doctor` tries a login.',
  'database-busy':
    'End the program that locks the database file, such as a shell in a transaction. `latchkey status` shows since when.',
  'journal-unwritable':
    'Make the file at `journal` writable, and free space on its disk. Latchkey uses no name before the journal has it.',
  'not-configured':
    'Restore the integration until its access has ended, or end it by hand with `latchkey vault kill-all`.',
  'account-busy': 'Nothing: Latchkey retries the step.',
  'plan-changed': 'Make the request again: a mount was reconfigured since.',
  'not-offered': 'Check `include` and `exclude` of the integration.',
  'policy-differs': 'Find out who else writes policies with Latchkey’s prefix; then make the request again.',
  'user-differs': 'Find out who else writes users of `userpassMount`. Latchkey does not repeat the step.',
  'missing-at-vault': 'Find out who deleted the policy. The access ends; make a new request.',
  'still-works': 'Name the active node in `internalUrl`: a standby node may be slow, or cache.',
  'not-proven': 'As above. Latchkey keeps trying; see *When a revoke is stuck*.',
  'not-drawn': 'Report this bug with the log lines around it.',
  'too-late': 'Nothing: the access ended before the step was done.',
  'spent-unseen':
    'Somebody unwrapped it first. Treat what a person’s credential opens as known. Destroy a wrapped secret_id and make another.',
  'wrong-creation-path': 'Somebody replaced it. Treat that as an attack, and check the vault’s audit log.',
  'not-ours':
    'Check whether the database was restored or edited: it names a foreign object, which Latchkey does not touch.',
  'rights-missing': 'Run `latchkey doctor`, which names the missing right; `latchkey vault setup --apply` adds it.',
  'no-such-mount': 'Correct `kvMounts` or `transitMounts`, or create the mount. KV must be version 2.',
  'resource-gone': 'Nothing, if it was deleted on purpose.',
  'not-rotatable': 'Let Latchkey write to its credentials folder, or remove `rotateEvery`; see the log.',
}

export const signInRemedies: Remedies<Parameters<typeof signInFailure>[0]> = {
  unreachable: 'Check `signIn.issuer` and the network: `latchkey doctor` fetches the discovery document.',
  declined: 'Check that the issuer lets the person use this client. The person may also have cancelled.',
  'client-refused': 'Check `signIn.clientId` and `OIDC_CLIENT_SECRET`.',
  'code-refused':
    'Usually nothing: one answer was used twice. If it is frequent, check the redirect address at the issuer, and the clocks.',
  'other-issuer': 'Write `signIn.issuer` exactly as in the discovery document.',
  'auth-time-missing':
    'Let the issuer put `auth_time` into its ID tokens: at Entra, add it as an optional claim of the ID token. Until then nobody can press *It was me*.',
  'not-fresh':
    'Nothing was done: the issuer must ask for the password again (`prompt=login`). If it is frequent, check the clocks; else somebody may have tried to use another person’s session.',
  'claims-missing': 'Add the scope of the claim to `signIn.scopes`; for Entra, use `kind: entra`.',
  'other-tenant': 'Nothing was given. Register the client for your own tenant alone, and name that tenant’s issuer.',
  'not-proved': 'Nothing was given. If it is frequent, check the clocks and the issuer’s keys.',
}

export const auditMeanings: Remedies<AuditKind> = {
  'request-submitted': 'a request was made: items, reason, length, hash of the policy, owners',
  'request-approved': 'an owner approved, and what entitled that owner',
  'request-denied': 'an owner denied, with the reason',
  'items-denied': 'an owner denied their items, with the reason; the other items stay pending',
  'request-cancelled': 'the requester cancelled it, or it was closed because the requester is gone',
  'request-expired': 'nobody decided in time',
  'request-reminded': 'the requester reminded the owners, who are named',
  'request-rerouted': 'the owner changed at the vault; the new owners were asked',
  'owners-unreachable': 'no owner could be reached: who they are, and who may decide now',
  'access-provisioned': 'the policy was written to the vault and read back',
  'access-ending': 'the end was requested or came due: by whom, why',
  'access-ended': 'the end, with its proof and how long it took',
  'access-lapsed': 'the holder may no longer have it: why, and the time of a held-back end',
  'access-restored': 'the holder may have it again',
  'access-step-failed': 'a step at the vault failed: its code',
  'link-opened': 'a one-time link was drawn',
  'link-confirmed': 'somebody signed in for a link',
  'link-redeemed': 'a link was used',
  'link-misused': 'somebody else tried a link, or its credential was replaced or already used',
  'link-explained': 'the person of a link said that its alarm was their own doing',
  'credential-issued': 'a credential was minted: its accessor, never the credential',
  'credential-revealed': 'the page showed the token',
  'credential-failed': 'no credential could be minted',
  'credential-withdrawn': 'the credential was withdrawn, with the proof',
  'administrators-asked': 'somebody who may request nothing asked the owners of the integrations to be let in',
  'session-opened': 'a terminal or browser was signed in: its name, address and rights, and how the person proved it',
  'session-refused': 'a terminal or browser was refused: an unknown key, a used-up token, a replayed proof',
  'session-ended': 'a session of a terminal or browser ended, and why',
  refused: 'somebody was refused, where that matters for security',
  'leftover-removed': 'an object with a name of ours belonged to no access, and was removed',
  'access-missing': 'a policy disappeared from the vault',
  'directory-loaded': 'a people file took effect: its hash',
  'directory-rejected': 'a people file was invalid; the previous one stays',
  'removals-held': 'many people would have lost access at once: the ends wait for an operator, or 15 minutes',
  'removals-called-off': 'the people may keep their access, so nothing ended',
  'database-restored': 'a backup was restored: its head, and the head that it replaced',
  started: 'the server started',
}
