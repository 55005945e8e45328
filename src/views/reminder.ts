import type { Notice } from '../domain/card.ts'
import { nextReminder } from '../domain/remind.ts'
import { decideActions } from './card-actions.ts'
import type { CardContext } from './card-context.ts'
import { headlineOf } from './card-headline.ts'
import type { Subject } from './copy-states.ts'
import { namesText } from './people-names.ts'
import { itemLines } from './request-items.ts'
import type { Action, Quote, Text, Tone } from './view-model.ts'

type Reminder = Extract<Notice, { about: 'reminder' }>
type Reader = Pick<CardContext, 'nameOf' | 'own' | 'now'>
type News = {
  readonly title: string
  readonly tone: Tone
  readonly text: Text
  readonly actions?: readonly Action[]
}

/** What a reminder says to an owner, with the two verdicts: it asks only while that owner can decide, and no newer one is there. */
export const reminderNews = (notice: Reminder, reader: Reader, subject?: Subject): News => {
  const request = subject?.request
  const isOpen = request?.state === 'pending' && reader.own?.length !== 0
  if (!isOpen) return { title: 'Reminder', tone: 'neutral', text: ['Nothing waits for you here any more.'] }
  if (request.remindedAt !== notice.at) return { title: 'Reminder', tone: 'neutral', text: ['A newer one is below.'] }
  return {
    title: 'Reminder: please decide',
    tone: 'waiting',
    text: [reader.nameOf(request.requester), ' has been waiting since ', { time: request.submittedAt }, '.'],
    actions: subject && asks(notice, reader, subject) ? decideActions(request) : [],
  }
}

/** Who asks for what, and the reader's part of it. The title asks to decide, so the first line does not. */
export const reminderLines = (
  notice: Reminder,
  reader: Omit<CardContext, 'audience'>,
  subject?: Subject,
): readonly Text[] =>
  subject && asks(notice, reader, subject)
    ? [headlineOf(subject, { ...reader, audience: 'owner', own: [] }), ...itemLines(subject, reader.own)]
    : []

/** The reason, for the decision. */
export const reminderQuotes = (notice: Reminder, reader: Reader, subject?: Subject): readonly Quote[] =>
  subject && asks(notice, reader, subject) ? [{ label: 'Why', text: subject.request.reason }] : []

const asks = (notice: Reminder, { own, now }: Reader, { request }: Subject): boolean =>
  request.state === 'pending' && request.decideBy > now && own?.length !== 0 && request.remindedAt === notice.at

/** For the requester of a pending request: what happens if nobody decides, and the last reminder. */
export const waitingNotes = ({ request }: Subject, { nameOf, peopleOf, integration }: CardContext): readonly Text[] => {
  if (request.state !== 'pending') return []
  const next = nextReminder(request)
  const isIntegrations = request.requirements.every(({ by }) => by === 'integration' || by === 'unreachable')
  const others = (integration?.owners ?? []).flatMap((party) => peopleOf?.(party) ?? [])
  const helpers = [...new Set(others)].filter((person) => person !== request.requester)
  return [
    [
      'If nobody decides in time, the request expires and gives nothing; then you can ask again.',
      ...(isIntegrations || helpers.length === 0
        ? []
        : [' If none of the owners can be reached, ', ...namesText(helpers, nameOf), ' can decide too.']),
    ],
    ...(request.remindedAt === undefined || next === undefined
      ? []
      : [
          [
            'You reminded them ',
            { time: request.remindedAt },
            '. You can remind them again ',
            { time: next },
            '.',
          ] as const,
        ]),
  ]
}
