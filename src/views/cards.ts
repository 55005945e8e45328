import type { AccessRequest, Decision } from '../domain/access-request.ts'
import { type Audience, isGuarded, type Reach } from '../domain/card.ts'
import { approvalsOf, decidedBy, givenOf, itemsAt } from '../domain/request-items.ts'
import type { Positions } from '../domain/routing.ts'
import { cardActions } from './card-actions.ts'
import type { CardContext } from './card-context.ts'
import { quotesOf } from './card-quotes.ts'
import { refusalSentence } from './copy.ts'
import { grantStateText, type NameOf, requestStateText, requirementText, type Subject } from './copy-states.ts'
import { durationText, plainText } from './copy-time.ts'
import { caveatNotes, nameNotes, reachNotes } from './item-notes.ts'
import { lengthText } from './length-text.ts'
import type { PeopleOf } from './people-names.ts'
import { waitingNotes } from './reminder.ts'
import { itemFields, itemsText, pathsText } from './request-items.ts'
import type { MessageView, Text, Tone } from './view-model.ts'

/** The card of a request, for one audience. */
export const requestCard = (subject: Subject, context: CardContext): MessageView => {
  const { request } = subject
  if (context.audience === 'channel' && isGuarded(context.reach ?? 'unknown')) return guardedCard(subject, context)
  const state = stateText(subject, context.nameOf)
  const ask = askText(request, context.nameOf)
  return {
    title: titleOf(subject, context.audience),
    tone: toneOf(subject),
    summary: `${plainText(ask)} ${plainText(state)}`,
    fields: [
      { label: 'Who', value: [context.nameOf(request.requester)] },
      ...itemFields(subject, context.own),
      { label: 'Where', value: [{ code: request.integration }] },
      { label: 'How long', value: [lengthText(subject)] },
      ...decisionFields(subject, context),
      ...historyFields(context),
      { label: 'State', value: state },
    ],
    quotes: quotesOf(subject, context),
    notes: notesOf(subject, context),
    ...codeOf(subject, context),
    actions: cardActions(subject, context),
  }
}

/**
 * A card for a channel that another organisation reads or may read: it shows neither items nor reason. Its buttons
 * answer the owners only.
 */
const guardedCard = (subject: Subject, context: CardContext): MessageView => {
  const { request } = subject
  const state = stateText(subject, context.nameOf)
  const length = lengthText(subject)
  return {
    title: titleOf(subject, context.audience),
    tone: toneOf(subject),
    summary: `${context.nameOf(request.requester).person} asks for access for ${durationText(request.duration)}. ${plainText(state)}`,
    fields: [
      { label: 'Who', value: [context.nameOf(request.requester)] },
      { label: 'Where', value: [{ code: request.integration }] },
      { label: 'How long', value: [length] },
      { label: 'State', value: state },
    ],
    quotes: [],
    notes: [guardText[context.reach === 'outside' ? 'outside' : 'unknown'], ['Request ', { code: request.id }]],
    actions: cardActions(subject, context),
  }
}

const guardText: { readonly [R in Exclude<Reach, 'inside'>]: Text } = {
  outside: ['This channel is shared with another organisation, so this message omits the items and the reason.'],
  unknown: [
    'This message omits the items and the reason: Latchkey may not see whether another organisation shares this channel. An administrator can give the Slack app the scopes of its manifest.',
  ],
}

/** The state of the grant once there is one, else of the request. */
export const stateText = ({ request, grant }: Subject, nameOf: NameOf): Text =>
  grant ? grantStateText(grant, nameOf) : requestStateText(request, nameOf)

const askText = (request: AccessRequest, nameOf: NameOf): Text => [
  nameOf(request.requester),
  ' asks for ',
  ...itemsText(request.items),
  ` for ${durationText(request.duration)}.`,
]

const titles = {
  pending: { owner: 'Access request: please decide', other: 'Access request: waiting' },
  denied: 'Request denied',
  cancelled: 'Request cancelled',
  expired: 'Request expired',
  provisioning: 'Approved, being set up',
  active: { access: 'Your access is ready', other: 'Access is active' },
  revoking: 'Access is ending, not yet proved',
  failed: 'Access could not be set up',
  ended: 'Access has ended',
} as const

const titleOf = ({ request, grant }: Subject, audience: Audience): string => {
  if (grant) {
    if (grant.state === 'active') return audience === 'access' ? titles.active.access : titles.active.other
    if (grant.state === 'ended') return grant.because === 'provision-failed' ? titles.failed : titles.ended
    return titles[grant.state]
  }
  if (request.state === 'approved') return titles.provisioning
  if (request.state !== 'pending') return titles[request.state]
  return audience === 'owner' ? titles.pending.owner : titles.pending.other
}

const toneOf = ({ request, grant }: Subject): Tone => {
  if (grant) {
    if (grant.state === 'active') return 'good'
    if (grant.state === 'ended') return grant.because === 'provision-failed' ? 'bad' : 'neutral'
    return grant.trouble ? 'bad' : 'waiting'
  }
  switch (request.state) {
    case 'pending':
    case 'approved':
      return 'waiting'
    case 'denied':
      return 'bad'
    case 'cancelled':
    case 'expired':
      return 'neutral'
    default:
      return request satisfies never
  }
}

type Field = MessageView['fields'][number]

const decisionFields = ({ request }: Subject, { audience, nameOf, peopleOf }: CardContext): Field[] => {
  const others: PeopleOf = (party) => (peopleOf?.(party) ?? []).filter((person) => person !== request.requester)
  const isNamed = audience === 'requester' && request.state === 'pending'
  const label = request.state === 'pending' ? 'Who decides' : 'Owners'
  return [
    ...request.requirements.map((requirement) => ({
      label,
      value: [
        ...requirementText(requirement, approvalsOf(request, requirement), nameOf, isNamed ? others : undefined),
        ...partText(request, requirement.for ?? []),
      ],
    })),
    ...request.decisions.map((decision) => ({
      label: decision.verdict === 'approve' ? 'Approved' : 'Denied',
      value: [
        ...[nameOf(decision.by), ' ', { time: decision.at }],
        ...(decision.duration === undefined ? [] : [`, for ${durationText(decision.duration)}`]),
        ...partText(request, decidedPart(request, decision)),
      ],
    })),
  ]
}

/** The items in question, when these are not all. */
const partText = (request: AccessRequest, positions: Positions): Text =>
  positions.length === 0 ? [] : [', for ', ...pathsText(itemsAt(request, positions).map(({ path }) => path))]

const decidedPart = (request: AccessRequest, decision: Decision): Positions =>
  decision.part ? decidedBy(request, decision) : []

const historyFields = ({ audience, heldRecently = [], alsoHeldBy = [], nameOf }: CardContext): Field[] => {
  if (audience !== 'owner' && audience !== 'channel') return []
  const recent = heldRecently
    .slice(0, 3)
    .flatMap((subject, index) => [
      ...(index === 0 ? [] : ['; ']),
      ...itemsText(givenOf(subject)),
      ', asked ',
      { time: subject.request.submittedAt },
    ])
  const others = alsoHeldBy
    .slice(0, 5)
    .flatMap((subject, index) => [
      ...(index === 0 ? [] : ['; ']),
      nameOf(subject.request.requester),
      ...(subject.grant?.state === 'active' ? [' until ', { time: subject.grant.expiresAt }] : []),
    ])
  return [
    ...(recent.length > 0 ? [{ label: 'Requester’s recent access', value: recent }] : []),
    ...(others.length > 0 ? [{ label: 'Others who have it now', value: others }] : []),
  ]
}

const notesOf = (subject: Subject, context: CardContext): Text[] => {
  const { audience, bar, caveats, link, manualRevoke } = context
  const { request, grant } = subject
  const items = givenOf(subject)
  const notes: Text[] = [
    ...request.items.flatMap(nameNotes),
    ...(request.state === 'pending' && isOwnerLike(audience) ? reachNotes(items) : []),
    ...items.flatMap((item) => caveatNotes(item, caveats?.get(item))),
    ...wholeNotes(subject),
    ...(audience === 'requester' ? waitingNotes(subject, context) : []),
    ...(isOwnerLike(audience) || audience === 'requester' ? [['Request ', { code: request.id }]] : []),
  ]
  if (request.state === 'pending' && isOwnerLike(audience) && bar) notes.push(refusalSentence(bar))
  if (grant?.state === 'active' && !grant.lapse && audience === 'access') {
    notes.push(
      link
        ? [
            'The link works once, until ',
            { time: link.expiresAt },
            '. Press the button for a new one; the old one then stops working.',
          ]
        : [
            'The button gives you a link that works once, for a few minutes. You can press it again while you have access.',
          ],
    )
  }
  if (grant?.state === 'active' && !grant.lapse && audience === 'requester') {
    notes.push(['Your link button is in a newer message here.'])
  }
  if (grant?.state === 'revoking' && isOwnerLike(audience) && manualRevoke) {
    notes.push(['If it is urgent, an administrator of the vault can end it by hand with:'])
  }
  return notes
}

/** What a denial means for the other items, while one is still possible. */
const wholeNotes = ({ request }: Subject): Text[] => {
  if (request.state !== 'pending' || request.items.length === 1) return []
  return [
    request.allOrNothing
      ? ['It is wanted whole: one denial denies all of it.']
      : ['What one owner denies is left out, and the rest is given once its owners approve.'],
  ]
}

const codeOf = ({ grant }: Subject, { audience, manualRevoke }: CardContext): { code?: readonly string[] } =>
  grant?.state === 'revoking' && isOwnerLike(audience) && manualRevoke ? { code: [manualRevoke] } : {}

const isOwnerLike = (audience: Audience): boolean => audience === 'owner' || audience === 'channel'
