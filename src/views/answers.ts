import type { GrantId } from '../domain/ids.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { Timestamp } from '../domain/time.ts'
import { bare, refusalView } from './copy.ts'
import { grantStateText, type NameOf, type Subject } from './copy-states.ts'
import { smallerText } from './forms.ts'
import { itemsText } from './request-items.ts'
import type { CarriedWish, MessageView } from './view-model.ts'

/** A private message with its moment, because nobody keeps it up to date. */
export const asOf = (view: MessageView, now: Timestamp): MessageView => ({
  ...view,
  notes: [...view.notes, ['As of ', { time: now }, '.']],
})

/** The refusals that are about the present state of a request or an access. */
const isAboutNow: ReadonlySet<Refusal['code']> = new Set([
  ...(['not-pending', 'already-decided-by-you', 'part-decided', 'deadline-passed', 'already-asked'] as const),
  ...(['access-not-active', 'vault-unreachable', 'place-away', 'too-many-open'] as const),
])

/** A refusal for the actor alone, with its moment if that matters. */
export const refusedAnswer = (refusal: Refusal, now: Timestamp): MessageView =>
  isAboutNow.has(refusal.code) ? asOf(refusalView(refusal), now) : refusalView(refusal)

/** The later answer to the person who asked for an end: what has ended, and the proof. */
export const provedAnswer = ({ grant, request }: Subject, nameOf: NameOf): MessageView | undefined =>
  grant?.state === 'ended'
    ? bare([...itemsText(grant.items), ' at ', { code: request.integration }, ':\n', ...grantStateText(grant, nameOf)])
    : undefined

/** For a chat in which typed words cannot open a form: the button that opens it, filled in from the words. */
export const formBehindButton = (words: string): MessageView => ({
  ...bare(words === '' ? ['The form is ready.'] : ['The form is ready, filled in from: ', { code: words }]),
  actions: [{ label: 'Open the form', style: 'primary', command: { do: 'request', ...(words !== '' && { words }) } }],
})

/** The same for more time. */
export const notExtended = (view: MessageView, grant: GrantId): MessageView => ({
  ...view,
  notes: [['Your request was not filed.'], ...view.notes],
  actions: [{ label: 'Ask for more', style: 'primary', command: { do: 'extend', grant } }],
})

/** A wish was refused after its form was answered: the button opens the form again, with everything kept. */
export const notFiled = (view: MessageView, wish: CarriedWish, smaller: readonly string[]): MessageView => ({
  ...view,
  notes: [['Your request was not filed.'], ...view.notes, ...(smaller.length > 0 ? [smallerText(smaller)] : [])],
  actions: [{ label: 'Open the form again', style: 'primary', command: { do: 'request', wish } }],
})
