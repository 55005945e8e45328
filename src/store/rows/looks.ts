import { createHash } from 'node:crypto'
import type { Discovered, SavedLook } from '../../domain/discovery.ts'

/** About eighty milliseconds per transaction at full speed; usually far fewer rows arrive at once. */
const rowsAtOnce = 4_000

/** A part of a look that fits into one transaction. Its last part marks the folder as listed. */
export type Part = SavedLook & { readonly fingerprint: string; readonly isLast: boolean; readonly count: number }

/** Parts of looks, by the transaction in which they are saved. */
export const batchesOf = (looks: readonly SavedLook[]): readonly (readonly Part[])[] => {
  const batches: Part[][] = []
  let rows = rowsAtOnce
  for (const part of looks.flatMap(partsOf)) {
    const size = part.found.length + part.folders.length + 1
    rows += size
    if (rows > rowsAtOnce) {
      batches.push([])
      rows = size
    }
    batches.at(-1)?.push(part)
  }
  return batches
}

/** A look in parts with a limited number of rows. */
const partsOf = (look: SavedLook): readonly Part[] => {
  const { folder, found, folders } = look
  const shared = { folder, fingerprint: fingerprintOf(found), count: found.length }
  const size = rowsAtOnce - 1
  if (found.length + folders.length <= size) return [{ ...look, ...shared, isLast: true }]
  const parts: Part[] = []
  for (let from = 0; from < found.length; from += size) {
    parts.push({ ...shared, found: found.slice(from, from + size), folders: [], isLast: false })
  }
  for (let from = 0; from < folders.length; from += size) {
    parts.push({ ...shared, found: [], folders: folders.slice(from, from + size), isLast: false })
  }
  return parts.with(-1, { ...(parts.at(-1) ?? { ...look, ...shared }), isLast: true })
}

const fingerprintOf = (found: readonly Discovered[]): string => {
  const shown = found.map(({ type, path, permissions, ownerTag, description, obstacle, isTagUnread }) =>
    JSON.stringify([type, path, permissions, ownerTag, obstacle, isTagUnread, description]),
  )
  return createHash('sha256').update(shown.join('')).digest('base64')
}
