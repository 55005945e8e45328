import type { IntegrationId, ResourceId } from './ids.ts'
import type { Party } from './integration.ts'
import type { Timestamp } from './time.ts'

/** One requestable thing, as discovery last saw it. */
export type Resource = {
  readonly id: ResourceId
  readonly integration: IntegrationId
  /** The connector's resource type, such as `secret` or `key`. */
  readonly type: string
  /** Its path in the vault, mount first, such as `kv/apps/db`. Unique per integration and type. */
  readonly path: string
  readonly permissions: readonly string[]
  /** The metadata value of the integration's owner key at the last discovery. */
  readonly ownerTag?: string
  /** What its metadata says it is, read with the owner tag. Whoever may write the metadata wrote it. */
  readonly description?: string
  /** Why it cannot be granted safely; absent when it can. */
  readonly obstacle?: string
  readonly seenAt: Timestamp
}

/** One requested (resource, permission) pair. The path stays as it was, for the record. */
export type Item = {
  readonly resource: ResourceId
  readonly type: string
  readonly path: string
  readonly permission: string
  /** Denied paths beneath the item: one complete path, or a beginning that ends in `*`. */
  readonly except?: readonly string[]
  /** Other owners' secrets beneath a folder that are requested as well, so these owners decide too. */
  readonly asked?: readonly AskedBeneath[]
}

/** A secret beneath a requested folder, and its owner at the request. */
export type AskedBeneath = { readonly path: string; readonly owner: Party }

/** Whether an item includes what is beneath its path: a folder or a whole mount. */
export const isFolder = ({ path }: Pick<Item, 'path'>): boolean => path.endsWith('/')
