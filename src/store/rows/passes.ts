import type { DiscoveryProgress } from '../../domain/discovery.ts'
import type { Timestamp } from '../../domain/time.ts'

/** The columns about a pass's progress; moments that have not come are null. */
export type PassRow = Pick<DiscoveryProgress['folders'], 'done' | 'known' | 'expected'> &
  Pick<DiscoveryProgress, 'began' | 'resources' | 'away'> & {
    readonly endedAt: Timestamp | null
    readonly completedAt: Timestamp | null
  }

/** The progress of a pass, with its owner tags. */
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
