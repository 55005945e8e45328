import type { Resource } from '../../domain/resource.ts'
import type { Stored } from './row.ts'

/** The resource in a row. */
export const toResource = (row: Stored<Resource>): Resource => ({
  id: row.id,
  integration: row.integration,
  type: row.type,
  path: row.path,
  permissions: row.permissions,
  ...(row.ownerTag !== null && { ownerTag: row.ownerTag }),
  ...(row.description !== null && { description: row.description }),
  ...(row.obstacle !== null && { obstacle: row.obstacle }),
  seenAt: row.seenAt,
})

/** The last part of a path, which people remember. */
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1).toLowerCase()
