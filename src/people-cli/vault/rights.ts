import type { Item } from '../safe/content.ts'

/** What people do with secrets. */
export type Verb = 'list' | 'create' | 'fetch' | 'update' | 'delete' | 'undelete'

/** The permissions of a mount or folder, from the narrowest to the widest, with what each allows. */
const management: Readonly<Record<string, readonly Verb[]>> = {
  ReadOnly: ['list', 'fetch'],
  ReadWrite: ['list', 'fetch', 'create', 'update'],
  Admin: ['list', 'fetch', 'create', 'update', 'delete', 'undelete'],
}
const order = Object.keys(management)

/** Whether an item is about secrets at all; keys of an encryption engine are not. */
export const isOfSecrets = ({ type }: Item): boolean => type === 'secret' || type === 'management'

/** Whether the item allows the verb on secrets that it covers. */
export const permits = ({ type, permission }: Item, verb: Verb): boolean =>
  type === 'secret' ? verb === 'fetch' && permission === 'read' : (management[permission]?.includes(verb) ?? false)

/** The narrowest permission on a folder that allows the verb. */
export const permissionFor = (verb: Verb): string => order.find((name) => management[name]?.includes(verb)) ?? 'Admin'

/** Whether the secret with this complete path is within the item. */
export const covers = (item: Item, path: string): boolean =>
  item.type === 'secret' ? item.path === path : isBeneath(path, item.path) && !isExcepted(item, path)

/** Whether an item leaves a path out. A text with `*` at its end is a beginning; a folder or secret covers what is beneath. */
export const isExcepted = ({ except = [] }: Item, path: string): boolean =>
  except.some((one) => {
    if (one.endsWith('*')) return path.startsWith(one.slice(0, -1))
    return path === one || path.startsWith(one.endsWith('/') ? one : `${one}/`)
  })

const isBeneath = (path: string, folder: string): boolean => path.startsWith(folder) && path !== folder

/** How much an item gives: a secret is less than a folder, a deeper folder less, a smaller permission less. */
export const widthOf = ({ type, path, permission }: Item): readonly number[] => [
  type === 'secret' ? 0 : 1,
  -path.split('/').length,
  order.indexOf(permission),
]
