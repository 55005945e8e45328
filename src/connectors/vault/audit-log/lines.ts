import type { Timestamp } from '../../../domain/time.ts'
import type { AuditLine } from '../../../ports/audit-log.ts'
import type { VaultNames } from '../names.ts'
import { momentIn, readEntry } from './entry.ts'

/** What complete lines told. */
export type Scanned = {
  readonly lines: readonly AuditLine[]
  readonly seen: number
  readonly unreadable: number
  /** The times of the first new line and of the last line that have one. */
  readonly first?: Timestamp
  readonly last?: Timestamp
  /** A line that may have been ours could not be read. */
  readonly isDoubtful: boolean
  /** Where the last complete line ends. */
  readonly end: number
}

/** What to look for: most lines are about others, and are not parsed. */
export type Wanted = {
  readonly names: Pick<VaultNames, 'grantOf'>
  /** What each drawn name begins with. */
  readonly beginning: string
  /** Lines up to this moment were counted before. */
  readonly after?: Timestamp
  /** Only a line that is not older can be the first new one. */
  readonly since?: Timestamp
}

const newline = 10
const brace = 125

/** Reads all complete lines of some bytes. Noise and foreign lines are counted, and otherwise passed over. */
export const scan = (bytes: Buffer, { names, beginning, after, since }: Wanted): Scanned => {
  const lines: AuditLine[] = []
  let [seen, unreadable, start, isDoubtful] = [0, 0, 0, false]
  let first: Timestamp | undefined
  let last: Timestamp | undefined
  for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
    const line = bytes.subarray(start, end)
    start = end + 1
    if (line.length === 0) continue
    seen += 1
    const at = timeOf(line)
    if (at !== undefined && !(after !== undefined && at <= after) && !(since !== undefined && at < since)) first ??= at
    last = at ?? last
    if (!line.includes(beginning)) {
      const isSound = line.at(-1) === brace && at !== undefined
      if (!isSound) unreadable += 1
      if (!isSound && at !== undefined) isDoubtful = true // a torn line may have been ours
      continue
    }
    const read = readEntry(line.toString('utf8'), names)
    if (read === 'unreadable') {
      unreadable += 1
      isDoubtful = true
    } else if (read.line && (after === undefined || read.at > after)) lines.push(read.line)
  }
  return { lines, seen, unreadable, ...(first && { first }), ...(last && { last }), isDoubtful, end: start }
}

const key = '"time":"'

/** OpenBao writes the time first, HashiCorp Vault nearly last. */
const timeOf = (line: Buffer): Timestamp | undefined => {
  const near = line.indexOf(key)
  const at = near >= 0 && near < 64 ? near : line.lastIndexOf(key)
  return at < 0 ? undefined : momentIn(line.subarray(at, at + 64).toString('latin1'))
}
