import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { z } from 'zod'

const print = z.object({ length: z.int(), hash: z.string() })

/**
 * How far a file was read. The bytes at its beginning and before the cursor tell whether a file is the same one: its
 * inode may be used again, and a copy has another one.
 */
export const filePosition = z.object({
  kind: z.literal('file'),
  device: z.string(),
  inode: z.string(),
  offset: z.int(),
  head: print,
  tail: print,
  /** The rest of the present line is passed over, because it is too long. */
  isSkipping: z.boolean().default(false),
  /** Lines were lost before the cursor; the next line ends that time. */
  isLost: z.boolean().default(false),
  /** Lines are lost between this file and the next one. */
  losesAtEnd: z.boolean().default(false),
  /** The first lines of files that were read before, as hashes: a copy of one must not be read again. */
  past: z.array(z.string()).default([]),
})
export type FilePosition = z.output<typeof filePosition>
type Print = z.output<typeof print>

const headLength = 1_024
export const tailLength = 4_096

export const printOf = (bytes: Uint8Array): Print => ({
  length: bytes.length,
  hash: createHash('sha256').update(bytes).digest('base64url'),
})

/** The beginning of a file, up to the cursor. */
export const headOf = async (file: FileHandle, offset: number): Promise<Print> =>
  printOf(await bytesAt(file, 0, Math.min(headLength, offset)))

/** As many bytes as there are. */
export const bytesAt = async (file: FileHandle, position: number, length: number): Promise<Buffer> => {
  const buffer = Buffer.allocUnsafe(length)
  let got = 0
  while (got < length) {
    const { bytesRead } = await file.read(buffer, got, length - got, position + got)
    if (bytesRead === 0) break
    got += bytesRead
  }
  return buffer.subarray(0, got)
}

/** Whether a file still has what was read of it. */
export const isSameFile = async (file: FileHandle, { offset, head, tail }: FilePosition): Promise<boolean> => {
  const { size } = await file.stat()
  if (size < offset) return false
  const beginning = printOf(await bytesAt(file, 0, head.length))
  const before = printOf(await bytesAt(file, offset - tail.length, tail.length))
  return beginning.hash === head.hash && before.hash === tail.hash
}

export type FileId = Pick<FilePosition, 'device' | 'inode'>

export const idOf = async (file: FileHandle): Promise<FileId> => {
  const { dev, ino } = await file.stat({ bigint: true })
  return { device: `${dev}`, inode: `${ino}` }
}

/** The beginning of a file of which nothing was read. */
export const beginningOf = async (file: FileHandle): Promise<FilePosition> => ({
  kind: 'file',
  ...(await idOf(file)),
  ...{
    offset: 0,
    head: printOf(Buffer.alloc(0)),
    tail: printOf(Buffer.alloc(0)),
    isSkipping: false,
    isLost: false,
    losesAtEnd: false,
    past: [],
  },
})

/** What identifies a file and its copies: the first line has the time and the id of a request. */
export const firstLineOf = (bytes: Buffer): string => printOf(bytes.subarray(0, bytes.indexOf(10) + 1)).hash

const mostPast = 20

/** A file that follows another one, of which nothing will be read any more. */
export const following = async (next: FilePosition, last: FilePosition, file: FileHandle): Promise<FilePosition> => {
  const first = firstLineOf(await bytesAt(file, 0, beginning))
  return { ...next, past: [...last.past, first].slice(-mostPast) }
}

/** As many bytes as a first line usually has at most. */
export const beginning = 64 * 1_024

/** The end of the last complete line. */
export const endOf = async (file: FileHandle): Promise<FilePosition> => {
  const { size } = await file.stat()
  const start = Math.max(0, size - longestLine)
  const bytes = await bytesAt(file, start, size - start)
  const offset = start + bytes.lastIndexOf(10) + 1
  const length = Math.min(tailLength, offset)
  return {
    ...(await beginningOf(file)),
    offset,
    head: await headOf(file, offset),
    tail: printOf(await bytesAt(file, offset - length, length)),
  }
}

/** A longer line is passed over. */
export const longestLine = 8 * 1_024 * 1_024
