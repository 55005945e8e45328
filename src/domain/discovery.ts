import type { NewCard } from './card.ts'
import type { IntegrationId } from './ids.ts'
import type { Resource } from './resource.ts'
import { type Seconds, seconds, type Timestamp } from './time.ts'

/** One thing that discovery found. */
export type Discovered = Pick<Resource, 'type' | 'path' | 'permissions' | 'ownerTag' | 'obstacle'> & {
  /** The listing does not tell the owner tag: it has to be read by itself. */
  readonly isTagUnread?: true
}
/** A folder, or a page of a long one, in the words of the connector that looks into it. */
export type Folder = string
/** What one look showed, and where else to look. */
export type Look = { readonly found: readonly Discovered[]; readonly folders: readonly Folder[] }
export type SavedLook = Look & { readonly folder: Folder }

/** A part of an integration, such as a mount, that cannot be looked into; the place begins the paths of its resources. */
export type Away = { readonly place: string; readonly code: string; readonly since: Timestamp }
/** Where discovery begins, and what it has to leave out. */
export type Roots = { readonly folders: readonly Folder[]; readonly away: readonly Omit<Away, 'since'>[] }
/** What a pass could not look into for that reason. */
export type Unseen = { readonly places: readonly string[]; readonly folders: readonly Folder[] }

/** A resource by which its owner tag can be read. */
export type Tagged = Pick<Resource, 'id' | 'type' | 'path'>

/** One walk over everything that an integration's vault holds. */
export type Pass = {
  readonly integration: IntegrationId
  /** Names the pass; greater than that of every earlier one. */
  readonly began: Timestamp
}
export type PassOpening = {
  readonly now: Timestamp
  /** A pass that nobody has worked on since then is not gone on with: too much has changed behind it. */
  readonly since: Timestamp
  readonly ownerKey: string | undefined
  readonly roots: readonly Folder[]
}

/** How far discovery is at one integration. */
export type DiscoveryProgress = {
  readonly began: Timestamp
  /** Absent while the pass is under way (or was left by a process that ended). */
  readonly ended?: Timestamp
  /** When a pass last ended that had looked everywhere. */
  readonly completed?: Timestamp
  /** Looked into; found so far; to be found, as the pass before lets expect. */
  readonly folders: { readonly done: number; readonly known: number; readonly expected: number }
  readonly resources: number
  readonly away: readonly Away[]
  /** Owner tags that are read one by one: how many, how many never yet, and when the oldest other one was read. */
  readonly tags: { readonly count: number; readonly unread: number; readonly oldest?: Timestamp }
}

/** How discovery looks at what a connector offers. */
export interface Discovery {
  /** How many looks, or tags to refresh, may be asked for at once. */
  readonly looksAtOnce: number
  /** Where discovery begins, and what is configured but not there. */
  roots(): Promise<Roots>
  /** The part of the integration, such as a mount, in which a folder lies. */
  placeOf(folder: Folder): string
  /** Everything in one folder, grantable or not; at the configured pace, and later while the vault is busy. */
  look(folder: Folder, ownerKey: string | undefined, signal: AbortSignal): Promise<Look>
  /** An owner tag that a look left unread, at the same pace. */
  refreshTag(of: Pick<Resource, 'type' | 'path'>, ownerKey: string, signal: AbortSignal): Promise<string | undefined>
}

/** What is remembered of discovery: the part of the store that only passes and the refreshing of tags use. */
export interface DiscoveryMemory {
  /** Goes on with the pass that was left, if that was not before `since` and for the same key; else begins a new one. */
  openPass(integration: IntegrationId, opening: PassOpening): Promise<Pass>
  /** Folders of the pass that were not looked into yet, in the order in which they were found. */
  foldersAhead(pass: Pass, limit: number): Promise<readonly Folder[]>
  /** What was found becomes resources, and the folders named lie ahead; whoever is killed on the way looks again. */
  saveLooks(pass: Pass, looks: readonly SavedLook[], now: Timestamp): Promise<void>
  /**
   * Ends the pass. If it looked everywhere, what it did not see is gone: returns how many, else `undefined`. Resources
   * of unseen places stay as they are.
   */
  closePass(pass: Pass, now: Timestamp, unseen?: Unseen): Promise<number | undefined>
  /** What the last pass could not look into. */
  awayAt(integration: IntegrationId): Promise<readonly Away[]>
  /** Replaces that and stores the news of it, both or neither. */
  saveAway(integration: IntegrationId, away: readonly Away[], cards: readonly NewCard[]): Promise<void>
  /** Whether anything is known at the integration, grantable or not. */
  hasResources(integration: IntegrationId): Promise<boolean>
  discoveryProgress(integration: IntegrationId): Promise<DiscoveryProgress | undefined>
  /** Resources whose tag is read one by one and was not read since `before`: new ones first, then the oldest. */
  staleTags(integration: IntegrationId, before: Timestamp, limit: number): Promise<readonly Tagged[]>
  saveTags(tags: readonly Pick<Resource, 'id' | 'ownerTag'>[], now: Timestamp): Promise<void>
}

type Measured = { readonly at: Timestamp; readonly done: number }

/** Folders a second between two looks at the same pass; 0 while nothing can be said. */
export const folderRate = (then: Measured, now: Measured): number => {
  const elapsed = (now.at - then.at) / 1000
  return elapsed > 0 ? Math.max(0, now.done - then.done) / elapsed : 0
}

/** How long the pass still takes at this rate; `undefined` while nothing can be said. */
export const timeLeft = ({ folders }: Pick<DiscoveryProgress, 'folders'>, rate: number): Seconds | undefined => {
  const left = Math.max(folders.known, folders.expected) - folders.done
  return rate > 0 ? seconds(Math.ceil(Math.max(0, left) / rate)) : undefined
}
