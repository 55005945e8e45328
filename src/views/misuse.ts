import type { Notice } from '../domain/card.ts'
import {
  alarmedAt,
  canExplain,
  explanationOf,
  type FetchLink,
  type LinkExplanation,
  openAlarms,
} from '../domain/fetch-link.ts'
import type { Grant } from '../domain/grant.ts'
import { isWithdrawing } from '../domain/grant-trouble.ts'
import { giveBackAction, isRunning, linkAction, openAccessAction, revokeAction, unstyled } from './card-actions.ts'
import type { CardContext } from './card-context.ts'
import { type Subject, stateText } from './copy-states.ts'
import type { Action, Span, Text, Tone } from './view-model.ts'

type Misuse = Extract<Notice, { about: 'link-misused' }>
type How = Misuse['how']
type Context = Omit<CardContext, 'audience'>
type News = {
  readonly title: string
  readonly tone: Tone
  readonly text: Text
  readonly after: readonly Text[]
  readonly actions: readonly Action[]
}

const titles = {
  'other-browser': 'one-time link was opened in two browsers',
  reported: 'one-time link was reported',
  'other-person': 'one-time link was opened by another person',
  'wrong-creation-path': 'one-time credential was replaced',
  'spent-unseen': 'one-time credential was used by somebody else',
} satisfies { [Each in How]: string }

/** The alarm of a link, for its holder or an owner. It says what is true now, so its words change with the rows. */
export const misuseNews = (notice: Misuse, context: Context, subject?: Subject): News => {
  const { how } = notice
  const { misusedLink: link, isHolder = false } = context
  const grant = subject?.grant
  const said = link && explanationOf(link, how)
  const isClear = said !== undefined
  const state = credentialState(notice, context, grant)
  const whose = isHolder ? 'your' : 'a'
  return {
    title: isClear ? `Cleared up: ${whose} ${titles[how]}` : `${isHolder ? 'Your' : 'A'} ${titles[how]}`,
    tone: isClear || grant?.state === 'ended' ? 'neutral' : how === 'other-person' ? 'waiting' : 'bad',
    text: whatHappened(how, link, isHolder),
    after: [state.text, ...(said ? explained(said, context) : whatNow(notice, context, grant))],
    actions: actionsOf(how, context, grant),
  }
}

const whatHappened = (how: How, link: FetchLink | undefined, isHolder: boolean): Text => {
  const used: Text = link?.redeemedAt === undefined ? [' was used'] : [' was used ', { time: link.redeemedAt }]
  const alarm = link && alarmedAt(link, how)
  const then: Text = alarm === undefined ? [] : [' ', { time: alarm }]
  const it = isHolder ? 'Your one-time link' : 'The one-time link'
  switch (how) {
    case 'other-browser':
      return [it, ...used, ', and pressed again', ...then, ' in another browser.']
    case 'reported':
      return [it, ...used, '. Somebody opened it later and reported', ...then, ' that they had not used it.']
    case 'other-person':
      return [
        `Somebody opened ${isHolder ? 'your' : 'the'} one-time link`,
        ...then,
        ` and signed in as another person than ${isHolder ? 'you' : 'its holder'}.`,
      ]
    case 'wrong-creation-path':
      return ['The one-time credential was not made by Latchkey: somebody replaced it.']
    case 'spent-unseen':
      return [`The one-time credential was already used when ${isHolder ? 'you' : 'its holder'} wanted to use it.`]
    default:
      return how satisfies never
  }
}

type State = { readonly text: Text; readonly isSettled: boolean }

/** The present state of the link's credential. */
const credentialState = (
  { how, revoked }: Misuse,
  { misusedLink: link }: Pick<Context, 'misusedLink'>,
  grant: Grant | undefined,
): State => {
  const ended: Text = grant?.state === 'ended' ? [' The access ended ', { time: grant.at }, '.'] : []
  const credential = link?.credential
  if (how === 'other-person') return settled('That person got nothing.', ...ended)
  if (credential?.state === 'withdrawn') {
    return settled(
      'The credential is withdrawn: it was proved ',
      { time: credential.since },
      ' that it no longer works.',
      ...ended,
    )
  }
  if (credential?.state === 'superseded')
    return settled('A newer credential took its place, so it no longer works.', ...ended)
  if (grant?.state === 'ended') return settled('The access ended ', { time: grant.at }, ', and the credential with it.')
  if (link && !credential) return settled('No credential was given for it.')
  if (revoked && grant?.state === 'active' && !isWithdrawing(grant)) return settled('The credential is withdrawn.')
  if (grant?.state === 'revoking')
    return open('The access is ending, and the credential with it; that is not yet proved.')
  return revoked
    ? open('Latchkey is withdrawing that credential; this is not yet proved.')
    : open('Latchkey did not withdraw the credential, as configured.')
}

const settled = (...text: Text): State => ({ text, isSettled: true })
const open = (...text: Text): State => ({ text, isSettled: false })

const explained = (said: LinkExplanation, { isHolder, nameOf, holder }: Context): Text[] => {
  if (!holder) return []
  const time: Span = { time: said.at }
  const signedIn = said.by === 'sign-in'
  if (isHolder)
    return [['You said ', time, ` that it was you${signedIn ? ', after a sign-in' : ''}. The owners read this.`]]
  return [
    signedIn
      ? [nameOf(holder), ' signed in ', time, ' and said that it was them.']
      : [nameOf(holder), ' said ', time, ' that it was them.'],
  ]
}

/** What the reader can do while nobody has explained the alarm. */
const whatNow = ({ how }: Misuse, context: Context, grant: Grant | undefined): Text[] => {
  const isActive = grant?.state === 'active'
  const { isHolder, isBystander, holder, nameOf } = context
  const who = holder ? nameOf(holder) : 'the holder'
  if (isHolder) {
    const wasMe: Text = canExplain(how) ? ['press ', { strong: wasMeLabel }, ', so that the owners know.'] : []
    const anew: Text = isActive && how !== 'other-person' ? [' For a new link press ', newLink(context), '.'] : []
    const where = how === 'other-person' ? 'with another account' : 'in two browsers'
    return [
      ...(wasMe.length > 0 ? [[`If this was you, ${where}: `, ...wasMe, ...anew]] : []),
      isActive
        ? ['If not: press ', { strong: giveBackAction(grant).label }, ', and tell the owners.']
        : ['If not: tell the owners. Somebody else may know what it opened.'],
    ]
  }
  const ask: Text = canExplain(how) ? ['Ask ', who, ' now, not only in this chat. '] : []
  const changes: Text = canExplain(how) ? [' This message changes when ', who, ' answers.'] : []
  if (how === 'other-person')
    return [
      [
        ...ask,
        'The audit log names each account. If it was not them, find out how somebody else got the link.',
        ...changes,
      ],
    ]
  const revoke: Text = isActive && !isBystander ? ['press ', { strong: revokeAction(grant).label }, ', then '] : []
  return [
    [
      ...ask,
      canExplain(how) ? 'If it was not them: ' : 'Somebody else may know what it opened: ',
      ...revoke,
      'change the secret itself.',
      ...changes,
    ],
  ]
}

/** The approval behind an alarm. It says no "active" beside a credential that was withdrawn. */
export const approvalText = (subject: Subject, { misusedLink, nameOf }: Context): Text =>
  subject.grant?.state === 'active' && misusedLink?.credential?.state === 'withdrawn'
    ? ['Approved until ', { time: subject.grant.expiresAt }, '; the credential of this link no longer works']
    : stateText(subject, nameOf)

/** The holder's button at the alarm. */
const wasMeLabel = 'It was me'

const newLink = ({ accessPage }: Context): Span => ({
  strong: accessPage ? openAccessAction(accessPage).label : linkLabel,
})
const linkLabel = 'Get my one-time link'

const actionsOf = (how: How, context: Context, grant: Grant | undefined): Action[] => {
  const { isHolder, isBystander, misusedLink: link, alarmPage, accessPage } = context
  const running = grant && isRunning(grant) ? grant : undefined
  if (!isHolder) return running && !isBystander ? [revokeAction(running)] : []
  const alarm = link && openAlarms(link).find((each) => each.how === how)
  const wasMe: Action[] =
    link && alarm
      ? [
          alarmPage
            ? { label: wasMeLabel, style: 'primary', url: alarmPage }
            : {
                ...{ label: wasMeLabel, style: 'primary' },
                command: { do: 'it-was-me', grant: link.grant, link: link.id, alarm },
              },
        ]
      : []
  if (!running) return wasMe
  const first = accessPage ? openAccessAction(accessPage) : linkAction(running)
  const anew = wasMe.length > 0 ? unstyled(first) : first
  return [...wasMe, ...(running.lapse || running.state !== 'active' ? [] : [anew]), giveBackAction(running)]
}
