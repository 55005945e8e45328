import type { FailureCode } from '../../src/connectors/vault/failure.ts'
import type { AuditKind } from '../../src/domain/audit-event.ts'
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
  'place-away': { code: 'place-away', place: 'kv/', since: timestamp(0), why: 'no-such-mount' },
  'no-such-permission': { code: 'no-such-permission', permission: 'write' },
  'reason-too-short': { code: 'reason-too-short', atLeast: 5 },
  'reason-too-long': { code: 'reason-too-long', atMost: 500 },
  'duration-not-offered': { code: 'duration-not-offered', longest: seconds(14_400) },
  'already-asked': { code: 'already-asked', state: 'pending' },
  'too-many-items': { code: 'too-many-items', most: 10 },
  'other-integration': { code: 'other-integration', integration: 'production' },
  'too-many-open': { code: 'too-many-open', most: 20 },
  'too-many-requests': { code: 'too-many-requests', most: 60, again: timestamp(Date.UTC(2026, 0, 31, 14)) },
  'too-many-searches': { code: 'too-many-searches' },
  'nobody-to-decide': { code: 'nobody-to-decide' },
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
  'requester-gone': { code: 'requester-gone' },
  'requester-removed': { code: 'requester-removed', integration: 'production' },
  rerouted: { code: 'rerouted' },
  'integration-removed': { code: 'integration-removed', integration: 'production' },
  'vault-unreachable': { code: 'vault-unreachable', trouble: 'sealed' },
  'access-not-active': { code: 'access-not-active', state: 'ended' },
  'link-unusable': { code: 'link-unusable' },
  'foreign-message': { code: 'foreign-message' },
  'try-again': { code: 'try-again' },
}

/** What an operator can do about each. */
export const refusalRemedies: Remedies<Refusal['code']> = {
  'unknown-person': 'Add the lines that the person was shown to the people file. It is read again within seconds.',
  'not-admitted': 'Nothing, for guests, bots and deactivated accounts. Another workspace: `slack.tenants`.',
  'not-a-requester': 'Add the person or their group to `requesters` of the integration.',
  'no-such-resource': 'It is gone from the vault, or its mount is not configured (`kvMounts`, `transitMounts`).',
  'cannot-be-granted': 'Rename the secret: a policy could not name it without naming more.',
  'not-offered': 'Its mount, or `include` and `exclude`, leave it out. Change them if it should be offered.',
  'place-away': '`latchkey doctor` names what is missing. The mount was removed, or the policy denies it.',
  'no-such-permission': 'Nothing: `read` for secrets; `encrypt`, `decrypt`, `sign`, `verify` for keys.',
  'reason-too-short': 'Nothing.',
  'reason-too-long': 'Nothing.',
  'duration-not-offered': 'Add the length to `durations`, if it should be offered.',
  'already-asked': 'Nothing.',
  'too-many-items': 'Nothing: several requests may be open at the same time.',
  'other-integration': 'Nothing: one request is for one integration.',
  'too-many-open': 'Raise `limits.openRequests`, if people really need more at once.',
  'too-many-requests': 'Raise `limits.requestsAnHour`; find out first what asks so often.',
  'too-many-searches': 'Raise `limits.searchesAMinute`, if people type faster than that.',
  'nobody-to-decide': 'Name more owners in `owner`, or add people to the group.',
  'no-such-request': 'Nothing; after a restored backup, the request has to be made again.',
  'own-request': 'Nothing: this has no exception.',
  'not-an-owner': 'Check the owner tag, `resourceOwner.allow` and the groups of the people file.',
  'already-decided-by-you': 'Nothing.',
  'part-decided': 'Nothing.',
  'part-changed': 'Nothing: the dialog shows what is to be decided now.',
  'plan-changed': 'Nothing: the mounts or Latchkey itself changed while the request waited. It has to be made again.',
  'not-pending': 'Nothing.',
  'deadline-passed': 'Raise `decideWithin`, if owners often come too late.',
  'note-required': 'Nothing.',
  'not-the-requester': 'Nothing.',
  'requester-gone': 'Put the person back into the people file, if they were removed by mistake.',
  'requester-removed': 'Put the person back among the `requesters`, if they were removed by mistake.',
  rerouted: 'Nothing: the new owners have a card.',
  'integration-removed':
    'Put the integration back until its access has ended, or end it by hand: `latchkey vault kill-all` prints how.',
  'vault-unreachable': '`latchkey doctor`. The request stays pending meanwhile.',
  'access-not-active': 'Nothing.',
  'link-unusable': 'Nothing: a link lives for minutes and works once.',
  'foreign-message':
    'Usually nothing: an old copy of a message. Many of them: look at the message; if Latchkey did not write it, renew the bot token.',
  'try-again': 'Should it come again: `latchkey status`, and the log.',
}

export const vaultRemedies: Remedies<
  FailureCode | 'account-busy' | 'journal-unwritable' | 'not-configured' | 'database-busy'
> = {
  unreachable: 'Check `internalUrl`, the network, `caFile`. Nothing is lost: waiting uses up no try.',
  timeout: 'As above; raise `timeoutSeconds` if the vault is only slow.',
  'not-a-vault':
    'Check that `internalUrl` leads to the vault and not to a page of a proxy, and that the balancer knows the vault.',
  'too-large': 'Something between Latchkey and the vault answers, or a folder is enormous. Split the folder.',
  redirected: 'Set `internalUrl` to where it redirects, best the active node itself.',
  'rate-limited': 'Raise the quota of the vault for the address of Latchkey, or wait.',
  'login-limited': 'As above, for the path of the bot’s login: `approleMount`. Nothing at this vault works before.',
  sealed: 'Unseal the vault.',
  failing: 'Look at the log of the vault.',
  denied: 'Run `latchkey doctor`: it names the capability. `latchkey vault setup --apply` writes the policy anew.',
  refused: 'Look at the log of the vault; the log of Latchkey has the path.',
  absent: 'A mount, role or user was removed. `latchkey vault setup --dry-run` shows what is missing.',
  'strange-answer': 'Check the version of the vault; the log of Latchkey has the path.',
  'bad-credentials': 'Make a new secret_id: see *Rotating credentials*. Latchkey reads the files again by itself.',
  'login-denied':
    'Latchkey’s own login is denied: it comes from outside `--cidr`, or wrong tries locked the role (not on a mount made by `vault setup`).',
  'account-locked':
    'Somebody tries passwords on the userpass mount. Wait, or switch its lockout off, as `vault setup` does.',
  'login-needs-mfa':
    'A login enforcement asks for a second factor at the mount where only Latchkey logs in. Exempt `userpassMount` (and `approleMount`) from it: `latchkey doctor` tries a login there.',
  'database-busy':
    'End what writes to the database file, such as a shell in a transaction; `latchkey status` says since when.',
  'journal-unwritable':
    'Make the file at `journal` writable, and free space on its disk. No name is used before it stands there.',
  'not-configured':
    'Put the integration back until its access has ended, or end it by hand: `latchkey vault kill-all` prints how.',
  'account-busy': 'Nothing: the step is tried again.',
  'plan-changed': 'A mount was reconfigured after the request was made. Ask again.',
  'not-offered': 'See above: `include` and `exclude` of the integration.',
  'policy-differs': 'Somebody else writes policies under the prefix of Latchkey. Find out who; ask again.',
  'user-differs': 'Somebody else writes users of `userpassMount`. Find out who; the step is not repeated by itself.',
  'missing-at-vault': 'Somebody deleted the policy. The access ends; ask again.',
  'still-works': 'A standby node is slow, or caches. Name the active node in `internalUrl`.',
  'not-proven': 'As above. Latchkey keeps trying; *When a revoke is stuck* says what you can do.',
  'not-drawn': 'A bug: report it with the log lines around it.',
  'too-late': 'Nothing: the access was over before the step was done.',
  'spent-unseen':
    'Somebody opened it first. For a person’s credential: treat the secret as seen. For the wrapped secret_id: destroy it and make another.',
  'wrong-creation-path': 'Somebody exchanged it. Treat it as an attack: look into the audit log of the vault.',
  'not-ours': 'The database names something foreign, which Latchkey does not touch. Was it restored or edited?',
  'rights-missing': '`latchkey doctor` names what is missing; `latchkey vault setup --apply` repairs it.',
  'no-such-mount': 'Correct `kvMounts` or `transitMounts`, or make the mount. KV has to be version 2.',
  'resource-gone': 'Nothing, if it was deleted on purpose.',
  'not-rotatable': 'Let Latchkey write the folder of its credentials, or drop `rotateEvery`; see the log.',
}

export const signInRemedies: Remedies<Parameters<typeof signInFailure>[0]> = {
  unreachable: 'Check `signIn.issuer` and the network: `latchkey doctor` fetches the discovery document.',
  declined: 'The person turned back, or the issuer does not let them use this client.',
  'client-refused': 'Check `signIn.clientId` and `OIDC_CLIENT_SECRET`.',
  'code-refused':
    'Usually a second use of one answer. Often: check the redirect address at the issuer, and the clocks.',
  'other-issuer': 'Write `signIn.issuer` exactly as the discovery document has it.',
  'claims-missing': 'Add the scope that brings the claim to `signIn.scopes`; for Entra, use `kind: entra`.',
  'not-proved': 'Nothing was given. If it happens often: check the clocks and the keys of the issuer.',
}

export const auditMeanings: Remedies<AuditKind> = {
  'request-submitted': 'a request was made: items, reason, length, hash of the policy, owners',
  'request-approved': 'an owner approved, with what entitled them',
  'request-denied': 'an owner denied, with the reason',
  'items-denied': 'an owner denied their items, with the reason; the rest goes on',
  'request-cancelled': 'the requester took it back, or it was closed because they are gone',
  'request-expired': 'nobody decided in time',
  'request-rerouted': 'the owner changed at the vault; the new ones were asked',
  'owners-unreachable': 'no owner could be written to: who, and who may decide now',
  'access-provisioned': 'the policy is at the vault, read back',
  'access-ending': 'the end was asked for or came due: by whom, why',
  'access-ended': 'the end, with its proof and how long it took',
  'access-lapsed': 'its holder may not have it any more: why, and when it ends if that is held back',
  'access-restored': 'its holder may have it after all',
  'access-step-failed': 'a step at the vault failed: its code',
  'link-opened': 'a one-time link was drawn',
  'link-confirmed': 'somebody signed in for a link',
  'link-redeemed': 'a link was used',
  'link-misused': 'somebody else tried a link, or its credential was exchanged or spent',
  'credential-issued': 'a credential was minted: its accessor, never the credential',
  'credential-revealed': 'its token was shown on the page',
  'credential-failed': 'none could be minted',
  'credential-withdrawn': 'it was taken back, with the proof',
  refused: 'somebody was told no, where that matters for security',
  'leftover-removed': 'something under our names belonged to no access, and was removed',
  'access-missing': 'a policy vanished from the vault',
  'directory-loaded': 'a people file came into force: its hash',
  'directory-rejected': 'a people file was invalid; the one before stays',
  'removals-held': 'many would have lost access at once: their ends wait for an operator, or 15 minutes',
  'removals-called-off': 'they may have it after all, so nothing ended',
  'database-restored': 'a backup was put back: from which head, over which',
  started: 'the server started',
}
