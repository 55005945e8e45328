import type { IntegrationId, ResourceId } from './ids.ts'
import type { Timestamp } from './time.ts'

/** One requestable thing, as discovery last saw it. */
export type Resource = {
  readonly id: ResourceId
  readonly integration: IntegrationId
  /** The connector's resource type, such as `secret` or `key`. */
  readonly type: string
  /** Where it lies in the vault, mount first, such as `kv/apps/db`. Unique per integration and type. */
  readonly path: string
  readonly permissions: readonly string[]
  /** The metadata value under the integration's owner key, as it was at the last discovery. */
  readonly ownerTag?: string
  /** Why it cannot be granted safely; absent for what can be asked for. */
  readonly obstacle?: string
  readonly seenAt: Timestamp
}

/** One (resource, permission) pair asked for; the path is kept as it was, for the record. */
export type Item = {
  readonly resource: ResourceId
  readonly type: string
  readonly path: string
  readonly permission: string
  /** Paths beneath that are denied: one by its whole name, or all that begin like one ending in `*`. */
  readonly except?: readonly string[]
}

/** Whether an item reaches what lies beneath its path: a folder or a whole mount. */
export const isFolder = ({ path }: Pick<Item, 'path'>): boolean => path.endsWith('/')
