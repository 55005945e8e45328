import type { Timestamp } from '../domain/time.ts'
import type { AuditVerdict, Store } from './store.ts'
import type { StoreReader } from './store-reader.ts'

/** What a server gives to the store that it opens. */
export type Opening = {
  /** Draws an id that nobody has. */
  readonly newId: () => string
  /** Told once writes have waited for a second, with since when, and again when they go through. */
  readonly onBlocked?: (since: Timestamp | undefined) => void
  /** Stands in for the clock of the database, in tests. */
  readonly now?: () => Timestamp
}

/** The database that an address names: what a server, the commands beside it, and a backup need of it. */
export interface Database {
  /** As people know it, without any password. */
  readonly name: string
  /** The folder on this machine that belongs to it, where the control socket lies; absent where it has none. */
  readonly folder: string | undefined
  /** Where the journal of names lies unless another place is named. */
  readonly journal: string | undefined
  exists(): Promise<boolean>
  /** Opens it for a server, brought up to date; refuses while another process has it. */
  open(opening: Opening): Promise<Store>
  /** Opens it for reading, also while a server runs. Throws `UnreadableDatabase`. */
  read(): Promise<StoreReader>
  /** How it is, without changing it. Throws `UnreadableDatabase`. */
  state(): Promise<DatabaseState>
  /** Present where the whole database is a file; elsewhere backups are made with its own tools. */
  readonly file?: DatabaseFile
}

export type DatabaseState =
  | { readonly state: 'in-memory' }
  /** It will be made at the first start, unless there is an `obstacle`, such as a folder that may not be written to. */
  | { readonly state: 'absent'; readonly obstacle?: string }
  | ({ readonly state: 'present' } & Inspection)

/** What a look at every page and key finds. */
export type Inspection = {
  /** Empty for a whole database. */
  readonly damage: readonly string[]
  /** Migrations that the next start will apply. */
  readonly pending: readonly string[]
  /** Why this version cannot use it. */
  readonly history?: string
}

/** A database that is one file: it can be copied and replaced as a whole. */
export interface DatabaseFile {
  readonly path: string
  /** Every file that belongs to it, whether it is there or not. */
  readonly parts: readonly string[]
  /** Copies it as it is at one moment, also while a server writes to it, into a new file of its owner's alone. */
  copyTo(path: string): Promise<void>
  /** Looks at every page, key and audit row; throws with what is wrong, except for the audit's verdict. */
  check(onProgress?: (rows: number) => void): Promise<Checked>
  /** Whether a server has it. */
  isInUse(): Promise<boolean>
  /**
   * Puts a finished copy in its place while no server can have it; throws while one has. Returns where the former one is
   * kept, named after `mark`, if there was one.
   */
  replaceWith(finished: string, mark: string): Promise<string | undefined>
  /** Deletes every part of it. */
  remove(): void
}

export type Checked = AuditVerdict & { readonly pending: readonly string[]; readonly bytes: number }

/** Why a database cannot be read. The message names it, and is a sentence for people. */
export class UnreadableDatabase extends Error {
  readonly code: 'absent' | 'foreign' | 'damaged' | 'unreadable'
  constructor(code: UnreadableDatabase['code'], message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = 'UnreadableDatabase'
    this.code = code
  }
}
