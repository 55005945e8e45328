import type { Beneath, ExceptedBecause } from '../../domain/connector.ts'
import { accept, type Outcome, type Refusal, refuse } from '../../domain/refusal.ts'
import type { Item } from '../../domain/resource.ts'
import { type VaultCalls, vaultCalls } from './calls.ts'
import type { VaultContext } from './context.ts'
import { type Exceptions, newExceptions } from './exceptions.ts'
import { type FolderPage, type Listing, listed, readAbout, unlessDenied } from './listing.ts'
import { isNameable, obstacleOf, obstacleText } from './obstacles.ts'
import { type PathFilter, pathFilter } from './path-filter.ts'
import { mostExceptions } from './policy.ts'
import { resourceTypeOf, splitPath } from './resource-types.ts'

/** How many secrets, folders and exceptions one look may find together, and how long it may take. */
const limits = { entries: 5_000, milliseconds: 20_000 } as const

/** Ends a look early; nothing of it is used. */
class Refused extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.code)
    this.refusal = refusal
  }
}

/**
 * What lies beneath a folder now, and what of it must be excepted. The look has its own pace, because a person waits.
 * Throws an `ExternalError` while the vault is away.
 */
export const beneath = async (
  context: VaultContext,
  { type, path }: Pick<Item, 'type' | 'path'>,
  ownerKey: string | undefined,
  signal: AbortSignal,
  { entries: most, milliseconds }: { readonly entries: number; readonly milliseconds: number } = limits,
): Promise<Outcome<Beneath>> => {
  const kind = resourceTypeOf(type)
  const place = kind?.covers === 'beneath' ? splitPath(path, context.mounts[kind.engine], true) : undefined
  if (!kind || !place || !path.endsWith('/')) return refuse({ code: 'no-such-resource' })
  const obstacle = obstacleText(path.slice(0, -1))
  if (obstacle) return refuse({ code: 'cannot-be-granted', obstacle })
  const walk: Walk = {
    filter: context.filter.includesBeneath(path) ? context.filter : everything,
    ...{ context, calls: vaultCalls(context.send), ownerKey, most },
    ...{ root: path, except: newExceptions(), secrets: new Map(), unread: [], folders: 0 },
    pages: [{ engine: kind.engine, mount: place.mount, below: place.path, after: '' }],
  }
  for (const excluded of walk.filter.excludedBeneath(path)) walk.except.add(excluded, 'excluded')
  const over = AbortSignal.any([signal, AbortSignal.timeout(milliseconds)])
  try {
    await Promise.race([whole(walk, over), end(over)])
    return accept(resultOf(walk))
  } catch (error) {
    if (error instanceof Refused) return refuse(error.refusal)
    throw error
  }
}

/** A folder that is not on offer any more loses what is other people's; its end as a whole is decided elsewhere. */
const everything = pathFilter([], [])

type Walk = {
  readonly context: VaultContext
  readonly filter: PathFilter
  readonly calls: VaultCalls
  readonly ownerKey: string | undefined
  readonly most: number
  /** The folder, mount first. */
  readonly root: string
  readonly except: Exceptions
  readonly secrets: Map<string, string | undefined>
  readonly unread: { readonly mount: string; readonly path: string }[]
  readonly pages: FolderPage[]
  /** Folders found beneath so far. */
  folders: number
}

const unfinished = () => new Refused({ code: 'walk-unfinished' })

const end = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const stop = () => reject(unfinished())
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })

const whole = async (walk: Walk, over: AbortSignal): Promise<void> => {
  await inParallel(walk, walk.pages, over, (page) => readPage(walk, page))
  await inParallel(walk, walk.unread, over, (secret) => readTag(walk, secret))
}

/** Works through a list, several entries at once; the work may add more. */
const inParallel = async <T>({ context }: Walk, list: T[], over: AbortSignal, work: (one: T) => Promise<void>) => {
  while (list.length > 0) {
    if (over.aborted) throw unfinished()
    await Promise.all(list.splice(0, context.params.discovery.concurrency).map(work))
  }
}

const readPage = async (walk: Walk, page: FolderPage): Promise<void> => {
  const { context, calls, ownerKey, except, pages, root } = walk
  const folder = `${page.mount}/${page.below}`
  if (except.has(folder) || except.isInside(folder)) return
  const listing = await unlessDenied(() => listed(context, calls, page, ownerKey))
  if (!listing) {
    if (folder === root) throw new Refused({ code: 'folder-unlisted' })
    return except.add(folder, 'unlisted')
  }
  for (const name of listing.names) {
    const path = `${folder}${name}`
    if (except.isBegun(path)) continue
    const because = whyNot(walk, path)
    if (because === 'parent') {
      if (folder === root) throw new Refused({ code: 'folder-unnameable' })
      return except.add(folder, 'unnameable')
    }
    if (because) except.add(path, because)
    else if (name.endsWith('/')) {
      walk.folders += 1
      pages.push({ ...page, below: `${page.below}${name}`, after: '' })
    } else noteSecret(walk, page, name, listing)
    refuseTooMuch(walk)
  }
  if (listing.next !== undefined) pages.push({ ...page, after: listing.next })
}

const noteSecret = (walk: Walk, { mount, below }: FolderPage, name: string, { aboutOf }: Listing): void => {
  const path = `${mount}/${below}${name}`
  const about = walk.ownerKey === undefined ? undefined : aboutOf?.(name)
  walk.secrets.set(path, about?.ownerTag)
  if (walk.ownerKey !== undefined && !about) walk.unread.push({ mount, path: `${below}${name}` })
}

/** Folders count, too: a holder who may write could else make every look last longer than it may. */
const refuseTooMuch = ({ secrets, folders, except, most }: Walk): void => {
  if (except.count() > mostExceptions) throw new Refused({ code: 'policy-too-large' })
  if (secrets.size + folders + except.count() > most) throw new Refused({ code: 'too-much-beneath', most })
}

/** Why a name is excepted, if it is; `parent` when only its folder can be. */
const whyNot = ({ filter }: Walk, path: string): ExceptedBecause | 'parent' | undefined => {
  const name = path.replace(/\/$/, '')
  if (!isNameable(name)) return 'parent'
  const isOut = path.endsWith('/') ? !filter.mayCover(path) : !filter.covers(path)
  if (isOut) return 'excluded'
  return obstacleOf(name) && 'unnameable'
}

const readTag = async (walk: Walk, { mount, path }: { readonly mount: string; readonly path: string }) => {
  const { calls, ownerKey = '', secrets } = walk
  const whole = `${mount}/${path}`
  const metadata = await unlessDenied(async () => ({ found: await calls.readMetadata(mount, path) }))
  if (metadata?.found) secrets.set(whole, readAbout(metadata.found, ownerKey).ownerTag)
  else secrets.delete(whole)
  if (metadata) return
  walk.except.add(whole, 'tag-unread')
  refuseTooMuch(walk)
}

const resultOf = ({ secrets, except }: Walk): Beneath => ({
  secrets: [...secrets].flatMap(([path, ownerTag]) =>
    except.isInside(path) ? [] : [{ path, ...(ownerTag !== undefined && { ownerTag }) }],
  ),
  except: except.outermost(),
})
