import { z } from 'zod'
import { obstacleOf } from './obstacles.ts'
import { resourceTypeOf, splitPath } from './resource-types.ts'

const permissions = ['ReadOnly', 'ReadWrite', 'Admin'] as const

/** A folder or mount that may be managed, and how far; each folder beneath it may be, too. */
export const managementOffer = z.strictObject({
  path: z
    .string()
    .transform((path) => `${path.replace(/^\/+|\/+$/g, '')}/`)
    .refine((path) => obstacleOf(path.slice(0, -1)) === undefined, 'write a mount or folder such as kv/apps/'),
  permissions: z.array(z.enum(permissions)).min(1),
})

/** See `managementOffer`. */
export type ManagementOffer = z.output<typeof managementOffer>

/** The positions of offers outside the KV mounts. */
export const strayOffers = (offers: readonly ManagementOffer[], kvMounts: readonly string[]): readonly number[] =>
  offers.flatMap(({ path }, index) => (splitPath(path, kvMounts, true) ? [] : [index]))

/** The permissions that are offered on a folder, by an offer of itself or of a folder above it; the least first. */
export const offeredOn = (offers: readonly ManagementOffer[], folder: string): readonly string[] => {
  const covering = offers.filter(({ path }) => folder.startsWith(path))
  return permissions.filter((permission) => covering.some((offer) => offer.permissions.includes(permission)))
}

/** Whether an item may be asked for: a folder and the export of a key only by an offer, anything else always. */
export const isOffered = (
  { management, mayExport }: { management: readonly ManagementOffer[]; mayExport: (path: string) => boolean },
  item: { type: string; path: string; permission: string },
): boolean =>
  resourceTypeOf(item.type)?.covers === 'beneath'
    ? offeredOn(management, item.path).includes(item.permission)
    : item.type !== 'key' || item.permission !== 'export' || mayExport(item.path)
