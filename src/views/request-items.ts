import type { Part } from '../domain/access-request.ts'
import { deniedIn, isWhole, itemsAt, standingIn } from '../domain/request-items.ts'
import type { Item } from '../domain/resource.ts'
import type { Positions } from '../domain/routing.ts'
import type { Seconds } from '../domain/time.ts'
import type { Subject } from './copy-states.ts'
import type { MessageView, Text } from './view-model.ts'

type Field = MessageView['fields'][number]

/** The most items on a card; the rest is counted there, and a button opens the list. */
const mostOnCard = 5

/** One item, such as "read on secret kv/apps/db". */
export const itemText = ({ permission, type, path, except = [] }: Item): Text => [
  { strong: permission },
  ` on ${type} `,
  { code: path },
  ...except.flatMap((name, index) => [index === 0 ? ' without ' : ', ', { code: name }]),
]

/** Items in a sentence: the first ones, and the number of the others. */
export const itemsText = (items: readonly Item[], most = 3): Text => {
  const isCut = items.length > most + 1
  const shown = isCut ? items.slice(0, most) : items
  return [
    ...shown.flatMap((item, index) => [...(index === 0 ? [] : [', ']), ...itemText(item)]),
    ...(isCut ? [` and ${items.length - most} more`] : []),
  ]
}

/** All paths, as part of a sentence. */
export const pathsText = (paths: readonly string[]): Text =>
  paths.flatMap((path, index) => [...(index === 0 ? [] : [', ']), { code: path }])

/** The paths that the following sentence concerns; empty without paths. */
export const aboutPaths = (paths: readonly string[]): Text => (paths.length === 0 ? [] : [...pathsText(paths), ': '])

/** All items, each as a field with its state or its deciders; `own` are those that wait for the reader. */
export const allItemFields = ({ request, grant }: Subject, own?: Positions): readonly Field[] => {
  const denied = deniedIn(request)
  const field = (label: string) => (item: Item) => ({ label, value: itemText(item) })
  const isSplit = own !== undefined && own.length > 0 && !isWhole(request, own)
  const mine = isSplit ? own : []
  const others = standingIn(request).filter((position) => !mine.includes(position))
  return [
    ...itemsAt(request, mine).map(field('You decide')),
    ...(grant ? grant.items : itemsAt(request, others)).map(field(isSplit ? 'Others decide' : 'What')),
    // A request that was denied as a whole already says so.
    ...(isWhole(request, denied)
      ? itemsAt(request, denied).map(field('What'))
      : itemsAt(request, denied).map(field('Denied'))),
  ]
}

/** The same for a card: the first items, and the number that its button shows. */
export const itemFields = (subject: Subject, own?: Positions): readonly Field[] => {
  const fields = allItemFields(subject, own)
  if (!isCutOnCard(subject)) return fields
  return [
    ...fields.slice(0, mostOnCard),
    { label: 'And', value: [`${fields.length - mostOnCard} more: press “${showAllLabel(subject)}”`] },
  ]
}

/** Whether the card names only some of the items. */
export const isCutOnCard = ({ request }: Subject): boolean => request.items.length > mostOnCard + 1

/** The label of the button that opens the list of all items. */
export const showAllLabel = ({ request }: Subject): string => `Show all ${request.items.length}`

/** A request in a dialog, with the reader's part and the lengths that the reader may approve, if they decide. */
export type Deciding = Subject & { readonly part?: Part; readonly lengths?: readonly Seconds[] }
