import type { Item } from '../../domain/catalogue.ts'
import type { Discovered } from '../../ports.ts'
import { type VaultCalls, vaultCalls } from './calls.ts'
import type { VaultContext } from './context.ts'
import { failure, isFailure } from './failure.ts'
import { obstacleOf, obstacleText } from './policy.ts'
import { resourceTypeOf, splitPath } from './resource-types.ts'

/** One call and what it leads to. */
type Job = () => Promise<{ readonly found: readonly Discovered[]; readonly more: readonly Job[] }>

const width = 8
const page = 500

/**
 * Everything below the configured mounts, with the owner tag where a key for it is given. Names that cannot be granted
 * come with the reason. Throws when a mount is missing or the pass cannot be completed; folders below a mount that the
 * bot's policy denies are left out.
 */
export async function* discover(context: VaultContext, ownerKey: string | undefined): AsyncIterable<Discovered> {
  const calls = vaultCalls(context.send)
  await checkMounts(context, calls)
  const isBulk = (await context.rights()).has('bulk-owner-tags') && (await context.flavour()) === 'openbao'
  const scan = { calls, ownerKey, isBulk: isBulk && ownerKey !== undefined }
  const { kv, transit } = context.mounts
  yield* inParallel([
    ...kv.map((mount) => folderJob(scan, mount, '')),
    ...transit.map((mount) => keysJob(calls, mount)),
  ])
}

/** Throws `no-such-mount` unless each configured mount is there and of its kind. */
export const checkMounts = async ({ mounts }: VaultContext, calls: VaultCalls): Promise<void> => {
  const there = await calls.mounts()
  for (const mount of mounts.kv) {
    const found = there[`${mount}/`]
    if (found?.type !== 'kv' || found.options?.version !== '2') {
      throw failure('no-such-mount', `There is no KV version 2 engine at ${mount}/.`)
    }
  }
  for (const mount of mounts.transit) {
    if (there[`${mount}/`]?.type !== 'transit')
      throw failure('no-such-mount', `There is no Transit engine at ${mount}/.`)
  }
}

/** The owner tag of a secret as it is now; a key has none. Throws `resource-gone` when there is no such secret. */
export const ownerTag = async (context: VaultContext, item: Item, ownerKey: string): Promise<string | undefined> => {
  const place = item.type === 'secret' ? splitPath(item.path, context.mounts.kv) : undefined
  if (!place) return undefined
  const tags = await vaultCalls(context.send).readMetadata(place.mount, place.path)
  if (!tags) throw failure('resource-gone', `There is no secret ${item.path} any more.`)
  return tags[ownerKey]
}

type Scan = { readonly calls: VaultCalls; readonly ownerKey: string | undefined; readonly isBulk: boolean }

const folderJob =
  (scan: Scan, mount: string, folder: string, after = ''): Job =>
  async () => {
    const { entries, next } = await entriesOf(scan, mount, folder, after)
    const found: Discovered[] = []
    const more: Job[] = next === undefined ? [] : [folderJob(scan, mount, folder, next)]
    for (const { name, tags } of entries) {
      const path = `${folder}${name}`
      if (name.endsWith('/')) {
        if (canEnter(path)) more.push(folderJob(scan, mount, path))
        else found.push(secretAt(mount, path))
      } else if (scan.ownerKey === undefined || scan.isBulk || obstacleOf(`${mount}/${path}`)) {
        found.push(secretAt(mount, path, scan.ownerKey === undefined ? undefined : tags?.[scan.ownerKey]))
      } else more.push(tagJob(scan.calls, mount, path, scan.ownerKey))
    }
    return { found, more }
  }

type Entries = { entries: readonly { name: string; tags?: Readonly<Record<string, string>> }[]; next?: string }

const entriesOf = async (scan: Scan, mount: string, folder: string, after: string): Promise<Entries> => {
  const { calls, isBulk } = scan
  try {
    if (!isBulk) return { entries: (await calls.listFolder(mount, folder)).map((name) => ({ name })) }
    const { keys, key_info: about } = await calls.listDetailed(mount, folder, after, page)
    const entries = keys.map((name) => ({ name, tags: about?.[name]?.custom_metadata ?? {} }))
    const last = keys.length < page ? undefined : keys.at(-1)
    return last === undefined || last === after ? { entries } : { entries, next: last }
  } catch (error) {
    if (folder !== '' && isFailure(error, 'denied')) return { entries: [] }
    throw error
  }
}

const tagJob =
  (calls: VaultCalls, mount: string, path: string, ownerKey: string): Job =>
  async () => {
    try {
      const tags = await calls.readMetadata(mount, path)
      return { found: tags ? [secretAt(mount, path, tags[ownerKey])] : [], more: [] }
    } catch (error) {
      if (isFailure(error, 'denied')) return { found: [secretAt(mount, path)], more: [] }
      throw error
    }
  }

const keysJob =
  (calls: VaultCalls, mount: string): Job =>
  async () => {
    const names = await calls.listKeys(mount)
    return {
      found: names.map((name) => ({ type: 'key', path: `${mount}/${name}`, permissions: offered('key') })),
      more: [],
    }
  }

const secretAt = (mount: string, name: string, ownerTag?: string): Discovered => {
  const path = `${mount}/${name}`
  const obstacle = obstacleText(path)
  const permissions = offered('secret')
  return { type: 'secret', path, permissions, ...(ownerTag && { ownerTag }), ...(obstacle && { obstacle }) }
}

const offered = (type: string): readonly string[] => [...(resourceTypeOf(type)?.permissions.keys() ?? [])]

/** Whether the folder can be listed without its path being read as another one. */
const canEnter = (folder: string): boolean => {
  const obstacle = obstacleOf(folder.slice(0, -1))
  return obstacle === undefined || obstacle === 'star' || obstacle === 'plus' || obstacle === 'braces'
}

/** Runs jobs, a few at a time, and hands on what they find as soon as it is there. */
async function* inParallel(start: readonly Job[]): AsyncIterable<Discovered> {
  const waiting = [...start]
  const running = new Map<number, Promise<{ id: number; found: readonly Discovered[]; more: readonly Job[] }>>()
  for (let id = 0; waiting.length > 0 || running.size > 0; ) {
    // The newest first: a deep tree is finished branch by branch, so that the list of what waits stays short.
    for (
      let job = running.size < width ? waiting.pop() : undefined;
      job;
      job = running.size < width ? waiting.pop() : undefined
    ) {
      const own = id++
      running.set(
        own,
        job().then((result) => ({ id: own, ...result })),
      )
    }
    const { id: done, found, more } = await Promise.race(running.values())
    running.delete(done)
    waiting.push(...more)
    yield* found
  }
}
