import type { Item } from '../../domain/resource.ts'
import { after, type Timestamp } from '../../domain/time.ts'
import type { Order } from '../../ports.ts'
import { failure } from '../vault/failure.ts'
import { pathFilter } from '../vault/path-filter.ts'
import type { Limits } from './settings.ts'

/** A server's and a connector's clock may differ by this, in milliseconds. */
const tolerance = 60_000

/** The connector's own limits, which hold whatever the server asks for. */
export const limitsOf = ({ mounts, paths, permissions, longest }: Limits) => {
  const filter = pathFilter(paths, [])
  const isMounted = (path: string) => mounts.some((mount) => path.startsWith(`${mount}/`))
  const covers = (path: string) => isMounted(path) && filter.covers(path)
  const refuse = (what: string): never => {
    throw failure('beyond-limits', `The remote connector's own limits do not allow ${what}.`)
  }
  const checkItem = (item: Item): void => {
    if (!covers(item.path) || !filter.coversBeneath(item)) refuse(item.path)
    if (!permissions.includes(item.permission)) refuse(`${item.permission} of ${item.path}`)
  }
  return {
    isMounted,
    covers,
    /** Throws `beyond-limits` for a path that may not even be looked at. */
    checkPath: (path: string): void => {
      if (!covers(path)) refuse(path)
    },
    /** `began`: when the first order of this access came. */
    checkOrder: ({ items, until }: Pick<Order, 'items' | 'until'>, began: Timestamp): void => {
      for (const item of items) checkItem(item)
      if (until > after(began, longest) + tolerance) refuse('access for so long')
    },
  }
}
