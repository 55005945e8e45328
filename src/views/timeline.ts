import type { AuditEvent, AuditKind } from '../domain/audit-event.ts'
import type { Proof } from '../domain/grant.ts'
import { seconds, type Timestamp } from '../domain/time.ts'
import { endReasonText, type Named, proofText } from './copy-states.ts'
import { durationText } from './copy-time.ts'
import type { Text } from './view-model.ts'

/** One thing that happened to a request, in words; `note` is what a person wrote about it. */
export type Moment = { readonly at: Timestamp; readonly text: Text; readonly note?: string }

type Row = Pick<AuditEvent, 'at' | 'kind' | 'actor' | 'detail'>
type Words = (row: Row, who: Text, named: Named) => Text

/** The rows of the audit log about one request, as its people read them. Rows that only operators need are left out. */
export const timeline = (rows: readonly Row[], named: Named): readonly Moment[] =>
  rows.flatMap((row) => {
    const text = words[row.kind]?.(row, actorText(row.actor, named), named)
    const note = row.kind === 'request-submitted' ? row.detail.reason : row.detail.note
    return text ? [{ at: row.at, text, ...(typeof note === 'string' && note !== '' && { note }) }] : []
  })

const actorText = (actor: AuditEvent['actor'], named: Named): Text => {
  if (actor.kind === 'person') return [named(actor.id)]
  return [{ system: 'Latchkey', operator: 'An operator of Latchkey', stranger: 'An unknown account' }[actor.kind]]
}

const words: { readonly [Kind in AuditKind]?: Words } = {
  'request-submitted': ({ detail }, who) => [
    ...who,
    ' asked',
    forText(detail.seconds),
    usedByText(detail.workload),
    '.',
  ],
  'request-approved': ({ detail }, who) => [...who, ' approved', partText(detail.items), forText(detail.seconds), '.'],
  'request-denied': ({ detail }, who) => [...who, ' denied', partText(detail.items), '.'],
  'items-denied': ({ detail }, who) => [...who, ' denied', partText(detail.items), '. The rest goes on.'],
  'request-cancelled': ({ actor }, who) => [...who, actor.kind === 'person' ? ' cancelled it.' : ' closed it.'],
  'request-expired': () => ['Nobody decided in time.'],
  'request-reminded': ({ detail }, who) => [...who, ` reminded ${peopleText(detail.count)}.`],
  'request-rerouted': () => ['The owner changed at the vault, and the new owners were asked.'],
  'owners-unreachable': () => ['No owner could be reached in the chat.'],
  'access-provisioned': () => ['The access was set up at the vault.'],
  'access-ending': ({ actor, detail }, who) =>
    actor.kind === 'system' ? endingText(detail.because) : [...who, ' ended it.'],
  'access-ended': (row) => ['It ended', ...becauseText(row.detail.because), '. ', provedText(row)],
  'access-lapsed': () => ['The holder may no longer have it, so no new credential is given.'],
  'access-restored': () => ['The holder may have it again.'],
  'access-step-failed': ({ detail }) => ['A step at the vault failed (', { code: String(detail.code) }, ').'],
  'access-missing': () => ['Its policy was gone from the vault.'],
  'link-opened': (_, who) => [...who, ' got a one-time link.'],
  'link-confirmed': (_, who) => [...who, ' signed in to fetch it.'],
  'link-redeemed': () => ['A one-time link was used.'],
  'link-misused': () => ['A one-time link raised an alarm.'],
  'link-explained': (_, who) => [...who, ' said that the alarm was their own doing.'],
  'credential-issued': () => ['The credential was fetched.'],
  'credential-revealed': () => ['The page showed the token.'],
  'credential-failed': () => ['The vault gave no credential.'],
  'secret-read': ({ detail }) => [{ code: String(detail.secret) }, ' was read with it; its owner was told.'],
  'rotation-called': ({ detail }) => ['The rotation of ', { code: String(detail.secret) }, ' was called.'],
  'rotation-failed': ({ detail }) => ['The rotation of ', { code: String(detail.secret) }, ' did not answer.'],
  'value-changed': ({ detail }) => [{ code: String(detail.secret) }, ' has a new value.'],
  'credential-unopened': () => ['The credential was not opened in time, so it was ended.'],
  'credential-withdrawn': (row) => ['The credential was withdrawn. ', provedText(row)],
}

const forText = (length: unknown): string => (typeof length === 'number' ? ` for ${durationText(seconds(length))}` : '')

/** A workload as the audit log names it. */
const usedByText = (workload: unknown): string =>
  typeof workload === 'string' && workload !== '' ? `, to be used by ${workload}` : ''

/** A decision on some of several items names them; one on all of them does not. */
const partText = (items: unknown): string => (items === undefined ? '' : ' a part of it')

const peopleText = (count: unknown): string => (count === 1 ? 'one owner' : `${String(count)} owners`)

const isReason = (because: unknown): because is keyof typeof endReasonText =>
  typeof because === 'string' && because in endReasonText

const becauseText = (because: unknown): Text => (isReason(because) ? [`: ${endReasonText[because]}`] : [])

const endingText = (because: unknown): Text => ['The end began', ...becauseText(because), '.']

const meanings: readonly Proof['means'][] = ['canary', 'login', 'accessor', 'readback']

const provedText = ({ at, detail }: Row): string => {
  const means = meanings.find((one) => one === detail.means)
  return means
    ? proofText({ means, at, latency: Number(detail.latency), ...(detail.lent === true && { lent: true }) })
    : ''
}
