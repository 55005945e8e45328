import { z } from 'zod'
import type { Discovered, Folder, Look, Roots } from '../../domain/discovery.ts'
import type { Item, Resource } from '../../domain/resource.ts'
import { type VaultCalls, vaultCalls } from './calls.ts'
import type { VaultContext } from './context.ts'
import { engines, isDynamic, isOf } from './engines.ts'
import { failure } from './failure.ts'
import { type About, type FolderPage, type Listing, listed, readAbout, unlessDenied } from './listing.ts'
import { offeredOn } from './management-offers.ts'
import { obstacleOf, obstacleText } from './obstacles.ts'
import { keyPermissions, resourceTypeOf, splitPath } from './resource-types.ts'
import { rolesAt } from './role-offers.ts'

const nothing: Look = { found: [], folders: [] }

const stored = z.tuple([z.enum(engines), z.string(), z.string(), z.string()])
const toFolder = ({ engine, mount, below, after }: FolderPage): Folder => JSON.stringify([engine, mount, below, after])
const toFolderPage = (folder: Folder): FolderPage => {
  const [engine, mount, below, after] = stored.parse(JSON.parse(folder))
  return { engine, mount, below, after }
}

/** The configured mounts that may contain something on offer, and those that are missing or of another kind. */
export const roots = async ({ mounts, filter, send }: VaultContext): Promise<Roots> => {
  const there = await vaultCalls(send).mounts()
  const wanted = engines.flatMap((engine) =>
    mounts[engine]
      .filter((mount) => filter.mayCover(`${mount}/`))
      .map((mount) => ({ engine, mount, isThere: isOf(engine)(there[`${mount}/`]) })),
  )
  return {
    folders: wanted.flatMap(({ isThere, engine, mount }) =>
      isThere ? [toFolder({ engine, mount, below: '', after: '' })] : [],
    ),
    away: wanted.flatMap(({ isThere, mount }) => (isThere ? [] : [{ place: `${mount}/`, code: 'no-such-mount' }])),
  }
}

/** The mount of a folder, as at the start of its resources' paths. */
export const placeOf = (folder: Folder): string => `${toFolderPage(folder).mount}/`

/**
 * The content of one folder. Names that cannot be granted have the reason. A folder that the bot's policy denies is
 * empty. So is one whose mount is no longer configured, or that no pattern covers.
 */
export const look = async (
  context: VaultContext,
  folder: Folder,
  ownerKey: string | undefined,
  signal: AbortSignal,
): Promise<Look> => {
  const place = toFolderPage(folder)
  const { engine, mount, below } = place
  if (!context.mounts[engine].includes(mount) || !context.filter.mayCover(`${mount}/${below}`)) return nothing
  const calls = vaultCalls(context.pace.paced(context.send, signal))
  if (isDynamic(engine)) return { found: await rolesAt(context, calls, engine, mount), folders: [] }
  const list = () => listed(context, calls, place, ownerKey)
  const listing = below === '' ? await list() : await unlessDenied(list)
  if (!listing) return nothing
  const shown = sorted(context, place, listing, ownerKey)
  const found = engine === 'transit' ? await typed(context, calls, mount, shown.found) : shown.found
  const { folders } = shown
  return {
    found,
    folders: listing.next === undefined ? folders : [...folders, toFolder({ ...place, after: listing.next })],
  }
}

const sorted = (
  context: VaultContext,
  place: FolderPage,
  { names, aboutOf }: Listing,
  ownerKey: string | undefined,
): Look => {
  const { filter } = context
  const { engine, mount, below, after } = place
  const found: Discovered[] = []
  const folders: Folder[] = []
  if (engine === 'kv' && below === '' && after === '') found.push(...managedAt(context, `${mount}/`))
  for (const name of names) {
    const inside = `${below}${name}`
    const path = `${mount}/${inside}`
    if (name.endsWith('/') && canEnter(inside)) {
      if (engine === 'kv') found.push(...managedAt(context, path))
      if (filter.mayCover(path)) folders.push(toFolder({ engine, mount, below: inside, after: '' }))
    } else if (!filter.covers(path)) continue
    else if (engine === 'transit')
      found.push({ type: 'key', path, permissions: offeredOnKey(context, path, offered.key) })
    else found.push(secretAt(path, aboutOf?.(name), aboutOf === undefined && ownerKey !== undefined))
  }
  return { found, folders }
}

/** The folder as something to manage, where an offer covers it; what lies beneath is looked up when somebody asks. */
const managedAt = ({ filter, params }: VaultContext, path: string): readonly Discovered[] => {
  const permissions = offeredOn(params.management, path)
  const obstacle = obstacleText(path.slice(0, -1))
  if (permissions.length === 0 || !filter.covers(path) || !filter.includesBeneath(path)) return []
  return [{ type: 'management', path, permissions, ...(obstacle && { obstacle }) }]
}

/**
 * Keys with the permissions of their type, where the bot may read it. A key keeps its type, so each one is read once.
 */
const typed = async (context: VaultContext, calls: VaultCalls, mount: string, keys: readonly Discovered[]) => {
  if (keys.length === 0 || !(await context.rights()).has('key-types')) return keys
  const all: Discovered[] = []
  for (const key of keys) {
    const permissions = context.keyTypes.get(key.path) ?? (await permissionsOf(calls, mount, key.path))
    if (permissions) context.keyTypes.set(key.path, permissions)
    all.push(permissions ? { ...key, permissions: offeredOnKey(context, key.path, permissions) } : key)
  }
  return all
}

const offeredOnKey = ({ mayExport }: VaultContext, path: string, permissions: readonly string[]) =>
  mayExport(path) ? permissions : permissions.filter((permission) => permission !== 'export')

const permissionsOf = async (calls: VaultCalls, mount: string, path: string) => {
  const key = await unlessDenied(() => calls.readKey(mount, path.slice(mount.length + 1)))
  return key && keyPermissions(key)
}

const offered = {
  secret: [...(resourceTypeOf('secret')?.permissions.keys() ?? [])],
  key: [...(resourceTypeOf('key')?.permissions.keys() ?? [])],
}

/** Nobody can request a resource with an obstacle, so its tag is not needed. */
const secretAt = (path: string, about: About | undefined, isUnread: boolean): Discovered => {
  const obstacle = obstacleText(path.replace(/\/$/, '')) // a folder that cannot be entered is reported under its own name
  return {
    type: 'secret',
    path,
    permissions: offered.secret,
    ...about,
    ...(obstacle ? { obstacle } : isUnread && { isTagUnread: true }),
  }
}

/** Whether the path of the folder can be listed without being read as another path. */
const canEnter = (folder: string): boolean => {
  const obstacle = obstacleOf(folder.slice(0, -1))
  return obstacle === undefined || ['star', 'plus', 'braces', 'blanks'].includes(obstacle)
}

/** The owner tag of a secret as it is now; a key has none. Throws `resource-gone` when the secret does not exist. */
export const ownerTag = async (context: VaultContext, item: Pick<Item, 'type' | 'path'>, ownerKey: string) =>
  (await metadataOf(context, vaultCalls(context.send), item))?.get(ownerKey)

/** The tag and the description, at discovery's pace. */
export const refreshTag = async (
  context: VaultContext,
  of: Pick<Resource, 'type' | 'path'>,
  ownerKey: string,
  signal: AbortSignal,
): Promise<About> =>
  readAbout(await metadataOf(context, vaultCalls(context.pace.paced(context.send, signal)), of), ownerKey)

const metadataOf = async (
  { mounts }: VaultContext,
  calls: VaultCalls,
  { type, path }: Pick<Resource, 'type' | 'path'>,
): Promise<ReadonlyMap<string, string> | undefined> => {
  const place = type === 'secret' ? splitPath(path, mounts.kv) : undefined
  if (!place) return undefined
  const metadata = await calls.readMetadata(place.mount, place.path)
  if (!metadata) throw failure('resource-gone', `There is no secret ${path} any more.`)
  return metadata
}
