import type { AuditKind } from '../domain/audit-event.ts'
import type { InstanceId, IntegrationId, PersonId } from '../domain/ids.ts'
import type { Timestamp } from '../domain/time.ts'
import type { AuditHead, AuditRow, AuditVerdict, Loaded, Store } from './store.ts'

/** Selects rows of the log; an id may be given by its beginning. */
export type AuditFilter = {
  readonly since?: Timestamp
  readonly until?: Timestamp
  readonly kinds?: readonly AuditKind[]
  /** Actions of the person, and rows about the person's own requests. */
  readonly person?: PersonId
  readonly request?: string
  readonly grant?: string
  readonly integration?: IntegrationId
}

export type TagCount = { readonly tag: string; readonly resources: number; readonly path: string }

/** A read-only view of the store beside the server; it takes no lock. */
export interface StoreReader
  extends Pick<
    Store,
    | 'conversation'
    | 'request'
    | 'requestOfGrant'
    | 'requests'
    | 'grants'
    | 'cardsOf'
    | 'auditHead'
    | 'auditOf'
    | 'wasNamed'
    | 'receiptsOf'
    | 'rotationsOf'
    | 'auditWatch'
    | 'auditGaps'
    | 'close'
  > {
  /** `undefined` before the first start of its server. */
  instance(): Promise<InstanceId | undefined>
  /** Up to `limit` rows after a sequence number, in order. */
  rowsAfter(sequence: number, filter: AuditFilter, limit: number): Promise<readonly AuditRow[]>
  /** The newest rows, in order. */
  latestRows(filter: AuditFilter, limit: number): Promise<readonly AuditRow[]>
  /** One row, and the preceding hash. */
  row(sequence: number): Promise<{ readonly row: AuditRow; readonly previous: string } | undefined>
  /** Checks the whole log, which must contain each `known` head from elsewhere. */
  verify(known: readonly AuditHead[], onProgress?: (rows: number) => void): Promise<AuditVerdict>
  /** Every request that ever had a grant for the resource, given by id or path. */
  holdings(resource: string): Promise<readonly Loaded[]>
  /** The owner tags in the catalogue, each with the number of resources that have it, and the first of their paths. */
  ownerTags(integration: IntegrationId): Promise<readonly TagCount[]>
  /** Paths that contain the text, to suggest after a misspelt path. */
  pathsLike(text: string, limit: number): Promise<readonly string[]>
}
