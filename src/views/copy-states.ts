import type { AccessRequest, CloseReason } from '../domain/access-request.ts'
import type { EndReason, Grant, Proof } from '../domain/grant.ts'
import { type PersonId, personId } from '../domain/ids.ts'
import type { Party } from '../domain/integration.ts'
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

/** The state of a request in words. */
export const requestStateText = (request: AccessRequest, nameOf: NameOf): Text => {
  switch (request.state) {
    case 'pending':
      return ['Waiting for a decision until ', { time: request.decideBy }]
    case 'approved':
      return ['Approved ', { time: request.at }]
    case 'denied':
      return ['Denied by ', nameOf(request.by), ' ', { time: request.at }]
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
export const grantStateText = (grant: Grant, nameOf: NameOf): Text => {
  const trouble: Text = grant.trouble ? [' ', ...troubleText(grant.trouble, grant.dueAt)] : []
  switch (grant.state) {
    case 'provisioning':
      return ['Approved, being set up at the vault.', ...lapseText(grant), ...trouble]
    case 'active':
      return [
        'Active until ',
        { time: grant.expiresAt },
        ...(isShortened(grant)
          ? [`, because the vault lets no token live longer, though ${durationText(grant.duration)} was approved`]
          : []),
        ...(grant.withdraw ? withdrawingText : []),
        ...(grant.lapse && !grant.withdraw ? ['.'] : []),
        ...lapseText(grant),
        ...trouble,
      ]
    case 'revoking':
      return [...endingText(grant, nameOf), ...trouble]
    case 'ended':
      return endedText(grant, nameOf)
    default:
      return grant satisfies never
  }
}

/** Why the grant gives no new credential and when it ends, as the continuation of a sentence. */
const lapseText = ({ lapse }: Grant): Text => {
  if (!lapse) return []
  const end: Text =
    lapse.endsAt === undefined ? [] : [', and it ends ', { time: lapse.endsAt }, ' unless that is called off']
  return [` No new credential is given, ${endingBecauseText[lapse.why]}`, ...end, '.']
}

const withdrawingText: Text = ['. The credential handed out last is being withdrawn; this is not yet proved.']

const closedText = {
  'person-removed': 'the requester is no longer in the people file',
  'account-deactivated': 'the account of the requester was deactivated',
} satisfies { [Reason in CloseReason]: string }

const endingText = (grant: Grant & { state: 'revoking' }, nameOf: NameOf): Text => [
  'Ending, ',
  ...(grant.by ? ['as ', nameOf(grant.by), ' asked'] : [endingBecauseText[grant.because]]),
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
  'person-removed': 'as its holder is no longer in the people file',
  'account-deactivated': 'as the account of its holder was deactivated',
  'requester-removed': 'as its holder may no longer request from there',
  'not-offered': 'as the configuration does not offer it any more',
} satisfies { [Reason in EndReason]: string }

const endedText = (grant: Grant & { state: 'ended' }, nameOf: NameOf): Text => [
  'Ended ',
  { time: grant.at },
  `: ${endReasonText[grant.because]}`,
  ...(grant.by ? [' by ', nameOf(grant.by)] : grant.because === 'revoked' ? [' by an operator of Latchkey'] : []),
  '.',
  ...(grant.proof ? [` ${proofText(grant.proof)}`] : []),
]

/** Why access ended, as the continuation after a colon. */
export const endReasonText = {
  expired: 'its time was up',
  'given-back': 'given back',
  revoked: 'revoked',
  'provision-failed': 'it could not be set up',
  'link-misused': 'its one-time link was misused',
  'missing-at-vault': 'it was gone from the vault',
  'altered-at-vault': 'somebody had changed it at the vault',
  'person-removed': 'its holder was no longer in the people file',
  'account-deactivated': 'the account of its holder had been deactivated',
  'requester-removed': 'its holder might no longer request from there',
  'not-offered': 'the configuration did not offer it any more',
} satisfies { [Reason in EndReason]: string }

/** How the end was proved, and how strong the proof is. */
export const proofText = ({ means, latency }: Proof): string => {
  const after = latencyText(latency)
  switch (means) {
    case 'canary':
      return `Proved: a test login with the same access worked before the end, and was refused ${after} after it.`
    case 'login':
      return `Proved: a test login with the same access, made after the end, was refused ${after} after it.`
    case 'accessor':
      return `Proved: the vault ended the token itself, ${after} after the start of the end.`
    case 'readback':
      return `Confirmed: ${after} later the vault no longer had the policy; no test login was made.`
    default:
      return means satisfies never
  }
}

/** The rule that chose the owners. */
const ruleText = {
  pinned: 'pinned in the configuration',
  tag: 'named by the owner tag of the resource',
  integration: 'owners of the integration',
  unreachable: 'the owners of the integration too, because the others cannot be reached',
} satisfies { [By in RoutedBy]: string }

/** A party in words: a person or a group by name. */
export const partyText = (party: Party, nameOf: NameOf): Span => {
  const name = party.slice(party.indexOf(':') + 1)
  return party.startsWith('person:') ? nameOf(personId(name)) : { code: `group ${name}` }
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
