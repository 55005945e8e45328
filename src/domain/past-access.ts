import type { AccessRequest } from './access-request.ts'
import type { Grant } from './grant.ts'
import { allOf, deniedIn } from './request-items.ts'
import type { Item } from './resource.ts'

type Told = { readonly request: AccessRequest; readonly grant?: Grant | undefined }

/** What became of one item that a person asked for earlier; without a grant it was denied. */
export type PastItem<T extends Told = Told> = { readonly item: Item; readonly of: T; readonly isDenied: boolean }

/**
 * What a person got or was denied lately, the newest of each path. The paths of this request come first. `others` are
 * the person's requests, newest first.
 */
export const pastItems = <T extends Told>(
  { id, items }: Pick<AccessRequest, 'id' | 'items'>,
  others: readonly T[],
  most = 3,
): readonly PastItem<T>[] => {
  const all = others.filter(({ request }) => request.id !== id).flatMap(fates)
  const newest = new Map<string, PastItem<T>>()
  for (const one of all) if (!newest.has(one.item.path)) newest.set(one.item.path, one)
  const isSame = ({ item }: PastItem<T>) => items.some(({ resource }) => resource === item.resource)
  const told = [...newest.values()]
  return [...told.filter(isSame), ...told.filter((one) => !isSame(one))].slice(0, most)
}

/** What became of each item, where something did: a pending, cancelled or expired request gave and denied nothing. */
const fates = <T extends Told>(of: T): readonly PastItem<T>[] => {
  const { request, grant } = of
  const denied = request.state === 'denied' ? allOf(request) : deniedIn(request)
  return request.items.flatMap((item, position) => {
    const isDenied = denied.includes(position)
    return isDenied || grant ? [{ item, of, isDenied }] : []
  })
}
