import type { AuditEvent } from '../../domain/audit-event.ts'
import type { RefusalCap } from '../../domain/caps.ts'
import { type Timestamp, timestamp } from '../../domain/time.ts'
import * as json from './json.ts'

/** How often an actor was refused since a moment: written one by one up to the cap, and only counted beyond it. */
export type RefusalRow = {
  readonly actor: string
  readonly since: Timestamp
  readonly written: number
  readonly counted: number
  readonly last: Timestamp
  readonly codes: Readonly<Record<string, number>>
}

/** The row after one more refusal, whether that is only counted, and the audit row of an earlier time that is over. */
export const afterRefusal = (
  before: RefusalRow | undefined,
  event: AuditEvent,
  { most, per }: RefusalCap,
): { readonly next: RefusalRow; readonly isCounted: boolean; readonly settled?: AuditEvent | undefined } => {
  const isOver = before !== undefined && before.since + per * 1000 <= event.at
  const row =
    before && !isOver
      ? before
      : {
          ...{ actor: json.canonicalJson(event.actor), since: event.at, last: event.at },
          ...{ written: 0, counted: 0, codes: {} },
        }
  const isCounted = row.written >= most
  const next = isCounted
    ? { ...row, counted: row.counted + 1, last: event.at, codes: oneMore(row.codes, String(event.detail.code)) }
    : { ...row, written: row.written + 1, last: event.at }
  return { next, isCounted, settled: before && isOver ? summary(before) : undefined }
}

/** The audit row that tells of counted refusals; none where all were written. */
export const summary = ({ actor, since, counted, last, codes }: RefusalRow): AuditEvent | undefined => {
  if (counted === 0) return undefined
  const sorted = Object.entries(codes).sort(([one], [other]) => (one < other ? -1 : 1))
  const detail = {
    ...{ code: 'counted', count: counted, since },
    codes: sorted.map(([code, count]) => `${code} ${count}`).join(', '),
  }
  return { at: timestamp(last), kind: 'refused', actor: json.actor.parse(JSON.parse(actor)), detail }
}

const oneMore = (codes: RefusalRow['codes'], code: string): RefusalRow['codes'] => ({
  ...codes,
  [code]: (Object.hasOwn(codes, code) ? (codes[code] ?? 0) : 0) + 1,
})
