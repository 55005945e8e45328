import type { Away } from '../domain/discovery.ts'
import { followerOf } from '../domain/extension.ts'
import type { Trouble } from '../domain/grant.ts'
import type { Integration } from '../domain/integration.ts'
import { itemsAt } from '../domain/request-items.ts'
import type { Timestamp } from '../domain/time.ts'
import { isFetched } from '../domain/workload.ts'
import {
  againAction,
  cancelAction,
  decideActions,
  extendActions,
  giveBackAction,
  isOver,
  linkAction,
  remindAction,
} from './card-actions.ts'
import { bare } from './copy.ts'
import { type NameOf, type Subject, stateText } from './copy-states.ts'
import { durationText, plainText } from './copy-time.ts'
import { troubleSentence, troubleText } from './copy-troubles.ts'
import { forWorkload } from './copy-workloads.ts'
import { followerText } from './extension.ts'
import { type Deciding, itemsText, namedItems } from './request-items.ts'
import { typedCommand } from './typed-command.ts'
import type { Action, MessageView, Text } from './view-model.ts'

type Entry = { readonly text: Text; readonly actions: readonly Action[] }

/** A list without fields and buttons of its own. */
export const list = (
  title: string,
  summary: string,
  entries: readonly Entry[],
  notes: readonly Text[] = [],
): MessageView => ({
  title,
  tone: 'neutral',
  summary,
  fields: [],
  quotes: [],
  notes,
  actions: [],
  entries,
})

/** The earlier request of a person who asked for the same again, with its buttons. */
export const alreadyAsked = (sentence: Text, subject: Subject, own: readonly Subject[], nameOf: NameOf): MessageView =>
  list('', plainText(sentence), [ownEntry(subject, own, nameOf)], [sentence])

/** What concerns one person: what waits for their decision, then their own access and requests. */
export type Concerns = {
  readonly waiting: { readonly shown: readonly Deciding[]; readonly hasMore: boolean }
  readonly own: readonly Subject[]
}

/** Requests that the person may decide on, then their own: pending and live with buttons, then the latest others. */
export const ownAccess = ({ waiting, own }: Concerns, nameOf: NameOf, command: string): MessageView => {
  const count = waiting.shown.length
  const ask: Text = ['Ask with ', { code: typedCommand(command, 'request') }, '.']
  if (count === 0 && own.length === 0) {
    const nothing = 'Nothing waits for you, and you have no access and no requests.'
    return list('Your access', nothing, [], [[`${nothing} `, ...ask]])
  }
  const mine = ownEntries(own, nameOf)
  if (count === 0) return list('Your access', `Your latest ${own.length} requests and their results.`, mine)
  return list('Waits for you', `${waitingText(count, waiting.hasMore)} for your decision.`, [
    ...waitingEntries(waiting, nameOf),
    said([{ strong: 'Your access' }]),
    ...(mine.length > 0 ? mine : [said(['You have no access and no requests of your own. ', ...ask])]),
  ])
}

/** What waits for a person, with buttons. */
export const waitingEntries = ({ shown, hasMore }: Concerns['waiting'], nameOf: NameOf): Entry[] => [
  ...shown.map((subject) => waitingEntry(subject, nameOf)),
  ...(hasMore ? [said(['More wait for you. They show here once you have decided these.'])] : []),
]

/** A person's own requests and access, with buttons. */
export const ownEntries = (own: readonly Subject[], nameOf: NameOf): Entry[] =>
  own.map((subject) => ownEntry(subject, own, nameOf))

const ownEntry = (subject: Subject, own: readonly Subject[], nameOf: NameOf): Entry => {
  const follower = subject.grant && followerOf(subject.grant, own)
  const text = entryText(subject, nameOf)
  return {
    text: follower ? [...text, '\n', ...followerText(follower, true)] : text,
    actions: ownActions(subject, follower),
  }
}

const waitingText = (count: number, hasMore: boolean): string =>
  count === 1 ? '1 request waits' : `${hasMore ? 'More than ' : ''}${count} requests wait`

const said = (text: Text): Entry => ({ text, actions: [] })

const waitingEntry = ({ request, part }: Deciding, nameOf: NameOf): Entry => ({
  text: [
    nameOf(request.requester),
    ' asks for ',
    ...itemsText(part ? itemsAt(request, part.items) : request.items),
    ...forWorkload(request),
    ` for ${durationText(request.duration)} at `,
    { code: request.integration },
    '\n',
    { code: cutReason(request.reason) },
    ...(request.state === 'pending' ? (['\nDecide until ', { time: request.decideBy }] as const) : []),
  ],
  actions: decideActions(request),
})

/** The beginning of a reason, on one line; the dialog shows all of it. */
const cutReason = (reason: string): string => {
  const line = reason.replace(/\s+/g, ' ')
  return line.length > 160 ? `${[...line].slice(0, 159).join('')}…` : line
}

/** What is asked for or given, and its state. */
export const entryText = (subject: Subject, nameOf: NameOf): Text => [
  ...itemsText(namedItems(subject)),
  ...forWorkload(subject.request),
  ' at ',
  { code: subject.request.integration },
  '\n',
  ...stateText(subject, nameOf),
]

const ownActions = (subject: Subject, follower: Subject | undefined): Action[] => {
  const { request, grant } = subject
  if (isOver(subject)) return follower ? [] : [againAction(request)]
  if (request.state === 'pending') return [remindAction(request), cancelAction(request)]
  if (grant?.state === 'active' && !grant.lapse)
    return [
      ...(isFetched(grant.workload) ? [linkAction(grant)] : []),
      ...extendActions(grant, follower),
      giveBackAction(grant),
    ]
  return grant?.state === 'active' || grant?.state === 'provisioning' ? [giveBackAction(grant)] : []
}

/** The state of one integration. */
export type IntegrationStatus = {
  readonly integration: Integration
  readonly healthy: boolean
  readonly away: readonly Away[]
  readonly trouble?: Trouble
  readonly next?: Timestamp
}

/** Whether the vaults answer. */
export const statusList = (statuses: readonly IntegrationStatus[]): MessageView => {
  const sick = statuses.filter(({ healthy }) => !healthy).length
  if (statuses.length === 0) return bare(['You may not request anything here.'])
  const summary =
    sick === 0 ? 'Every vault answers.' : `${sick} of ${statuses.length} vaults ${sick === 1 ? 'has' : 'have'} trouble.`
  const parts = statuses.reduce((sum, { away }) => sum + away.length, 0)
  return list(
    'Status',
    parts === 0 ? summary : `${summary} ${parts} ${parts === 1 ? 'mount is' : 'mounts are'} away.`,
    statuses.map(({ integration, healthy, away, trouble, next }) => ({
      text: [
        { code: integration.id },
        ': ',
        ...(healthy ? ['answers.'] : sickText(trouble, next)),
        ...away.flatMap((one) => awayText(one)),
      ],
      actions: [],
    })),
  )
}

const sickText = (trouble: Trouble | undefined, next: Timestamp | undefined): Text =>
  trouble ? troubleText(trouble, next) : ['does not answer.']

const awayText = ({ place, code, since }: Away): Text => [
  ' ',
  { code: place },
  ` is away: ${troubleSentence(code)}, since `,
  { time: since },
  '.',
]
