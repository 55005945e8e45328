import { type Command, Option } from 'commander'
import { auditKinds } from '../../domain/audit-event.ts'
import { integrationId, personId } from '../../domain/ids.ts'
import { lengthOf } from '../../domain/length.ts'
import { type Timestamp, timestamp } from '../../domain/time.ts'
import type { AuditFilter, AuditHead } from '../../ports.ts'
import { type PlaceOptions, withPlaceOptions } from '../data-folder.ts'
import { usageError } from '../trouble.ts'

export type FilterOptions = PlaceOptions & {
  readonly since?: string
  readonly until?: string
  readonly kind?: readonly string[]
  readonly person?: string
  readonly request?: string
  readonly grant?: string
  readonly integration?: string
}

/** The options that choose rows. */
export const withFilterOptions = (command: Command): Command =>
  withPlaceOptions(command)
    .option('--since <when>', `from this moment on: ${momentForms}`)
    .option('--until <when>', 'up to this moment')
    .addOption(new Option('--kind <kind...>', 'only these kinds').choices([...auditKinds]))
    .option('--person <person>', 'rows about what this person did, and about their requests')
    .option('--request <id>', 'rows about this request (the beginning of its id is enough)')
    .option('--grant <id>', 'about this grant')
    .option('--integration <name>', 'at this integration')

export const filterOf = (options: FilterOptions, now: number): AuditFilter => {
  const { since, until, kind, person, request, grant, integration } = options
  return {
    ...(since !== undefined && { since: momentOf(since, now, '--since') }),
    ...(until !== undefined && { until: momentOf(until, now, '--until') }),
    ...(kind !== undefined && { kinds: auditKinds.filter((known) => kind.includes(known)) }),
    ...(person !== undefined && { person: personId(person) }),
    ...(request !== undefined && { request }),
    ...(grant !== undefined && { grant }),
    ...(integration !== undefined && { integration: integrationId(integration) }),
  }
}

const momentForms = '2026-01-31, 2026-01-31T14:00 (UTC unless an offset follows), or 15m, 2h, 7d ago'

/** Parses a moment that a person typed. */
export const momentOf = (text: string, now: number, option: string): Timestamp => {
  const ago = lengthOf(text)
  if (ago !== undefined) return timestamp(now - ago * 1000)
  const [, day, time = '00:00', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?))?(Z|[+-]\d\d:?\d\d)?$/.exec(text) ?? []
  const moment = day === undefined ? Number.NaN : Date.parse(`${day}T${time}${zone}`)
  if (Number.isNaN(moment)) throw usageError(`${option}: "${text}" is not a time; write ${momentForms}`)
  return timestamp(moment)
}

/** Parses a head of the log as `audit verify` prints it and the server logs it. */
export const headOf = (text: string): AuditHead => {
  const [, sequence, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? []
  if (sequence === undefined || hash === undefined) {
    throw usageError(`--head: "${text}" is not a head; write NUMBER:HASH as "latchkey audit verify" prints it`)
  }
  return { sequence: Number(sequence), hash }
}

export const headText = ({ sequence, hash }: AuditHead): string => `${sequence}:${hash}`

/** Parses a whole number above zero. */
export const countOf = (option: string) => (text: string) => {
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text)
  throw usageError(`${option}: "${text}" is not a whole number above zero`)
}

/** A moment as the commands print it: in UTC, to the second. */
export const momentText = (moment: number): string =>
  `${new Date(moment).toISOString().slice(0, 19).replace('T', ' ')}Z`
