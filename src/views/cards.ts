import type { Decision } from '../domain/access-request.ts'
import type { Reach } from '../domain/card.ts'
import { shortId } from '../domain/ids.ts'
import { givenOf } from '../domain/request-items.ts'
import { isFolder } from '../domain/resource.ts'
import { type Seconds, secondsUntil } from '../domain/time.ts'
import { isFetched } from '../domain/workload.ts'
import { cardActions } from './card-actions.ts'
import type { CardContext } from './card-context.ts'
import { historyFields, partOf, runFields, waitsFor } from './card-facts.ts'
import { headlineOf, isHidden, isOwnerLike, namedOn } from './card-headline.ts'
import { quotesOf } from './card-quotes.ts'
import { toneOf } from './card-tone.ts'
import { refusalSentence } from './copy.ts'
import { endedBecause, endingText, grantNotes, type Named, proofNotes, type Subject } from './copy-states.ts'
import { durationText, plainText } from './copy-time.ts'
import { asSentence } from './copy-troubles.ts'
import { loginText, usedByLines, workloadNotes } from './copy-workloads.ts'
import { extendedText, followerText } from './extension.ts'
import { caveatNotes, folderNotes, nameNotes, outlastingNotes, reachNotes } from './item-notes.ts'
import { lentNotes } from './lent-notes.ts'
import { waitingNotes } from './reminder.ts'
import { itemLines } from './request-items.ts'
import { valueLines } from './rotation.ts'
import { usedText } from './use-text.ts'
import type { MessageView, Quote, Text } from './view-model.ts'

/**
 * The card of a request, for one audience: a first line, what else is worth knowing now, and small print. A card that a
 * newer one follows is only its first line. In a guarded channel items and reason are missing; the buttons answer the
 * owners only.
 */
export const requestCard = (subject: Subject, context: CardContext): MessageView => {
  const headline = headlineOf(subject, context)
  const lines = context.isFollowed ? [] : linesOf(subject, context)
  const isOpen = !context.isFollowed && !isHidden(context)
  return {
    title: '',
    tone: toneOf(subject),
    headline,
    lines,
    summary: summaryOf(subject, context, headline, lines),
    fields:
      isOpen && subject.request.state === 'pending' && isOwnerLike(context)
        ? [...runFields(subject.request), ...historyFields(context)]
        : [],
    quotes: isOpen ? quotesOf(subject, context) : [],
    notes: isOpen ? notesOf(subject, context) : [],
    ...(isOpen && codeOf(subject, context)),
    actions: context.isFollowed ? [] : cardActions(subject, context),
    small: context.isFollowed ? [] : smallPrint(subject, context),
  }
}

/** The sentence of a notification: who and what first, without free text. There the first line has no mark of what is new. */
const summaryOf = (subject: Subject, context: CardContext, headline: Text, lines: readonly Text[]): string => {
  const { audience } = context
  if (subject.request.state === 'pending' && isOwnerLike(context) && !isHidden(context)) {
    const who = headlineOf(subject, { ...context, own: [] }) // without the words that ask to decide
    return `${plainText(who)}.`
  }
  const isReady = audience === 'access' && subject.grant?.state === 'active'
  return `${isReady ? 'Your access is ready: ' : ''}${plainText(headline)}. ${lines.map(plainText).join(' ')}`.trim()
}

/** How it stands, in the order in which people ask. */
const linesOf = (subject: Subject, context: CardContext): Text[] => {
  const { request, grant } = subject
  const named = namedOn(subject, context)
  return [
    ...(isHidden(context)
      ? []
      : [...itemLines(subject, context.own), ...usedByLines(subject, namedOn(subject, context))]),
    ...extensionLines(subject, context),
    ...request.decisions.flatMap((decision) => decisionLine(subject, decision, context)),
    ...fetchedLines(subject, context),
    ...loginLines(subject, context),
    ...usedLines(subject, context),
    ...(request.state === 'pending' ? waitingLines(subject, context) : []),
    ...(request.state === 'expired' && !isOwnerLike(context) ? [['Ask again if it is still needed.']] : []),
    ...(grant?.state === 'revoking' ? [asSentence(endingText(grant, named))] : []),
    ...(grant?.state === 'ended' ? endedLines(subject, context) : []),
    ...(grant ? grantNotes(grant) : []),
  ]
}

/** The access before, and the one after. */
const extensionLines = ({ grant }: Subject, context: CardContext): Text[] => {
  const { extended, follower, audience } = context
  const isOver = grant !== undefined && grant.state !== 'provisioning' && grant.state !== 'active'
  const isNews = extended && !isOver && (!grant || extended.grant?.state === 'active')
  const named: Named = (id) => context.nameOf(id)
  return [
    ...(isNews ? [extendedText(extended, named)] : []),
    ...(follower ? [followerText(follower, audience === 'access')] : []),
  ]
}

const decisionLine = ({ request, grant }: Subject, decision: Decision, context: CardContext): Text[] => {
  if (grant?.state === 'ended' || request.state === 'denied') return []
  const verdict = decision.verdict === 'approve' ? 'Approved by ' : 'Denied by '
  const when: Text = isOwnerLike(context) ? [' ', { time: decision.at }] : []
  const part = isHidden(context) ? [] : partOf(request, decision)
  const length: Text = decision.duration === undefined ? [] : [shorterText(request, decision.duration)]
  return [[verdict, context.nameOf(decision.by), ...when, ...length, ...part, '.']]
}

/** For the holder: how a workload logs in that has nothing to fetch. */
const loginLines = ({ grant }: Subject, { login, audience }: CardContext): Text[] =>
  grant?.state === 'active' && login && audience === 'access' && !isFetched(grant.workload) ? [loginText(login)] : []

/** For the owners: whether the holder ever got a credential. */
const fetchedLines = ({ grant }: Subject, context: CardContext): Text[] => {
  const { isUnfetched } = context
  if (!grant || grant.state === 'provisioning' || isUnfetched === undefined || !isOwnerLike(context)) return []
  if (!isFetched(grant.workload)) return []
  if (grant.state !== 'active' && grant.because === 'provision-failed') return []
  if (!isUnfetched) return [['The credential was fetched.']]
  return [[grant.state === 'active' ? 'The credential is not fetched yet.' : 'The credential was never fetched.']]
}

/** For everybody who sees the items; nothing where nobody looks. */
const usedLines = ({ grant }: Subject, context: CardContext): Text[] => {
  if (!grant || !context.used || grant.state === 'provisioning' || isHidden(context)) return []
  if (grant.state !== 'active' && grant.because === 'provision-failed') return []
  return [usedText(context.used)]
}

const shorterText = ({ duration }: Subject['request'], approved: Seconds): string =>
  approved < duration ? `, for ${durationText(approved)} instead of ${durationText(duration)}` : ''

const waitingLines = ({ request }: Subject, context: CardContext): Text[] => {
  if (request.state !== 'pending') return []
  const length = durationText(secondsUntil(request.submittedAt, request.decideBy))
  const still = request.decisions.length > 0 ? 'Still waiting' : 'Waiting'
  const until: Text = [`${still} until `, { time: request.decideBy }, ` (${length})`]
  const open = isHidden(context) ? [] : waitsFor(request, context)
  if (open.length === 0) return [[...until, '.']]
  return open.map((owners, index) => (index === 0 ? [...until, ' for ', ...owners, '.'] : ['And for ', ...owners, '.']))
}

const endedLines = (subject: Subject, context: CardContext): Text[] => {
  const { grant } = subject
  if (grant?.state !== 'ended') return []
  const isFailed = grant.because === 'provision-failed' // the first line says so
  const reason: Text = isFailed ? [] : [...asSentence(endedBecause(grant, namedOn(subject, context))), '. ']
  const values = isHidden(context) ? [] : valueLines(context.rotations)
  return [[...reason, ...proofNotes(grant).flat()], ...values]
}

/** What a decision or an emergency needs besides. */
const notesOf = (subject: Subject, context: CardContext): Text[] => {
  const { request, grant } = subject
  const { bar, caveats, manualRevoke } = context
  const isForOwner = isOwnerLike(context)
  if (request.state === 'pending') {
    const items = givenOf(subject)
    return [
      ...request.items.flatMap(nameNotes),
      ...(isForOwner || items.some(isFolder) ? reachNotes(items) : []),
      ...folderNotes(items, context.lookEvery),
      ...outlastingNotes(context.outlasts),
      ...lentNotes(context.lent),
      ...workloadNotes(request),
      ...items.flatMap((item) => caveatNotes(item, caveats?.get(item))),
      ...wholeNotes(subject),
      ...(isForOwner && request.run ? [pipelineNote] : []),
      ...(context.audience === 'requester' ? waitingNotes(subject, context) : []),
      ...(isForOwner && bar ? [refusalSentence(bar)] : []),
    ]
  }
  if (grant?.state === 'active' && context.audience === 'access')
    return [
      ...folderNotes(grant.items, context.lookEvery),
      ...outlastingNotes(context.outlasts),
      ...lentNotes(context.lent),
    ]
  if (grant?.state === 'ended' && grant.because !== 'provision-failed') return outlastingNotes(context.outlasts)
  if (grant?.state === 'active' && isForOwner) return lentNotes(context.lent)
  const isByHand = grant?.state === 'revoking' && isForOwner && manualRevoke
  return isByHand ? [['If it is urgent, an administrator of the vault can end it by hand with:']] : []
}

const pipelineNote: Text = ['A pipeline asks, no person. Whoever can change its project can change what it does.']

/** What a denial means for the other items, while one is still possible. */
const wholeNotes = ({ request }: Subject): Text[] => {
  if (request.items.length === 1) return []
  return [
    request.allOrNothing
      ? ['It is wanted whole: one denial denies all of it.']
      : ['What one owner denies is left out, and the rest is given once its owners approve.'],
  ]
}

const codeOf = ({ grant }: Subject, context: CardContext): { code?: readonly string[] } =>
  grant?.state === 'active' && context.login && context.audience === 'access' && !isFetched(grant.workload)
    ? { code: context.login.commands }
    : byHand(grant, context)

const byHand = (grant: Subject['grant'], context: CardContext): { code?: readonly string[] } =>
  grant?.state === 'revoking' && isOwnerLike(context) && context.manualRevoke ? { code: [context.manualRevoke] } : {}

const guardText: { readonly [R in Exclude<Reach, 'inside'>]: string } = {
  outside: 'This channel is shared with another organisation, so this message omits the items and the reason.',
  unknown:
    'This message omits the items and the reason: Latchkey may not see whether another organisation shares this channel. An administrator can give the app the rights that its manifest names.',
}

/** The link, the reason once it is no quote any more, and the short number of the request. */
const smallPrint = (subject: Subject, context: CardContext): (Text | Quote)[] => {
  const { request, grant } = subject
  const isReasonAbove = request.state === 'pending' && isOwnerLike(context)
  const { reach, audience } = context
  return [
    ...(grant?.state === 'active' && !grant.lapse && audience === 'access' && isFetched(grant.workload)
      ? [linkText(context)]
      : []),
    ...(isHidden(context) ? [[guardText[reach === 'outside' ? 'outside' : 'unknown']]] : []),
    ...(isHidden(context) || isReasonAbove ? [] : [{ label: 'Why', text: request.reason }]),
    ['Request ', { code: shortId(request.id) }],
  ]
}

const linkText = ({ link, accessPage, isPage }: CardContext): Text => {
  if (isPage) return ['The page asks you to sign in, and has one button.']
  if (link) return ['The link works once, until ', { time: link.expiresAt }, '. A new one ends the old one.']
  return accessPage
    ? ['The page asks you to sign in, and has one button. For another device, get a link.']
    : ['The link works once, for a few minutes. Fetching again ends the earlier token.']
}
