import { createHash } from 'node:crypto'
import type * as z from 'zod'
import type { AuditEvent } from '../domain/audit-event.ts'
import type { AuditFault, AuditHead, AuditRow, AuditVerdict } from '../ports.ts'
import { opened, sealed, wordsOf } from './audit-words.ts'
import * as json from './rows/json.ts'
import type { Stored } from './rows/row.ts'

/** A row of the log as its table has it: actor and detail are the hashed text, `words` stand beside the chain. */
export type ChainRow = Omit<Stored<AuditRow>, 'actor' | 'detail' | 'words'> & {
  readonly actor: string
  readonly detail: string
  readonly words: string | null
}

/** The hash before the first row. */
export const origin = '0'.repeat(64)

/** The rows for events that follow a head, in order. */
export const chained = ({ sequence, hash }: AuditHead, events: readonly AuditEvent[]): readonly ChainRow[] => {
  let previous = hash
  return events.map((event, index) => {
    const row = { ...toColumns(event), sequence: sequence + 1 + index }
    previous = hashOf(row, previous)
    return { ...row, hash: previous }
  })
}

/** An event's row for a database that puts it into the chain itself: `hashed` is the hashed text up to the sequence. */
export type WaitingRow = Omit<ChainRow, 'sequence' | 'hash'> & { readonly hashed: string }

export const waiting = (event: AuditEvent): WaitingRow => {
  const row = toColumns(event)
  return { ...row, hashed: beginning(row) }
}

/** Rows that follow the previous page, and the head of the log at their reading. */
export type ChainPage = { readonly rows: readonly ChainRow[]; readonly head: AuditHead }

/**
 * Checks the chain from its first row to the head of the last page. Only a head `known` from elsewhere reveals a
 * complete rewrite, head included.
 */
export const verifyChain = async (
  pages: AsyncIterable<ChainPage>,
  known: readonly AuditHead[],
  onProgress: (rows: number) => void = () => {},
): Promise<AuditVerdict> => {
  const expected = new Map(known.map((head) => [head.sequence, head.hash]))
  let last = { sequence: 0, hash: origin }
  let end: AuditHead = last
  const bad = (fault: AuditFault['fault'], sequence = last.sequence): AuditVerdict => ({
    rows: end.sequence,
    head: end,
    firstBad: { sequence, fault },
  })
  const wordless = new Set<number>()
  for await (const { rows, head } of pages) {
    end = head
    for (const row of rows) {
      const { hash } = last
      last = { sequence: last.sequence + 1, hash: row.hash }
      if (row.sequence !== last.sequence) return bad('missing')
      if (!isUnambiguous(row) || row.hash !== hashOf(row, hash)) return bad('altered')
      const words = wordsOf(row.detail, row.words)
      if (words === 'altered') return bad('altered')
      if (words === 'erased') wordless.add(row.sequence)
      for (const sequence of erasedBy(row)) wordless.delete(sequence)
      if ((expected.get(row.sequence) ?? row.hash) !== row.hash) return bad('not-as-known')
    }
    onProgress(last.sequence)
  }
  const { sequence, hash } = last
  if (end.sequence > sequence) return bad('missing', sequence + 1)
  if (end.sequence < sequence || end.hash !== hash) return bad('head-differs', Math.min(end.sequence + 1, sequence))
  const [stolen] = wordless
  if (stolen !== undefined) return bad('words-missing', stolen)
  const isCutOff = [...expected.keys()].some((at) => at > sequence)
  return isCutOff ? bad('missing', sequence + 1) : { rows: sequence, head: end }
}

/** The rows whose words this row says were erased. */
const erasedBy = ({ kind, detail }: ChainRow): readonly number[] => {
  if (kind !== 'words-erased') return []
  return String(json.detail.parse(JSON.parse(detail)).rows ?? '')
    .split(' ')
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number)
      return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index)
    })
}

const toColumns = ({
  at,
  kind,
  actor,
  integration,
  request,
  grant,
  detail: given,
}: AuditEvent): Omit<ChainRow, 'sequence' | 'hash'> => {
  const { detail, words } = sealed(given)
  return {
    at,
    kind,
    // The schema must know every kind of actor, or the row could never be read again.
    actor: json.canonicalJson(actor satisfies z.output<typeof json.actor>),
    integration: integration ?? null,
    request: request ?? null,
    grant: grant ?? null,
    detail: json.canonicalJson(detail),
    words,
  }
}

/** The row as all other modules see it. */
export const toAuditRow = ({
  sequence,
  hash,
  at,
  kind,
  actor,
  integration,
  request,
  grant,
  detail,
  words,
}: ChainRow): AuditRow => ({
  sequence,
  hash,
  at,
  kind,
  actor: json.actor.parse(JSON.parse(actor)),
  ...(integration !== null && { integration }),
  ...(request !== null && { request }),
  ...(grant !== null && { grant }),
  ...opened(json.detail.parse(JSON.parse(detail)), words),
})

/**
 * Whether each column contains only its own value, so that the hashed text has one meaning. A person with the file can
 * remove every rule of the table, so columns are checked.
 */
const isUnambiguous = ({ at, actor, detail }: ChainRow): boolean =>
  Number.isSafeInteger(at) && isOneValue(actor) && isOneValue(detail)

const isOneValue = (text: string): boolean => {
  try {
    return JSON.stringify(JSON.parse(text)) === text
  } catch {
    return false
  }
}

/**
 * SHA-256 over the previous hash and the row as canonical JSON. An exported row with sorted keys, without `hash`, gives
 * the same. It uses the stored text, so that every change to it shows.
 */
const hashOf = (row: Omit<ChainRow, 'hash' | 'words'>, previous: string): string =>
  createHash('sha256')
    .update(`${previous}${beginning(row)}"sequence":${row.sequence}}`)
    .digest('hex')

const beginning = (row: Omit<ChainRow, 'sequence' | 'hash' | 'words'>): string => {
  const fields = [
    `"actor":${row.actor}`,
    `"at":${row.at}`,
    `"detail":${row.detail}`,
    ...(row.grant === null ? [] : [`"grant":${JSON.stringify(row.grant)}`]),
    ...(row.integration === null ? [] : [`"integration":${JSON.stringify(row.integration)}`]),
    `"kind":${JSON.stringify(row.kind)}`,
    ...(row.request === null ? [] : [`"request":${JSON.stringify(row.request)}`]),
  ]
  return `{${fields.join(',')},`
}
