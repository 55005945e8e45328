import type { AuditKind } from '../domain/audit-event.ts'
import type { InstanceId, IntegrationId, PersonId, RequestId } from '../domain/ids.ts'
import type { Timestamp } from '../domain/time.ts'
import type { AuditHead, AuditRow, AuditVerdict, Loaded, Store } from './store.ts'

/** Which rows of the log; ids may be given by how they begin. */
export type AuditFilter = {
  readonly since?: Timestamp
  readonly until?: Timestamp
  readonly kinds?: readonly AuditKind[]
  /** What the person did, and what concerns the person's own requests. */
  readonly person?: PersonId
  readonly request?: string
  readonly grant?: string
  readonly integration?: IntegrationId
}

/** A look at the store from beside the server: nothing is locked, nothing can be written. */
export interface StoreReader
  extends Pick<Store, 'request' | 'requestOfGrant' | 'requests' | 'grants' | 'cardsOf' | 'auditHead' | 'close'> {
  /** `undefined` before the first start of its server. */
  instance(): Promise<InstanceId | undefined>
  /** Up to `limit` rows after a sequence number, in order. */
  rowsAfter(sequence: number, filter: AuditFilter, limit: number): Promise<readonly AuditRow[]>
  /** The newest ones, in order. */
  latestRows(filter: AuditFilter, limit: number): Promise<readonly AuditRow[]>
  /** One row, and the hash that it follows. */
  row(sequence: number): Promise<{ readonly row: AuditRow; readonly previous: string } | undefined>
  /** Follows the whole log, which must hold each head that is `known` from elsewhere. */
  verify(known: readonly AuditHead[], onProgress?: (rows: number) => void): Promise<AuditVerdict>
  /** All rows about the request, in order. */
  rowsOf(request: RequestId): Promise<readonly AuditRow[]>
  /** Every request that ever had a grant for the resource, by its id or its path. */
  holdings(resource: string): Promise<readonly Loaded[]>
  /** Paths that hold the text, for who mistyped one. */
  pathsLike(text: string, limit: number): Promise<readonly string[]>
}
