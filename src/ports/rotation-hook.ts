import type { GrantId, IntegrationId, RequestId } from '../domain/ids.ts'
import type { Timestamp } from '../domain/time.ts'

/** What a receiver is told of a secret that was read; never its value. `id` is the same when a call is repeated. */
export type RotationCall = {
  readonly id: string
  readonly integration: IntegrationId
  readonly request: RequestId
  readonly grant: GrantId
  /** The secret, mount first. */
  readonly path: string
  readonly reads: { readonly count: number; readonly first: Timestamp; readonly last: Timestamp }
}

/** Tells a receiver. Failures are `ExternalError`. */
export type RotationHook = (call: RotationCall, signal: AbortSignal) => Promise<void>

/** The receiver for a secret; `undefined` where none is configured. */
export type RotationHooks = (integration: IntegrationId, secret: string) => RotationHook | undefined
