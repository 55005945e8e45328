import type { Timestamp } from '../domain/time.ts'
import type { AuditVerdict, Store } from './store.ts'
import type { StoreReader } from './store-reader.ts'

/** The server's inputs for the store that it opens. */
export type Opening = {
  /** Draws an unused id. */
  readonly newId: () => string
  /** Called when writes have waited for a second, with the start of the wait, and again when they succeed. */
  readonly onBlocked?: (since: Timestamp | undefined) => void
  /** Replaces the database's clock in tests. */
  readonly now?: () => Timestamp
}

/** The database of an address: what a server, other commands and a backup need of it. */
export interface Database {
  /** Its name for people, without a password. */
  readonly name: string
  /** Its folder on this machine, which contains the control socket; absent without a folder. */
  readonly folder: string | undefined
  /** The default place of the journal of names. */
  readonly journal: string | undefined
  exists(): Promise<boolean>
  /** Opens it for a server and migrates it; refuses while another process has it. */
  open(opening: Opening): Promise<Store>
  /** Opens it for reading, even while a server runs. Throws `UnreadableDatabase`. */
  read(): Promise<StoreReader>
  /** Its state, without changing it. Throws `UnreadableDatabase`. */
  state(): Promise<DatabaseState>
  /** Present when the whole database is a file; other databases have their own backup tools. */
  readonly file?: DatabaseFile
  /** Present when it is at a server of its own. Rejects while that is away. */
  readonly facts?: () => Promise<ServerFacts>
}

/** What an operator should know of a database server. */
export type ServerFacts = {
  readonly version: string
  readonly isTooOld: boolean
  readonly isEncrypted: boolean
  /** Whether processes hear of each other at once; else they look each second. */
  readonly isHeard: boolean
  /** By how many milliseconds its clock is ahead of this machine's. */
  readonly ahead: number
  /** Whether a commit waits for the server's disk. */
  readonly waitsForDisk: boolean
  /** The standbys for which a commit waits, as configured; empty for none. */
  readonly standbys: string
  /** The most connections that it takes. */
  readonly connections: number
  /** Whether a process of Latchkey uses the database, or did a moment ago. */
  readonly isInUse: boolean
}

export type DatabaseState =
  | { readonly state: 'in-memory' }
  /** The first start will create it, unless there is an `obstacle`, such as a read-only folder. */
  | { readonly state: 'absent'; readonly obstacle?: string }
  | ({ readonly state: 'present' } & Inspection)

/** The result of checking every page and key. */
export type Inspection = {
  /** Empty for an intact database. */
  readonly damage: readonly string[]
  /** Migrations that the next start will apply. */
  readonly pending: readonly string[]
  /** Why this version cannot use it. */
  readonly history?: string
  /** Why no server may start on it, as a sentence with what to do. */
  readonly obstacle?: string
}

/** A database that is one file, so that it can be copied and replaced as a whole. */
export interface DatabaseFile {
  readonly path: string
  /** Every file that belongs to it, existing or not. */
  readonly parts: readonly string[]
  /** Copies its state at one moment into a new file that only its owner can read, even while a server writes. */
  copyTo(path: string): Promise<void>
  /** Checks every page, key and audit row. Throws what is wrong, except for the verdict on the audit log. */
  check(onProgress?: (rows: number) => void): Promise<Checked>
  /** Whether a server has it open. */
  isInUse(): Promise<boolean>
  /**
   * Puts a finished copy in its place; throws while a server has it. Returns the place of the former database, named
   * after `mark`, if there was one.
   */
  replaceWith(finished: string, mark: string): Promise<string | undefined>
  /** Deletes all its files. */
  remove(): void
}

export type Checked = AuditVerdict & { readonly pending: readonly string[]; readonly bytes: number }

/** Why a database cannot be read. The message names it in a sentence for people. */
export class UnreadableDatabase extends Error {
  readonly code: 'absent' | 'foreign' | 'damaged' | 'unreadable'
  constructor(code: UnreadableDatabase['code'], message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = 'UnreadableDatabase'
    this.code = code
  }
}
