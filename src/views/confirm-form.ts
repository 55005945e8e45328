import { reasonLength } from '../domain/access-request.ts'
import { givenOf, itemsAt } from '../domain/request-items.ts'
import type { CardContext } from './card-context.ts'
import { requestCard } from './cards.ts'
import { nameNotes, reachNotes } from './item-notes.ts'
import type { Deciding } from './request-items.ts'
import type { ChangeCommand, FormView, Input, Text } from './view-model.ts'

type Question = { readonly title: string; readonly yes: string; readonly no: string; readonly note?: Text }

const questions = {
  approve: {
    title: 'Approve this access?',
    yes: 'Approve',
    no: 'Not now',
    note: ['Access starts at once, and ends by itself.'],
  },
  deny: { title: 'Deny this request', yes: 'Deny', no: 'Not now' },
  cancel: {
    title: 'Cancel this request?',
    yes: 'Cancel request',
    no: 'Keep it',
    note: ['Nobody will decide on it. You can ask again at any time.'],
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

const inputs: { readonly [Do in ChangeCommand['do']]?: Input } = {
  approve: {
    name: 'note',
    label: 'Note',
    hint: 'The requester reads this, and it is kept in the audit log.',
    kind: 'paragraph',
    min: 0,
    max: reasonLength.max,
  },
  deny: {
    name: 'note',
    label: 'Reason',
    hint: 'The requester reads this. If possible, say what to do instead.',
    kind: 'paragraph',
    ...reasonLength,
  },
}

/**
 * Asks for confirmation before a change, with text from the database: the message with the button may have been forged.
 */
export const confirmForm = (
  change: ChangeCommand,
  subject: Deciding,
  context: Omit<CardContext, 'audience'>,
  isListed = false,
): FormView => {
  const { title, yes, no, note }: Question = questions[change.do]
  const isOwners = change.do === 'approve' || change.do === 'deny' || change.do === 'revoke'
  const own = subject.part?.items
  // Shows all items, even those behind the card's button: nobody confirms what they could not read.
  const shown = { ...context, listsAll: true, ...(own && { own }) }
  const { fields, quotes } = requestCard(subject, { ...shown, audience: isOwners ? 'owner' : 'requester' })
  const decided = own ? itemsAt(subject.request, own) : givenOf(subject)
  const input = inputs[change.do]
  return {
    title,
    submit: { label: yes, command: { form: 'confirm', change, ...(isListed && { isListed }), seen: subject.part } },
    close: no,
    fields,
    quotes,
    notes: [
      ...decided.flatMap(nameNotes),
      ...(change.do === 'approve' ? reachNotes(decided) : []),
      ...(note ? [note] : []),
    ],
    inputs: input ? [input] : [],
    actions: [],
  }
}
