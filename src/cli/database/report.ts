import type { RestorePlan } from '../../app/after-restore.ts'
import type { DrawnName } from '../../domain/journal.ts'
import type { AuditHead, Loaded } from '../../ports.ts'
import { printable } from '../../terminal.ts'
import { shortId } from '../audit/list.ts'
import { headText, momentText } from '../audit/options.ts'

/** The journal of names, as a restore found it. */
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
  /** Requests that would wait again though they were decided since. */
  readonly decided: number
  /** Names that may still work and that the copy does not know. */
  readonly since: readonly DrawnName[]
  readonly journal: JournalReport
  /** How the log that is there now goes on from the copy's; `rowsSince` is absent where it is another log. */
  readonly present?: { readonly head: AuditHead; readonly rowsSince: number | undefined }
}

/** What a restore means, for the person who decides on it. */
export const planText = ({ plan, rows, head, pending, decided, present, since, journal }: Report): string =>
  [
    `The copy is whole: ${rows} audit rows, head ${headText(head)}.`,
    ...(pending.length > 0 ? [`It is older than this version: ${pending.join(', ')} will be applied.`] : []),
    present ? presentText(present) : 'There is nothing to compare it with.',
    ...section('Alive then, ended since', 'they are ended again; nothing of them comes back.', plan.endedSince),
    ...section('Being set up then', 'they are ended, and have to be asked for again.', plan.unfinished),
    ...section('Alive then', 'they go on, unless the vault does not have them any more.', plan.kept, endText),
    ...section(
      'Alive now, unknown to the copy',
      forgottenText,
      plan.forgotten,
      (one) => `${endText(one)}, ${policiesOf(one).join(' ')}`,
    ),
    ...sinceText(since),
    ...journalText(journal, present !== undefined),
    ...(decided > 0
      ? [
          `${decided} ${decided === 1 ? 'request waits' : 'requests wait'} for a decision again, though it was made since.`,
        ]
      : []),
  ]
    .map(printable)
    .join('\n')

const presentText = ({ head, rowsSince }: NonNullable<Report['present']>): string => {
  if (rowsSince === undefined)
    return `It does not belong to the log that is there now (head ${headText(head)}): one of them was altered, or they are of different times since a restore.`
  if (rowsSince === 0) return 'The log that is there now has the same rows.'
  return `The log that is there now goes on from it by ${rowsSince} rows (head ${headText(head)}); they stay only in the file that is kept.`
}

const forgottenText = 'their policies are deleted at the next start. To be sure, revoke them before you restore.'

const sinceText = (since: readonly DrawnName[]): string[] =>
  since.length === 0
    ? []
    : [
        `Drawn since the copy was made (${since.length}): the next start deletes these policies at their vaults. Until then each may live until its time.`,
        ...since.map(
          ({ name, integration, until }) => `  ${name} at ${integration}, may live until ${momentText(until)}`,
        ),
      ]

/** Without the journal nobody can tell what else was given, so that is said instead of nothing. */
const journalText = ({ file, isThere, damaged }: JournalReport, isCompared: boolean): string[] => [
  ...(isThere || isCompared
    ? []
    : [
        `There is no journal of names (${file}), and nothing to compare with. What was given since the copy was made is not known: ` +
          'it may live until its time, also where this Latchkey shows it as ended.',
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

const policiesOf = ({ grant }: Loaded): readonly string[] => {
  const policies = grant?.handle?.policies
  return Array.isArray(policies) ? policies : []
}
