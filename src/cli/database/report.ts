import type { RestorePlan } from '../../app/after-restore.ts'
import { namesIn } from '../../domain/connector.ts'
import type { DrawnName } from '../../domain/journal.ts'
import type { AuditHead, Loaded } from '../../ports.ts'
import { printable } from '../../terminal.ts'
import { shortId } from '../audit/list.ts'
import { headText, momentText } from '../audit/options.ts'

/** The journal of names, as the restore command found it. */
export type JournalReport = {
  readonly file: string
  readonly isThere: boolean
  readonly names: readonly DrawnName[]
  readonly damaged: number
}

type Report = {
  readonly plan: RestorePlan
  readonly rows: number
  readonly head: AuditHead
  readonly pending: readonly string[]
  /** Requests that would be pending again although they were decided after the copy. */
  readonly decided: number
  /** Names that may still work but that the copy does not know. */
  readonly since: readonly DrawnName[]
  readonly journal: JournalReport
  /** How the present log continues the copy's; `rowsSince` is absent when it is another log. */
  readonly present?: { readonly head: AuditHead; readonly rowsSince: number | undefined }
}

/** The consequences of a restore, for the person who decides on it. */
export const planText = ({ plan, rows, head, pending, decided, present, since, journal }: Report): string =>
  [
    `The copy is intact: ${rows} audit rows, head ${headText(head)}.`,
    ...(pending.length > 0 ? [`It is older than this version: ${pending.join(', ')} will be applied.`] : []),
    present ? presentText(present) : 'There is no present database to compare it with.',
    ...section(
      'Live in the copy, ended since',
      'they are ended again; none of this access comes back.',
      plan.endedSince,
    ),
    ...section('Being set up in the copy', 'they are ended, and must be requested again.', plan.unfinished),
    ...section('Live in the copy', 'they continue, unless the vault has lost them.', plan.kept, endText),
    ...section(
      'Live now, unknown to the copy',
      forgottenText,
      plan.forgotten,
      (one) => `${endText(one)}, ${namesIn(one.grant?.handle).join(' ')}`,
    ),
    ...sinceText(since),
    'Sessions in the copy are ended: everybody signs in again.',
    ...journalText(journal, present !== undefined),
    ...(decided > 0
      ? [
          `${decided} ${decided === 1 ? 'request waits' : 'requests wait'} for a decision again, although it was decided since.`,
        ]
      : []),
  ]
    .map(printable)
    .join('\n')

const presentText = ({ head, rowsSince }: NonNullable<Report['present']>): string => {
  if (rowsSince === undefined)
    return `It is not part of the present log (head ${headText(head)}): one was altered, or a restore separated them.`
  if (rowsSince === 0) return 'The present log has the same rows.'
  return `The present log has ${rowsSince} more rows (head ${headText(head)}); only the kept file will have them.`
}

const forgottenText = 'the next start deletes their policies. To be sure, revoke them before you restore.'

const sinceText = (since: readonly DrawnName[]): string[] =>
  since.length === 0
    ? []
    : [
        `Drawn since the copy (${since.length}): the next start deletes these policies at their vaults. Until then each may work until its planned end.`,
        ...since.map(
          ({ name, integration, until }) => `  ${name} at ${integration}, may work until ${momentText(until)}`,
        ),
      ]

/** Without the journal nobody knows what else was given, so the report says that. */
const journalText = ({ file, isThere, damaged }: JournalReport, isCompared: boolean): string[] => [
  ...(isThere || isCompared
    ? []
    : [
        `There is no journal of names (${file}), and no database to compare with. Access given since the copy is unknown: ` +
          'it may work until its planned end, even where this Latchkey shows it as ended.',
      ]),
  ...(damaged > 0 ? [`${damaged} lines of the journal ${file} cannot be read.`] : []),
]

const section = (
  what: string,
  becomes: string,
  found: readonly Loaded[],
  more: (one: Loaded) => string = () => '',
): string[] =>
  found.length === 0
    ? []
    : [`${what} (${found.length}): ${becomes}`, ...found.map((one) => `  ${grantText(one)} ${more(one)}`.trimEnd())]

const grantText = ({ request, grant }: Loaded): string =>
  `${shortId(grant?.id)}  ${request.requester}, ${request.items.map(({ permission, path }) => `${permission} ${path}`).join(', ')} at ${request.integration}`

const endText = ({ grant }: Loaded): string => {
  if (grant?.state === 'active') return `until ${momentText(grant.expiresAt)}`
  return grant?.state === 'revoking' ? '(being ended)' : '(being set up)'
}
