import type { FileHandle } from 'node:fs/promises'
import { stat } from 'node:fs/promises'
import type { AuditWatch } from '../../../domain/receipt-memory.ts'
import { type Timestamp, timestamp } from '../../../domain/time.ts'
import type { AuditBatch } from '../../../ports/audit-log.ts'
import type { Clock } from '../../../ports.ts'
import { batchOf, nothing } from './batch.ts'
import {
  beginningOf,
  bytesAt,
  endOf,
  type FilePosition,
  filePosition,
  following,
  headOf,
  isSameFile,
  longestLine,
  printOf,
  tailLength,
} from './file-position.ts'
import { findFile, openForReading } from './find-file.ts'
import { scan, type Wanted } from './lines.ts'
import { rest } from './rest.ts'

type Options = { readonly file: string; readonly wanted: Wanted; readonly clock: Pick<Clock, 'now'> }
type From = Pick<AuditWatch, 'position' | 'readTo' | 'doubtSince'> | undefined

const pause = 150
const absentPause = 1_000
const chunk = 1_024 * 1_024

/**
 * Follows the file of an audit device, through rotation by renaming, by copying and emptying, and through restarts. Each
 * line is told once. Where lines may be lost, the batch says from when to when.
 */
export async function* follow(
  { file, wanted, clock }: Options,
  from: From,
  signal: AbortSignal,
): AsyncGenerator<AuditBatch> {
  const before = filePosition.safeParse(from && JSON.parse(from.position)).data
  let readTo = from?.readTo ?? clock.now()
  let doubtSince = from ? (before ? from.doubtSince : (from.doubtSince ?? readTo)) : timestamp(0)
  let after: Timestamp | undefined
  let size = chunk
  /** When the file was last seen as it was expected. */
  let looked: Timestamp | undefined
  let between: string[] = []
  let open: FileHandle | undefined
  let at: FilePosition | undefined
  let isAbsent = false

  /** From here on, lines may be missing; the next one that has a time ends that. */
  const lose = (position: FilePosition, since: Timestamp): FilePosition => {
    doubtSince ??= since
    return { ...position, isLost: true }
  }

  const resume = async (position: FilePosition): Promise<void> => {
    const found = await findFile(file, position, readTo)
    between = [...found.between]
    if (found.file) {
      open = found.file.handle
      at = found.file.isCopy ? { ...(await beginningOf(open)), ...cursorOf(position) } : position
      // A copy was made, and the log emptied: lines in between reached neither of them.
      if (found.file.isCopy || found.isCompressed) at = { ...at, losesAtEnd: true }
      if (!at.isLost) doubtSince = undefined
      return
    }
    const next = await takeNext()
    if (next) {
      at = lose({ ...next, past: position.past }, readTo)
      after = readTo
    }
  }

  const takeNext = async (): Promise<FilePosition | undefined> => {
    const path = between.shift() ?? file
    const handle = await openForReading(path)
    if (!handle) return path === file ? undefined : takeNext()
    open = handle
    return beginningOf(handle)
  }

  try {
    while (!signal.aborted) {
      if (!open || !at) {
        if (before && !at) await resume(before)
        else if (at) at = (await takeNext()) ?? at
        else {
          open = await openForReading(file)
          if (open && isAbsent) at = lose(await beginningOf(open), readTo)
          else if (open) {
            // The first start: what the vault wrote before is not read.
            at = await endOf(open)
            readTo = clock.now()
            const gaps = [{ from: doubtSince ?? readTo, to: readTo }]
            doubtSince = undefined
            yield { ...nothing, position: JSON.stringify(at), readTo, gaps }
          }
        }
        if (!open || !at) {
          doubtSince ??= readTo
          const position = before ? JSON.stringify(before) : '{}'
          if (!isAbsent) yield { ...nothing, position, readTo, doubtSince, trouble: 'absent' }
          isAbsent = true
          await rest(absentPause, signal)
          continue
        }
        if (from?.doubtSince !== undefined && doubtSince === undefined && before)
          yield { ...nothing, position: JSON.stringify(at), readTo }
      }
      const { size: present } = await open.stat()
      if (present !== at.offset && !(await isSameFile(open, at))) {
        // Emptied, and perhaps written again. What was not read yet may be in a copy beside it.
        const emptied = open
        const lost = at
        const copy = await findFile(file, lost, readTo)
        if (copy.file?.isCopy) {
          await emptied.close()
          open = copy.file.handle
          at = { ...(await beginningOf(open)), ...cursorOf(lost), losesAtEnd: true }
          doubtSince = lost.isLost ? doubtSince : undefined
        } else {
          await copy.file?.handle.close()
          at = lose({ ...(await beginningOf(emptied)), past: lost.past }, looked ?? readTo)
        }
        continue
      }
      const tail = await bytesAt(open, at.offset - at.tail.length, at.tail.length)
      const bytes = await bytesAt(open, at.offset, size)
      const skipped = at.isSkipping ? bytes.indexOf(10) + 1 : 0
      const scanned =
        at.isSkipping && skipped === 0
          ? undefined
          : scan(bytes.subarray(skipped), { ...wanted, ...(after && { after }) })
      const isTooLong = bytes.length >= longestLine && scanned?.end === 0
      const end = scanned === undefined || isTooLong ? bytes.length : skipped + scanned.end
      if (end === 0 || !scanned || scanned.end === 0) {
        if (end > 0) {
          const isSkipping: boolean = scanned === undefined || isTooLong
          at = await moved(open, at, end, Buffer.concat([tail, bytes.subarray(0, end)]), isSkipping)
          if (isSkipping) at = lose(at, readTo)
          continue
        }
        if (bytes.length === size) {
          size = Math.min(longestLine, size * 4) // one line that is longer than a usual chunk
          continue
        }
        looked = clock.now()
        if (between.length > 0 || (await isReplaced(file, at))) {
          // The vault writes to the new file, so the old one is complete; a torn last line may have been ours.
          const isTorn = bytes.includes(wanted.beginning)
          const again = await bytesAt(open, at.offset, size)
          if (again.length > bytes.length) continue
          const old: FileHandle = open
          const next = await takeNext()
          if (next) {
            const then: FilePosition = await following(next, at, old)
            await old.close()
            at = isTorn || at.isLost || at.losesAtEnd ? lose(then, readTo) : then
            continue
          }
        }
        await rest(pause, signal)
        continue
      }
      size = chunk
      at = await moved(open, at, end, Buffer.concat([tail, bytes.subarray(0, end)]), false)
      const batch = batchOf(scanned, { readTo, doubtSince, isLost: at.isLost, now: clock.now() })
      readTo = batch.readTo
      doubtSince = batch.doubtSince
      at = { ...at, isLost: doubtSince !== undefined }
      yield { ...batch.told, position: JSON.stringify(at) }
    }
  } finally {
    await open?.close()
  }
}

const cursorOf = ({ offset, head, tail, isSkipping, isLost, past }: FilePosition) => ({
  ...{ offset, head, tail, isSkipping, isLost, past },
})

const moved = async (
  open: FileHandle,
  at: FilePosition,
  by: number,
  read: Buffer,
  isSkipping: boolean,
): Promise<FilePosition> => {
  const offset = at.offset + by
  const tail = printOf(read.subarray(Math.max(0, read.length - tailLength)))
  return { ...at, offset, tail, head: await headOf(open, offset), isSkipping }
}

/** Whether the log's name now leads to another file, in which the vault has begun to write. */
const isReplaced = async (file: string, { device, inode }: FilePosition): Promise<boolean> => {
  const there = await stat(file, { bigint: true }).catch(() => undefined)
  return there !== undefined && (`${there.dev}` !== device || `${there.ino}` !== inode) && there.size > 0n
}
