import type { Resource } from '../../domain/resource.ts'
import type { VaultCalls } from './calls.ts'
import type { VaultContext } from './context.ts'
import type { Engine } from './engines.ts'
import { isFailure } from './failure.ts'

const limit = 500 // names per page

/** A folder of a KV mount, or a page of a folder or of another mount. The page starts after the name `after`. */
export type FolderPage = {
  readonly engine: Engine
  readonly mount: string
  readonly below: string
  readonly after: string
}

/** What the metadata of a secret says about it. */
export type About = Pick<Resource, 'ownerTag' | 'description'>

/** The names on a page. */
export type Listing = {
  readonly names: readonly string[]
  /** Absent when the listing does not contain metadata; `undefined` for a name without it. */
  readonly aboutOf?: (name: string) => About | undefined
  /** The name after which the next page starts; absent on the last one. */
  readonly next?: string
}

/** One page of a folder, with the owner tags where the bot gets them in the same call. Throws `denied`. */
export const listed = async (
  context: VaultContext,
  calls: VaultCalls,
  page: FolderPage,
  ownerKey: string | undefined,
): Promise<Listing> => {
  const isOpenBao = (await context.flavour()) === 'openbao'
  const listing = await namesOn(context, calls, page, isOpenBao, ownerKey)
  // A server without pages returns everything again.
  if (page.after !== '' && listing.names.includes(page.after)) return { names: [] }
  const last = listing.names.at(-1)
  const isCutOff = isOpenBao && listing.names.length === limit && last !== undefined
  return isCutOff ? { ...listing, next: last } : listing
}

const namesOn = async (
  context: VaultContext,
  calls: VaultCalls,
  { engine, mount, below, after }: FolderPage,
  isOpenBao: boolean,
  ownerKey: string | undefined,
): Promise<Listing> => {
  const page = isOpenBao ? { after, limit } : undefined
  if (engine === 'transit') return { names: await calls.listKeys(mount, page) }
  const isBulk = page && ownerKey !== undefined && (await context.rights()).has('bulk-owner-tags')
  const detailed = isBulk ? await unlessDenied(() => calls.listDetailed(mount, below, page)) : undefined
  if (!isBulk || !detailed) return { names: await calls.listFolder(mount, below, page) }
  const { keys, key_info: about } = detailed
  const aboutOf = (name: string) => {
    const metadata = about?.get(name)
    return metadata ? readAbout(metadata.custom_metadata ?? undefined, ownerKey) : undefined
  }
  return { names: keys, aboutOf }
}

/** The most characters of a description that anybody is shown. */
const longest = 200

/** Anybody who may write the metadata wrote the description, so it is kept short and on one line. */
export const readAbout = (metadata: ReadonlyMap<string, string> | undefined, ownerKey: string): About => {
  const ownerTag = metadata?.get(ownerKey)
  const description = [...(metadata?.get('description') ?? '').replace(/\s+/g, ' ').trim()].slice(0, longest).join('')
  return { ...(ownerTag !== undefined && { ownerTag }), ...(description !== '' && { description }) }
}

/** The answer, or `undefined` when the bot may not have it. */
export const unlessDenied = async <T>(call: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await call()
  } catch (error) {
    if (isFailure(error, 'denied')) return undefined
    throw error
  }
}
