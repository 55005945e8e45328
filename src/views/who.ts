import type { Party } from '../domain/integration.ts'
import type { Resource } from '../domain/resource.ts'
import { revokeAction } from './card-actions.ts'
import { bare } from './copy.ts'
import { type NameOf, partyText, type Subject } from './copy-states.ts'
import { plainText } from './copy-time.ts'
import { entryText, list } from './lists.ts'
import { visible } from './names.ts'
import { namesText, type PeopleOf } from './people-names.ts'
import { typedCommand } from './typed-command.ts'
import type { Action, MessageView, Text } from './view-model.ts'

/** A resource that words name, as the reader may know it. */
export type Known = {
  readonly resource: Resource
  /** Who decides on it, by the owner tag that discovery saw last. */
  readonly owners: readonly Party[]
  /** Whether the reader is among its owners, or the integration's. */
  readonly isOwned: boolean
}

/** Whom words about access concern: the holders for an owner, the owners for anybody else, or the names to choose from. */
export type Who =
  | { readonly is: 'holders'; readonly known: Known; readonly subjects: readonly Subject[] }
  | { readonly is: 'owners'; readonly known: Known }
  | { readonly is: 'several'; readonly found: readonly Known[]; readonly isMore: boolean }

type Reader = { readonly nameOf: NameOf; readonly peopleOf: PeopleOf; readonly command: string }

/** The answer to a question about who has access. */
export const whoView = (who: Who, reader: Reader): MessageView => {
  switch (who.is) {
    case 'holders':
      return holders(who.known, who.subjects, reader.nameOf)
    case 'owners':
      return bare(ownedText(who.known, reader))
    case 'several':
      return severalView(who, reader)
    default:
      return who satisfies never
  }
}

/** The people who have or await access to a resource. */
const holders = ({ resource }: Known, subjects: readonly Subject[], nameOf: NameOf): MessageView => {
  const about = subjects.length === 0 ? 'Nobody has or awaits access to ' : 'Access to '
  return list(
    'Who has access',
    `${subjects.length === 0 ? 'Nobody has' : `${subjects.length} have or await`} access to ${resource.path}.`,
    subjects.map((subject) => ({
      text: [nameOf(subject.request.requester), ': ', ...entryText(subject, nameOf)],
      actions: holderActions(subject),
    })),
    [[about, { code: visible(resource.path) }, ` (${resource.type}).`]],
  )
}

const holderActions = ({ grant }: Subject): Action[] =>
  grant?.state === 'active' || grant?.state === 'provisioning' ? [revokeAction(grant)] : []

/** For a person who may request it: whom it belongs to, and how to ask them. */
const ownedText = ({ resource, owners }: Known, { nameOf, peopleOf, command }: Reader): Text => [
  { code: visible(resource.path) },
  ...(owners.length === 0
    ? [' has no owner who could decide.']
    : [' is owned by ', ...partiesText(owners, nameOf, peopleOf), '.']),
  ...(resource.obstacle
    ? [` It cannot be granted: ${resource.obstacle}.`]
    : [' Ask them with ', { code: typedCommand(command, `request ${resource.path}`) }, '.']),
  ' Only the owners read who has access.',
]

const severalView = (
  { found, isMore }: Extract<Who, { is: 'several' }>,
  { nameOf, peopleOf, command }: Reader,
): MessageView => {
  const count = isMore ? `More than ${found.length}` : `${found.length}`
  const intro: Text = [
    `${count} match. Type one of them in full, such as `,
    { code: typedCommand(command, `who ${found[0]?.resource.path ?? ''}`) },
    '.',
  ]
  return list(
    'Which one?',
    plainText(intro),
    found.map(({ resource, owners, isOwned }) => ({
      text: [
        { code: visible(resource.path) },
        ` (${resource.type} at `,
        { code: resource.integration },
        isOwned ? '): you may see who has access' : '): owned by ',
        ...(isOwned ? [] : owners.length === 0 ? ['nobody who could decide'] : partiesText(owners, nameOf, peopleOf)),
      ],
      actions: [],
    })),
    [intro],
  )
}

/** People and groups; a group with its members. */
const partiesText = (owners: Known['owners'], nameOf: NameOf, peopleOf: PeopleOf): Text =>
  owners.flatMap((party, index) => {
    const people = party.startsWith('group:') ? peopleOf(party) : []
    const members: Text = people.length === 0 ? [] : [' (', ...namesText(people, nameOf), ')']
    return [...(index === 0 ? [] : [' or ']), partyText(party, nameOf), ...members]
  })
