import type { AuditKind } from '../domain/audit-event.ts'
import type { AuditRow } from '../ports.ts'

const logAudit = 13 // the facility
const severity = { warning: 4, notice: 5, informational: 6 } as const

const warnings: ReadonlySet<AuditKind> = new Set([
  'refused',
  'session-refused',
  'link-misused',
  'access-step-failed',
  'access-missing',
  'leftover-removed',
  'lease-stuck',
  'use-unapproved',
  'use-unknown',
  'credential-failed',
  'directory-rejected',
  'removals-held',
  'access-lapsed',
  'database-restored',
  'database-succeeded',
])
const notices: ReadonlySet<AuditKind> = new Set([
  'started',
  'configuration-changed',
  'directory-loaded',
  'request-narrowed',
  'request-rerouted',
  'access-narrowed',
  'credential-withdrawn',
  'credential-unopened',
  'lease-gone',
])

export type Sender = {
  readonly host: string
  readonly process: number
  readonly version: string
  readonly instance: string
}

/** One audit row as an RFC 5424 message: the row as JSON in ASCII. */
export const syslogMessage = (row: AuditRow, { host, process, version, instance }: Sender): string => {
  const priority = logAudit * 8 + severityOf(row.kind)
  const header = `<${priority}>1 ${new Date(row.at).toISOString()} ${name(host, 255)} latchkey ${process} ${name(row.kind, 32)}`
  // RFC 5424 limits the sequence to 31 bits, starting at 1.
  const meta = `[meta sequenceId="${((row.sequence - 1) % 2_147_483_647) + 1}"]`
  const origin = `[origin software="latchkey" swVersion="${value(version)}"]`
  return `${header} ${meta}${origin} ${ascii(JSON.stringify({ instance, ...row }))}`
}

/** RFC 6587: the length in octets precedes each message, so that a newline cannot start another one. */
export const octetCounted = (message: string): string => `${Buffer.byteLength(message)} ${message}`

const severityOf = (kind: AuditKind): number => {
  if (warnings.has(kind)) return severity.warning
  return notices.has(kind) ? severity.notice : severity.informational
}

/** A header field: printable ASCII without spaces, or `-` for none. */
const name = (text: string, longest: number): string => text.replace(/[^\x21-\x7e]/g, '').slice(0, longest) || '-'
const value = (text: string): string => ascii(text).replace(/["\\\]]/g, (sign) => `\\${sign}`)

/** Other letters would need a byte order mark, which many receivers keep in the text. */
const ascii = (text: string): string =>
  text.replace(/[^\x20-\x7e]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
