import { grantedLength } from '../domain/granted-length.ts'
import { givenOf, itemsAt } from '../domain/request-items.ts'
import { reasonLength } from '../domain/written.ts'
import type { CardContext } from './card-context.ts'
import { durationText } from './copy-time.ts'
import { workloadNotes } from './copy-workloads.ts'
import { extendedText, followerText } from './extension.ts'
import { folderNotes, nameNotes, outlastingNotes, reachNotes } from './item-notes.ts'
import { lentNotes } from './lent-notes.ts'
import { allItemFields, type Deciding } from './request-items.ts'
import type { ChangeCommand, FormView, Input, Text } from './view-model.ts'

type Question = {
  readonly title: string
  readonly yes: string
  readonly no: string
  readonly note?: Text
  /** The note where one decision may not be enough. */
  readonly amongSeveral?: Text
}

const questions = {
  approve: {
    title: 'Approve this access?',
    yes: 'Approve',
    no: 'Not now',
    note: ['Access starts at once, and ends by itself.'],
    amongSeveral: ['Access starts once everybody who must decide has done so, and ends by itself.'],
  },
  deny: { title: 'Deny this request', yes: 'Deny', no: 'Not now' },
  cancel: {
    title: 'Cancel this request?',
    yes: 'Cancel request',
    no: 'Keep it',
    note: ['Nobody will decide on it. You can ask again at any time.'],
  },
  remind: {
    title: 'Remind the owners?',
    yes: 'Remind them',
    no: 'Not now',
    note: ['All who can decide get a new message with the buttons. You can do this once in 15 minutes.'],
  },
  revoke: {
    title: 'Revoke this access?',
    yes: 'Revoke',
    no: 'Keep it',
    note: ['The access ends now, even while it is in use.'],
  },
  'give-back': {
    title: 'Give this access back?',
    yes: 'Give back',
    no: 'Keep it',
    note: ['The access ends now, also for programs that are signed in with it. You can ask again at any time.'],
  },
  'it-was-me': {
    title: 'Was it you?',
    yes: 'It was me',
    no: 'Not now',
    note: ['The owners read that it was you. What Latchkey has withdrawn stays withdrawn.'],
  },
} satisfies { [Do in ChangeCommand['do']]: Question }

const noteInput = (label: string, hint: string, isNeeded: boolean): Input => ({
  ...{ name: 'note', label, hint, kind: 'paragraph' },
  ...{ min: isNeeded ? reasonLength.min : 0, max: reasonLength.max },
})

const notes: { readonly [Do in ChangeCommand['do']]?: Input } = {
  approve: noteInput('Note', 'The requester reads this, and it is kept in the audit log.', false),
  deny: noteInput('Reason', 'The requester reads this. If possible, say what to do instead.', true),
  revoke: noteInput('Reason', 'The holder reads this, and it is kept in the audit log.', true),
  'give-back': noteInput('Note', 'The owners read this, and it is kept in the audit log.', false),
}

/** The approved length; absent where there is nothing to choose. */
const lengthInput = ({ request, lengths = [] }: Deciding): Input[] => {
  const longest = lengths.at(-1)
  if (longest === undefined || lengths.length === 1) return []
  return [
    {
      ...{ name: 'duration', label: 'Approve for', kind: 'select' },
      hint: `You may approve less time than was asked for.${isAmongSeveral(request) ? ' The shortest approval counts.' : ''}`,
      options: lengths.map((length) => ({ label: durationText(length), value: String(length) })),
      value: String(longest),
    },
  ]
}

const isAmongSeveral = ({ requirements }: Deciding['request']): boolean =>
  requirements.length > 1 || requirements.some(({ approvals }) => approvals > 1)

/** How long the access lasts, and the requested length where an owner approved less. */
const askedAndGiven = ({ request, grant }: Deciding): string => {
  const length = grant ? grant.duration : grantedLength(request)
  const asked = durationText(request.duration)
  return length < request.duration ? `approved for ${durationText(length)} (asked: ${asked})` : asked
}

/** What a verdict or an end does not touch. */
const extensionNotes = ({ do: verb }: ChangeCommand, subject: Deciding, nameOf: CardContext['nameOf']): Text[] => {
  const { extended, follower } = subject
  const isVerdict = verb === 'approve' || verb === 'deny'
  const isEnd = verb === 'revoke' || verb === 'give-back'
  return [
    ...(isVerdict && extended ? [extendedText(extended, nameOf)] : []),
    ...(isEnd && follower ? [[...followerText(follower), ' This does not change that one.']] : []),
  ]
}

/**
 * Asks for confirmation before a change: whom it concerns, what, for how long and why. The text comes from the
 * database, because the message with the button may have been forged.
 */
export const confirmForm = (
  change: ChangeCommand,
  subject: Deciding,
  { nameOf }: Pick<CardContext, 'nameOf'>,
  isListed = false,
): FormView => {
  const { title, yes, no, ...texts }: Question = questions[change.do]
  const { request, grant, part } = subject
  const note = (isAmongSeveral(request) ? texts.amongSeveral : undefined) ?? texts.note
  const isOwners = change.do === 'approve' || change.do === 'deny' || change.do === 'revoke'
  const decided = part ? itemsAt(request, part.items) : givenOf(subject)
  const written = notes[change.do]
  return {
    title,
    submit: { label: yes, command: { form: 'confirm', change, ...(isListed && { isListed }), seen: part } },
    close: no,
    fields: [
      ...(isOwners ? [{ label: 'Who', value: [nameOf(request.requester)] }] : []),
      // All of them, even those behind the card's button: nobody confirms what they could not read.
      ...allItemFields(subject, part?.items),
      { label: 'Where', value: [{ code: request.integration }] },
      {
        label: 'How long',
        value: [askedAndGiven(subject), ...(grant?.state === 'active' ? [', until ', { time: grant.expiresAt }] : [])],
      },
    ],
    quotes: [{ label: 'Why', text: request.reason }],
    notes: [
      ...decided.flatMap(nameNotes),
      ...(change.do === 'approve' ? [...reachNotes(decided), ...folderNotes(decided, subject.lookEvery)] : []),
      ...(['approve', 'revoke', 'give-back'].includes(change.do) ? outlastingNotes(subject.outlasts) : []),
      ...(change.do === 'approve' ? lentNotes(subject.lent) : []),
      ...(change.do === 'approve' ? workloadNotes(request) : []),
      ...(note ? [note] : []),
      ...extensionNotes(change, subject, nameOf),
    ],
    inputs: [...(change.do === 'approve' ? lengthInput(subject) : []), ...(written ? [written] : [])],
    actions: [],
  }
}
