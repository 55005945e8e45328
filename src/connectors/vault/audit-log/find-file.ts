import { constants } from 'node:fs'
import { type FileHandle, open, readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Timestamp } from '../../../domain/time.ts'
import { momentIn } from './entry.ts'
import { beginning, bytesAt, type FilePosition, firstLineOf, idOf, isSameFile } from './file-position.ts'

/** Where reading goes on after a start. */
export type Found = {
  /** The file of the position; absent when it is gone. */
  readonly file?: { readonly handle: FileHandle; readonly isCopy: boolean }
  /** Files that were written after it and moved aside, the oldest first. */
  readonly between: readonly string[]
  /** A file in between is compressed, so that lines are missing. */
  readonly isCompressed: boolean
}

/**
 * Finds the file of a position, under its own name or another one: rotation renames files, or copies and empties them.
 * Also finds what was rotated since.
 */
export const findFile = async (path: string, position: FilePosition, readTo: Timestamp): Promise<Found> => {
  const candidates = await candidatesIn(path)
  let known: { handle: FileHandle; isCopy: boolean; path: string } | undefined
  for (const candidate of candidates) {
    const handle = await openForReading(candidate.path)
    if (!handle) continue
    const { device, inode } = await idOf(handle)
    const hasItsId = device === position.device && inode === position.inode
    const isIt = position.offset === 0 ? hasItsId : await isSameFile(handle, position)
    const isBetter = isIt && (!known || (hasItsId && known.isCopy))
    if (isBetter) await known?.handle.close()
    if (isBetter) known = { handle, isCopy: !hasItsId, path: candidate.path }
    else await handle.close()
  }
  if (known?.path === path && !known.isCopy) return { file: known, between: [], isCompressed: false }
  const own = candidates.find((one) => one.path === known?.path)
  const others = candidates.filter((one) => one.path !== known?.path && one.path !== path)
  const isRead = ({ first }: Candidate) => position.past.includes(first) || first === own?.first
  const later = others.filter((one) => one.begins !== undefined && one.begins > readTo - tolerance && !isRead(one))
  return {
    ...(known && { file: known }),
    between: later.sort((one, other) => (one.begins ?? 0) - (other.begins ?? 0)).map((one) => one.path),
    isCompressed: others.some(({ begins, changed }) => begins === undefined && changed > readTo + tolerance),
  }
}

/** Lines are written by several hands, so their times may be a little out of order. */
const tolerance = 2_000

type Candidate = {
  readonly path: string
  readonly begins?: Timestamp
  readonly changed: number
  readonly first: string
}

/**
 * Whether a name is the log's, or that of an older part: `audit.log.1`, `audit.log-20260101.gz` or `audit-20260101.log`.
 * Another device may write beside it under a name that begins alike.
 */
export const isPartOf = (log: string, name: string): boolean => {
  if (name === log) return true
  const extension = /\.[^.]*$/.exec(log)?.[0] ?? ''
  const stem = log.slice(0, log.length - extension.length)
  const plain = name.replace(/\.(gz|bz2|xz|zst)$/, '')
  const isOlder = (rest: string) => /^[.-](\d[\w:.-]*|old|bak)$/.test(rest)
  if (plain.startsWith(log) && (plain === log || isOlder(plain.slice(log.length)))) return true
  return (
    plain.startsWith(stem) &&
    plain.endsWith(extension) &&
    isOlder(plain.slice(stem.length, plain.length - extension.length))
  )
}

/** The log, and its older parts beside it. Without a time in its first line it is not readable. */
const candidatesIn = async (path: string): Promise<readonly Candidate[]> => {
  const folder = dirname(path)
  const names = await readdir(folder).catch(() => [])
  const found: Candidate[] = []
  for (const name of names.filter((one) => isPartOf(basename(path), one))) {
    const at = join(folder, name)
    const handle = await openForReading(at)
    if (!handle) continue
    try {
      const bytes = await bytesAt(handle, 0, beginning)
      const begins = firstMoment(bytes)
      const { mtimeMs, size } = await handle.stat()
      if (size > 0) found.push({ path: at, ...(begins && { begins }), changed: mtimeMs, first: firstLineOf(bytes) })
    } finally {
      await handle.close()
    }
  }
  return found
}

const firstMoment = (bytes: Buffer): Timestamp | undefined => {
  for (const line of bytes.toString('latin1').split('\n')) {
    const at = momentIn(line)
    if (at !== undefined) return at
  }
  return undefined
}

/** A regular file; `undefined` when it is not there, or may not be read. A pipe must not block the start. */
export const openForReading = async (path: string): Promise<FileHandle | undefined> => {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined)
  if (!handle) return undefined
  if ((await handle.stat()).isFile()) return handle
  await handle.close()
  return undefined
}
