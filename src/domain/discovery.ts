import type { NewCard } from './card.ts'
import type { IntegrationId } from './ids.ts'
import type { Resource } from './resource.ts'
import { type Seconds, seconds, type Timestamp } from './time.ts'

/** One thing that discovery found. */
export type Discovered = Pick<Resource, 'type' | 'path' | 'permissions' | 'ownerTag' | 'description' | 'obstacle'> & {
  /** The listing did not contain the owner tag, so it must be read separately. */
  readonly isTagUnread?: true
}
/** A folder, or a page of a long one, in the connector's own notation. */
export type Folder = string
/** The result of one look: what it found, and further folders. */
export type Look = { readonly found: readonly Discovered[]; readonly folders: readonly Folder[] }
export type SavedLook = Look & { readonly folder: Folder }

/** A part of an integration, such as a mount, that cannot be listed. The paths of its resources start with `place`. */
export type Away = { readonly place: string; readonly code: string; readonly since: Timestamp }
/** Where discovery starts, and what it must leave out. */
export type Roots = { readonly folders: readonly Folder[]; readonly away: readonly Omit<Away, 'since'>[] }
/** What a pass could not list because it was away. */
export type Unseen = { readonly places: readonly string[]; readonly folders: readonly Folder[] }

/** The fields with which a connector reads an owner tag. */
export type Tagged = Pick<Resource, 'id' | 'type' | 'path'>

/** One walk over everything in an integration's vault. */
export type Pass = {
  readonly integration: IntegrationId
  /** Identifies the pass; greater than in every earlier one. */
  readonly began: Timestamp
}
export type PassOpening = {
  readonly now: Timestamp
  /** A pass without work since then is not resumed, because too much may have changed. */
  readonly since: Timestamp
  readonly ownerKey: string | undefined
  readonly roots: readonly Folder[]
}

/** The progress of discovery at one integration. */
export type DiscoveryProgress = {
  readonly began: Timestamp
  /** Absent while the pass is running, or when its process ended early. */
  readonly ended?: Timestamp
  /** The end of the last complete pass. */
  readonly completed?: Timestamp
  /** Folders listed, found so far, and expected from the previous pass. */
  readonly folders: { readonly done: number; readonly known: number; readonly expected: number }
  readonly resources: number
  readonly away: readonly Away[]
  /** Owner tags that are read one by one: how many, how many still unread, and the oldest reading. */
  readonly tags: { readonly count: number; readonly unread: number; readonly oldest?: Timestamp }
}

/** Discovery's view of a connector. */
export interface Discovery {
  /** How many looks, or tags to refresh, may run at once. */
  readonly looksAtOnce: number
  /** Where discovery starts, and what is configured but missing. */
  roots(): Promise<Roots>
  /** The part of the integration, such as a mount, that contains a folder. */
  placeOf(folder: Folder): string
  /** Everything in one folder, grantable or not, at the configured pace; slower while the vault is busy. */
  look(folder: Folder, ownerKey: string | undefined, signal: AbortSignal): Promise<Look>
  /** An owner tag that a look left unread, with the description, at the same pace. */
  refreshTag(
    of: Pick<Resource, 'type' | 'path'>,
    ownerKey: string,
    signal: AbortSignal,
  ): Promise<Pick<Resource, 'ownerTag' | 'description'>>
}

/** What the store remembers about discovery; only passes and the refreshing of tags use it. */
export interface DiscoveryMemory {
  /** Resumes the last pass if somebody worked on it since `since` with the same key; otherwise begins a new one. */
  openPass(integration: IntegrationId, opening: PassOpening): Promise<Pass>
  /** Unlisted folders of the pass, in the order of discovery. */
  foldersAhead(pass: Pass, limit: number): Promise<readonly Folder[]>
  /** Stores found resources and further folders in one step; after a kill, unsaved folders are listed again. */
  saveLooks(pass: Pass, looks: readonly SavedLook[], now: Timestamp): Promise<void>
  /**
   * Ends the pass. After a complete pass, resources that it did not see are gone: returns their number, else
   * `undefined`. Resources in unseen places stay unchanged.
   */
  closePass(pass: Pass, now: Timestamp, unseen?: Unseen): Promise<number | undefined>
  /** What the last pass could not list. */
  awayAt(integration: IntegrationId): Promise<readonly Away[]>
  /** Replaces that and stores the news of it, both or neither. */
  saveAway(integration: IntegrationId, away: readonly Away[], cards: readonly NewCard[]): Promise<void>
  /** Whether any resource of the integration is known, grantable or not. */
  hasResources(integration: IntegrationId): Promise<boolean>
  discoveryProgress(integration: IntegrationId): Promise<DiscoveryProgress | undefined>
  /** Resources whose tag is read separately and was not read since `before`: new ones first, then the oldest. */
  staleTags(integration: IntegrationId, before: Timestamp, limit: number): Promise<readonly Tagged[]>
  saveTags(tags: readonly Pick<Resource, 'id' | 'ownerTag' | 'description'>[], now: Timestamp): Promise<void>
}

type Measured = { readonly at: Timestamp; readonly done: number }

/** Folders per second between two measurements of a pass; 0 while unknown. */
export const folderRate = (then: Measured, now: Measured): number => {
  const elapsed = (now.at - then.at) / 1000
  return elapsed > 0 ? Math.max(0, now.done - then.done) / elapsed : 0
}

/** How long the pass still takes at this rate; `undefined` while unknown. */
export const timeLeft = ({ folders }: Pick<DiscoveryProgress, 'folders'>, rate: number): Seconds | undefined => {
  const left = Math.max(folders.known, folders.expected) - folders.done
  return rate > 0 ? seconds(Math.ceil(Math.max(0, left) / rate)) : undefined
}
