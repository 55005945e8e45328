import type { AccessRequest, CloseReason } from '../domain/access-request.ts'
import type { EndReason, Grant, Proof } from '../domain/grant.ts'
import { isOwed } from '../domain/grant-trouble.ts'
import { type PersonId, personId } from '../domain/ids.ts'
import type { Party } from '../domain/integration.ts'
import type { Lapse } from '../domain/lapse.ts'
import { proofVerb } from '../domain/proof.ts'
import type { Requirement, RoutedBy } from '../domain/routing.ts'
import { isShortened } from '../domain/shortened-grant.ts'
import { durationText, latencyText } from './copy-time.ts'
import { troubleText } from './copy-troubles.ts'
import { namesText, type PeopleOf } from './people-names.ts'
import type { Span, Text } from './view-model.ts'

/** A request with its grant, if it has one. */
export type Subject = { readonly request: AccessRequest; readonly grant?: Grant }

/** Names a person; a person who has left the directory is named by the key alone. */
export type NameOf = (id: PersonId) => Extract<Span, { person: string }>

/** The same in a sentence, where a reader may be "you". */
export type Named = (id: PersonId) => Span

/** The state of the grant once there is one, else of the request. */
export const stateText = ({ request, grant }: Subject, named: Named): Text =>
  grant ? grantStateText(grant, named) : requestStateText(request, named)

/** The state of a request in words. */
const requestStateText = (request: AccessRequest, named: Named): Text => {
  switch (request.state) {
    case 'pending':
      return ['Waiting for a decision until ', { time: request.decideBy }]
    case 'approved':
      return ['Approved ', { time: request.at }]
    case 'denied':
      return ['Denied by ', named(request.by), ' ', { time: request.at }]
    case 'cancelled':
      return request.because === undefined
        ? ['Cancelled by the requester ', { time: request.at }]
        : ['Closed ', { time: request.at }, `: ${closedText[request.because]}.`]
    case 'expired':
      return ['Expired ', { time: request.at }, ': nobody decided in time. Ask again if it is still needed.']
    default:
      return request satisfies never
  }
}

/** The state of access in words. An ending grant is called revoked only after the proof. */
export const grantStateText = (grant: Grant, named: Named): Text => {
  switch (grant.state) {
    case 'provisioning':
      return ['Approved, being set up at the vault.', ...appended(grantNotes(grant))]
    case 'active': {
      const notes = grantNotes(grant)
      return ['Active until ', { time: grant.expiresAt }, ...(notes.length > 0 ? ['.', ...appended(notes)] : [])]
    }
    case 'revoking':
      return ['Ending, ', ...endingText(grant, named), ...appended(grantNotes(grant))]
    case 'ended':
      return ['Ended ', { time: grant.at }, ': ', ...endedBecause(grant, named), '.', ...appended(proofNotes(grant))]
    default:
      return grant satisfies never
  }
}

const appended = (notes: readonly Text[]): Text => notes.flatMap((note) => [' ', ...note])

/** What is special about a grant that has not ended, a sentence each. */
export const grantNotes = (grant: Grant): readonly Text[] => [
  ...(grant.state === 'active' && isShortened(grant)
    ? [[`The vault lets no token live longer, though ${durationText(grant.duration)} was approved.`]]
    : []),
  ...(grant.state === 'active' && grant.withdraw ? [withdrawingText] : []),
  ...(grant.lapse ? [lapseText(grant.lapse)] : []),
  ...(grant.trouble ? [troubleText(grant.trouble, isOwed(grant) ? grant.dueAt : undefined)] : []),
]

/** Why the grant gives no new credential and when it ends. */
const lapseText = (lapse: Lapse): Text => {
  const end: Text =
    lapse.endsAt === undefined ? [] : [', and it ends ', { time: lapse.endsAt }, ' unless that is called off']
  return [`No new credential is given, ${endingBecauseText[lapse.why]}`, ...end, '.']
}

const withdrawingText: Text = ['The credential handed out last is being withdrawn; this is not yet proved.']

/** Why Latchkey itself closed a request, as the continuation after a colon. */
export const closedText = {
  'person-removed': 'the requester is no longer in the people file',
  'account-deactivated': 'the account of the requester was deactivated',
} satisfies { [Reason in CloseReason]: string }

/** Why access ends, that it is not proved yet, and until when it may work, as the continuation of a sentence. */
export const endingText = (grant: Grant & { state: 'revoking' }, named: Named): Text => [
  ...(grant.by ? ['as ', named(grant.by), ' asked'] : [endingBecauseText[grant.because]]),
  ': not yet revoked, ',
  ...(grant.expiresAt === undefined
    ? ['though nobody ever got a credential for it, ']
    : ['may work until ', { time: grant.expiresAt }, ', ']),
  'retrying until the end is proved.',
]

const endingBecauseText = {
  expired: 'as its time is up',
  'given-back': 'as its holder asked',
  // For an owner's press, the text names the owner.
  revoked: 'as an operator of Latchkey asked',
  'provision-failed': 'as it could not be set up',
  'link-misused': 'as its one-time link was misused',
  'missing-at-vault': 'as it vanished from the vault',
  'altered-at-vault': 'as somebody changed it at the vault',
  'not-narrowable': 'as no policy can leave out what is new beneath its folder',
  'person-removed': 'as its holder is no longer in the people file',
  'account-deactivated': 'as the account of its holder was deactivated',
  'requester-removed': 'as its holder may no longer request from there',
  'not-offered': 'as the configuration does not offer it any more',
} satisfies { [Reason in EndReason]: string }

/** Why and by whom access ended, such as "revoked by …". */
export const endedBecause = (grant: Grant & { state: 'ended' }, named: Named): Text => [
  endReasonText[grant.because],
  ...(grant.by ? [' by ', named(grant.by)] : grant.because === 'revoked' ? [' by an operator of Latchkey'] : []),
]

/** How the end was proved. Where nothing was made there is nothing to prove. */
export const proofNotes = ({ proof, handle, workload }: Grant & { state: 'ended' }): readonly Text[] => {
  if (!proof) return []
  if (workload && proof.means === 'readback' && handle !== undefined) return [[roleGone]]
  return [[proof.means === 'readback' && handle === undefined ? nothingMade : proofText(proof)]]
}

const roleGone =
  'Checked: the vault no longer has its policy or its role. Nobody but the workload could try a login, so none was tried.'

const nothingMade = 'Nothing had been made at the vault.'

/** Why access ended, as the continuation after a colon. */
export const endReasonText = {
  expired: 'its time was up',
  'given-back': 'given back',
  revoked: 'revoked',
  'provision-failed': 'it could not be set up',
  'link-misused': 'its one-time link was misused',
  'missing-at-vault': 'it was gone from the vault',
  'altered-at-vault': 'somebody had changed it at the vault',
  'not-narrowable': 'no policy could leave out what was new beneath its folder',
  'person-removed': 'its holder was no longer in the people file',
  'account-deactivated': 'the account of its holder had been deactivated',
  'requester-removed': 'its holder might no longer request from there',
  'not-offered': 'the configuration did not offer it any more',
} satisfies { [Reason in EndReason]: string }

/** What was done to prove the end. Only a refused login is called a proof. */
export const proofText = ({ means, latency, lent }: Proof): string => {
  if (lent) return lentProofText({ means, latency })
  switch (means) {
    case 'canary':
    case 'login':
      return `Proved: a test login with the same rights was refused after ${latencyText(latency)}.`
    case 'accessor':
      return 'Checked: the vault no longer has its policy or its tokens.'
    case 'readback':
      return 'Checked: the vault no longer has its policy.'
    default:
      return means satisfies never
  }
}

/** The same where Latchkey only lends: there is no login, and the policy stays for others. */
const lentProofText = ({ means, latency }: Pick<Proof, 'means' | 'latency'>): string =>
  proofVerb({ means }) === 'proved'
    ? `Proved: a trial token with the same rights was refused after ${latencyText(latency)}.`
    : 'Checked: the vault no longer has any token of it.'

/** The rule that chose the owners. */
const ruleText = {
  pinned: 'pinned in the configuration',
  tag: 'named by the owner tag of the resource',
  integration: 'owners of the integration',
  unreachable: 'the owners of the integration too, because the others cannot be reached',
  reach: 'owners of the integration, because the policy opens more than was asked for',
} satisfies { [By in RoutedBy]: string }

/** A party in words: a person or a group by name. */
export const partyText = (party: Party, named: Named): Span => {
  const name = party.slice(party.indexOf(':') + 1)
  return party.startsWith('person:') ? named(personId(name)) : { code: `group ${name}` }
}

/** The members of a group, before its name. */
const membersText = (party: Party, nameOf: NameOf, peopleOf: PeopleOf | undefined): Text => {
  const people = party.startsWith('group:') ? (peopleOf?.(party) ?? []) : []
  return people.length === 0 ? [] : [...namesText(people, nameOf), ', of ']
}

/** Who decides and by which rule, with the number of approvals so far; `peopleOf` names the members of groups. */
export const requirementText = (requirement: Requirement, given: number, nameOf: NameOf, peopleOf?: PeopleOf): Text => {
  const owners = requirement.owners.flatMap((party, index) => [
    ...(index === 0 ? [] : [' or ']),
    ...membersText(party, nameOf, peopleOf),
    partyText(party, nameOf),
  ])
  const count = requirement.approvals > 1 ? `, ${given} of ${requirement.approvals} approvals so far` : ''
  return [...owners, ` (${ruleText[requirement.by]})${count}`]
}
