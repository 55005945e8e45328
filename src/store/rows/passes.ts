import type { DiscoveryProgress } from '../../domain/discovery.ts'
import type { Timestamp } from '../../domain/time.ts'

/** What the row of a pass tells of its progress; moments that did not come yet are null. */
export type PassRow = Pick<DiscoveryProgress['folders'], 'done' | 'known' | 'expected'> &
  Pick<DiscoveryProgress, 'began' | 'resources' | 'away'> & {
    readonly endedAt: Timestamp | null
    readonly completedAt: Timestamp | null
  }

/** How far the pass of a row has come, and its owner tags. */
export const toProgress = (row: PassRow, tags: DiscoveryProgress['tags']): DiscoveryProgress => {
  const { began, endedAt, completedAt, done, known, expected, resources, away } = row
  return {
    began,
    ...(endedAt !== null && { ended: endedAt }),
    ...(completedAt !== null && { completed: completedAt }),
    folders: { done, known, expected },
    resources,
    away,
    tags,
  }
}
