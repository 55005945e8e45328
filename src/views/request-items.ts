import type { Part } from '../domain/access-request.ts'
import type { Lent } from '../domain/lent.ts'
import { deniedIn, givenOf, isWhole, itemsAt, standingIn } from '../domain/request-items.ts'
import type { Item } from '../domain/resource.ts'
import type { Positions } from '../domain/routing.ts'
import type { Seconds } from '../domain/time.ts'
import type { Subject } from './copy-states.ts'
import { workloadText } from './copy-workloads.ts'
import type { MessageView, Text } from './view-model.ts'

type Field = MessageView['fields'][number]

/** The most items on a card; the rest is counted there, and a button opens the list. */
const mostOnCard = 5

/** The most excepted paths that a text names; the document names all. */
const mostExcepted = 3

/** How a permission and a path are joined, by the type or both; a secret needs no word. */
const joints: ReadonlyMap<string, string> = new Map([
  ['secret', ' '],
  ['key', ' with key '],
  ['management', ' on everything beneath '],
  ['database', ' as role '],
  ['ssh', ' keys for '],
  ['pki', ' certificates of '],
  ['read key', ' what is public about key '],
  ['export key', ' the material of key '],
])

/** One item, such as "read kv/apps/db" or "sign with key transit/invoices". */
export const itemText = ({ permission, type, path, except = [], asked = [] }: Item): Text => [
  { strong: permission },
  joints.get(`${permission} ${type}`) ?? joints.get(type) ?? ` on ${type} `,
  { code: path },
  ...(asked.length > 0 ? [' with ', ...exceptedPaths(asked.map((one) => one.path))] : []),
  ...(except.length > 0 ? [' without ', ...exceptedPaths(except)] : []),
]

/** The first excepted paths, and the number of the others. */
export const exceptedPaths = (names: readonly string[], count = names.length): Text => {
  const shown = count > mostExcepted + 1 ? names.slice(0, mostExcepted) : names
  const left = count - shown.length
  return [...pathsText(shown), ...(left > 0 ? [` and ${left} more`] : [])]
}

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

/** The items that a text names: those that are or can be given, and of a denied request all that was asked for. */
export const namedItems = (subject: Subject): readonly Item[] =>
  subject.request.state === 'denied' ? subject.request.items : givenOf(subject)

/** Whether one owner's denial took everything, because all or nothing was wanted. */
export const isDeniedWhole = ({ request }: Subject): boolean =>
  request.state === 'denied' && standingIn(request).length > 0

type Group = { readonly label: string; readonly items: readonly Item[] }

/** The items by their deciders or state; `own` are those that wait for the reader. */
const groupsOf = ({ request, grant }: Subject, own?: Positions): readonly Group[] => {
  const denied = deniedIn(request)
  const isSplit = own !== undefined && own.length > 0 && !isWhole(request, own)
  const mine = isSplit ? own : []
  const others = standingIn(request).filter((position) => !mine.includes(position))
  if (isDeniedWhole({ request }))
    return [
      { label: 'Denied', items: itemsAt(request, denied) },
      { label: 'Not given either', items: itemsAt(request, others) },
    ]
  const groups = [
    { label: 'You decide', items: itemsAt(request, mine) },
    { label: isSplit ? 'Others decide' : 'What', items: grant ? grant.items : itemsAt(request, others) },
    // A request that was denied as a whole already says so.
    { label: isWhole(request, denied) ? 'What' : 'Denied', items: itemsAt(request, denied) },
  ]
  return groups.filter(({ items }) => items.length > 0)
}

/** All items, each as a field with its state or its deciders, and who uses them; `own` are those that wait for the reader. */
export const allItemFields = (subject: Subject, own?: Positions): readonly Field[] => {
  const { workload } = subject.request
  const used = workload ? [{ label: 'Used by', value: workloadText(workload) }] : []
  const fields = groupsOf(subject, own).flatMap(({ label, items }) =>
    items.map((item) => ({ label, value: itemText(item) })),
  )
  return [...fields, ...used]
}

/** Several items on a card, each on its own line beneath its group; the last line counts those that are cut. */
export const itemLines = (subject: Subject, own?: Positions): readonly Text[] => {
  if (subject.request.items.length === 1) return []
  const groups = groupsOf(subject, own)
  const lines = groups.flatMap(({ label, items }) => items.map((item) => ({ label, line: ['• ', ...itemText(item)] })))
  const shown = isCutOnCard(subject) ? lines.slice(0, mostOnCard) : lines
  const cut = lines.length - shown.length
  return [
    ...shown.flatMap(({ label, line }, index): Text[] =>
      label === 'What' || label === shown[index - 1]?.label ? [line] : [[{ strong: label }], line],
    ),
    ...(cut > 0 ? [[`and ${cut} more: press “${showAllLabel(subject)}”`]] : []),
  ]
}

/** Whether the card names only some of the items. */
export const isCutOnCard = ({ request }: Subject): boolean => request.items.length > mostOnCard + 1

/** The label of the button that opens the list of all items. */
export const showAllLabel = ({ request }: Subject): string => `Show all ${request.items.length}`

/** A request in a dialog, with the reader's part and the lengths that the reader may approve, if they decide. */
export type Deciding = Subject & {
  readonly part?: Part
  readonly lengths?: readonly Seconds[]
  /** The access that the request extends, and the extension of the access. */
  readonly extended?: Subject
  readonly follower?: Subject
  /** What is lent for the reader's part. */
  readonly lent?: Lent | undefined
  /** How often Latchkey looks for new secrets of other owners beneath folders. */
  readonly lookEvery?: Seconds | undefined
  /** What of the items to decide on goes on after the end of the access. */
  readonly outlasts?: readonly string[]
}
