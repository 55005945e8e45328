import type { AuditEvent } from './audit-event.ts'
import type { Timestamp } from './time.ts'

/** The server behind a shared database, as this process meets it. */
export type PresentServer = {
  /** Another one has another name: the same server with a new timeline is another one, too. */
  readonly name: string
  /** Whether everything has been done about what it may lack. */
  readonly isSettled: boolean
}

/** What a store knows of the server that keeps it; one that is a file has none. */
export interface ServerMemory {
  /** The time by its clock. */
  time(): Promise<Timestamp>
  /**
   * The server that answers now. Where it is not the noted one, and the former one may have confirmed what this one
   * lacks, it is unsettled. Then every open link is over, and what is being set up is held, before anything else.
   */
  present(): Promise<PresentServer>
  /** Notes that everything was done about it, with an audit row. */
  settled(name: string, audit: readonly AuditEvent[]): Promise<void>
}
