import type { Away } from '../domain/discovery.ts'
import type { Trouble } from '../domain/grant.ts'
import type { Integration } from '../domain/integration.ts'
import { givenOf } from '../domain/request-items.ts'
import type { Resource } from '../domain/resource.ts'
import type { Timestamp } from '../domain/time.ts'
import { againAction, cancelAction, giveBackAction, isOver, linkAction, revokeAction } from './card-actions.ts'
import { stateText } from './cards.ts'
import { bare } from './copy.ts'
import type { NameOf, Subject } from './copy-states.ts'
import { troubleSentence, troubleText } from './copy-troubles.ts'
import { itemsText } from './request-items.ts'
import type { Action, MessageView, Text } from './view-model.ts'

type Entry = { readonly text: Text; readonly actions: readonly Action[] }

const list = (title: string, summary: string, entries: readonly Entry[], notes: readonly Text[] = []): MessageView => ({
  title,
  tone: 'neutral',
  summary,
  fields: [],
  quotes: [],
  notes,
  actions: [],
  entries,
})

/** A person's own access: pending and live with buttons, then the latest others. */
export const ownAccess = (subjects: readonly Subject[], nameOf: NameOf, command: string): MessageView =>
  subjects.length === 0
    ? list(
        'Your access',
        'You have no access and no requests.',
        [],
        [['You have no access and no requests. Ask with ', { code: `${command} request` }, '.']],
      )
    : list(
        'Your access',
        `Your latest ${subjects.length} requests and their results.`,
        subjects.map((subject) => ({ text: entryText(subject, nameOf), actions: ownActions(subject) })),
      )

const entryText = (subject: Subject, nameOf: NameOf): Text => [
  ...itemsText(givenOf(subject)),
  ' at ',
  { code: subject.request.integration },
  '\n',
  ...stateText(subject, nameOf),
]

const ownActions = (subject: Subject): Action[] => {
  const { request, grant } = subject
  if (isOver(subject)) return [againAction(request)]
  if (request.state === 'pending') return [cancelAction(request)]
  if (grant?.state === 'active' && !grant.lapse) return [linkAction(grant), giveBackAction(grant)]
  return grant?.state === 'active' || grant?.state === 'provisioning' ? [giveBackAction(grant)] : []
}

/** The people who have or await access to a resource. */
export const holders = (resource: Resource, subjects: readonly Subject[], nameOf: NameOf): MessageView => {
  const summary = `${subjects.length === 0 ? 'Nobody has' : `${subjects.length} have or await`} access to ${resource.path}.`
  return list(
    'Who has access',
    summary,
    subjects.map((subject) => ({
      text: [nameOf(subject.request.requester), ': ', ...entryText(subject, nameOf)],
      actions: holderActions(subject),
    })),
    [
      [
        subjects.length === 0 ? 'Nobody has or awaits access to ' : 'Access to ',
        { code: resource.path },
        ` (${resource.type}).`,
      ],
    ],
  )
}

const holderActions = ({ grant }: Subject): Action[] =>
  grant?.state === 'active' || grant?.state === 'provisioning' ? [revokeAction(grant)] : []

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

/** The available commands, with examples. */
export const helpList = (command: string, unknown?: string): MessageView =>
  list(
    'What Latchkey understands',
    `${command} request, mine, who, status or help.`,
    [
      [`${command} request`, 'opens the form.'],
      [`${command} request kv/apps/db 1h because payments fail`, 'opens it filled in.'],
      [`${command} mine`, 'lists your requests and access, with their buttons.'],
      [`${command} who kv/apps/db`, 'shows its owners who has access now.'],
      [`${command} status`, 'shows whether the vaults answer.'],
    ].map(([example, meaning]) => ({ text: [{ code: example ?? '' }, ` ${meaning}`], actions: [] })),
    unknown ? [[{ code: unknown }, ' is not a command of Latchkey. The commands are:']] : [],
  )
