import type { AuditHead, AuditVerdict } from '../../ports.ts'
import { withServer } from '../client.ts'
import type { PlaceOptions } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { CliError } from '../trouble.ts'
import { withReader } from './list.ts'
import { headText } from './options.ts'

type VerifyOptions = PlaceOptions & {
  readonly head?: readonly AuditHead[]
  readonly json?: boolean
  readonly server?: boolean
}

/** `latchkey audit verify` */
export const verifyAudit = async (options: VerifyOptions, io: Io): Promise<void> => {
  const heads = options.head ?? []
  const verdict = options.server
    ? await withServer(options, io, (server) => server.ask({ verb: 'verify-audit', heads: [...heads] }))
    : await withReader(options, io, (reader) => reader.verify(heads, progress(io)))
  report(verdict, options, io)
}

type Verdict = Pick<AuditVerdict, 'rows' | 'head'> & { readonly firstBad?: AuditVerdict['firstBad'] | undefined }

const report = (verdict: Verdict, options: VerifyOptions, io: Io): void => {
  const { firstBad, rows, head } = verdict
  const said = { isWhole: firstBad === undefined, rows, head, ...(firstBad && { firstBad }) }
  if (options.json) io.say(JSON.stringify(said))
  else
    io.say(
      `${firstBad ? '' : `The audit log is intact: ${rows} ${rows === 1 ? 'row' : 'rows'}.\n`}head ${headText(head)}`,
    )
  if (firstBad) throw new CliError(complaint(verdict, options.head ?? []))
  if (options.json || options.head) return
  io.say('Note the head elsewhere: with --head, it later reveals whether the log was truncated or rewritten.')
}

/** Reports progress on long logs only. */
export const progress = (io: Io) => {
  let said = 0
  return (rows: number) => {
    if (rows - said < 100_000) return
    said = rows
    io.note(`… ${rows} rows`)
  }
}

/** What is wrong, and from which row on. */
export const complaint = ({ firstBad, head }: Verdict, known: readonly AuditHead[]): string => {
  if (!firstBad) return ''
  const { sequence, fault } = firstBad
  const noted = known.find((one) => one.sequence >= sequence)
  switch (fault) {
    case 'altered':
      return `The audit log is not intact: row ${sequence} does not follow from the row before it. This row or an earlier one was changed.`
    case 'missing':
      return `The audit log is not intact: row ${sequence} is missing${noted ? ` (row ${noted.sequence} was there when its hash was noted)` : ''}.`
    case 'head-differs':
      return `The audit log is not intact: it should end with row ${head.sequence} (${head.hash}); row ${sequence} says otherwise.`
    case 'not-as-known':
      return `The audit log was rewritten: row ${sequence} does not have the noted hash. Rows up to ${sequence} were changed.`
    case 'words-missing':
      return `The audit log is not intact: what people wrote in row ${sequence} is gone, and no row says that it was erased.`
    default:
      return fault satisfies never
  }
}
