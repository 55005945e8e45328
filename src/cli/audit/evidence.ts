import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { type Evidence, evidenceOf, nameOf } from '../../app/evidence.ts'
import { usedShapeOf } from '../../app/use-shape.ts'
import { proofVerb } from '../../domain/proof.ts'
import type { Loaded, StoreReader } from '../../ports.ts'
import { printable, printableLines } from '../../terminal.ts'
import { refusedText, timesText } from '../../views/use-text.ts'
import type { PlaceOptions } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { CliError, usageError } from '../trouble.ts'
import { detailText, withReader } from './list.ts'
import { momentText } from './options.ts'
import { progress } from './verify.ts'

type EvidenceOptions = PlaceOptions & { readonly format: string; readonly out?: string }

const divider = '-----BEGIN LATCHKEY EVIDENCE (JSON)-----'

/** `latchkey audit evidence` */
export const writeEvidence = (id: string, options: EvidenceOptions, io: Io): Promise<void> =>
  withReader(options, io, async (reader) => {
    if (!['text', 'json', 'both'].includes(options.format)) {
      throw usageError(`--format: "${options.format}" is unknown; write text, json or both`)
    }
    const evidence = await gather(reader, await requestNamed(reader, id), io)
    const json = printableLines(JSON.stringify(evidence, undefined, 2))
    const text = evidenceText(evidence)
    const both = `${text}\n\n${divider}\n${json}`
    const content = options.format === 'json' ? json : options.format === 'text' ? text : both
    if (options.out === undefined) return io.say(content)
    writeNew(options.out, `${content}\n`)
    io.note(`Written to ${options.out}.`)
  })

const requestNamed = async (reader: StoreReader, id: string): Promise<Loaded> => {
  const all = await reader.requests({ id, limit: 6 })
  const [found, other] = all
  if (!found) throw new CliError(`There is no request "${id}".`)
  if (other) {
    const ids = all.map(({ request }) => request.id).join(', ')
    throw new CliError(`Several requests begin with "${id}": ${ids}. Write more of the id.`)
  }
  return found
}

const gather = async (reader: StoreReader, loaded: Loaded, io: Io): Promise<Evidence> => {
  const { firstBad, head } = await reader.verify([], progress(io))
  const rows = await reader.auditOf(loaded.request.id)
  return evidenceOf({
    ...loaded,
    rows: await Promise.all(
      rows.map(async (row) => ({ ...row, previous: (await reader.row(row.sequence))?.previous ?? '' })),
    ),
    instance: await reader.instance(),
    log: { head, ...(firstBad && { firstBad: firstBad.sequence }) },
    madeAt: Date.now(),
    ...(await usedShapeOf(reader, loaded)),
    hash: (text) => createHash('sha256').update(text).digest('hex'),
  })
}

const writeNew = (file: string, content: string): void => {
  try {
    writeFileSync(file, content, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    throw new CliError(isThere ? `${file} is there already.` : `${file} cannot be written: ${error}`)
  }
}

/** The evidence as text for people; it contains nothing that the JSON lacks. */
export const evidenceText = (evidence: Evidence): string => {
  const { request, rules, decisions, policy, audit, instance, madeAt } = evidence
  const access = 'access' in evidence ? evidence.access : undefined
  const lends = 'lends' in evidence ? evidence.lends : undefined
  const shorter = access && access.seconds < request.seconds ? ` asked for, ${access.seconds} seconds approved` : ''
  return [
    `Evidence about request ${request.id}`,
    `Made ${moment(madeAt)} by Latchkey, instance ${instance}`,
    '',
    `Who asked    ${request.requester}, ${moment(request.submittedAt)}`,
    ...request.items.map((item) => `For          ${itemText(item)}`),
    ...(request.allOrNothing ? ['             all of it or nothing'] : []),
    ...(request.usedBy ? [`Used by      ${request.usedBy}`] : []),
    `Where        ${request.integration}`,
    `How long     ${request.seconds} seconds${shorter}`,
    `Why          ${request.reason}`,
    `State        ${request.state}`,
    '',
    'Rules, frozen when the request was made (all must be met)',
    ...rules.map(
      ({ approvals, owners, by, for: items }) =>
        `  ${approvals} of ${owners.join(' or ')}, chosen by ${by}${items ? `, for ${items.map((item) => request.items[item]?.path).join(', ')}` : ''}`,
    ),
    '',
    'Decisions',
    ...(decisions.length === 0 ? ['  none'] : decisions.flatMap(decisionText)),
    '',
    `Policy for the vault, SHA-256 ${policy.hash}${policy.isHashOfDocument ? ' (it is the hash of this text)' : ' (NOT the hash of this text)'}`,
    `  ${policy.document}`,
    ...(lends ? lendsText(lends) : []),
    '',
    'Access',
    ...(access ? accessText(access) : ['  none']),
    '',
    'Audit rows',
    ...audit.rows.flatMap(rowText),
    '',
    audit.isWhole
      ? `The whole log was checked: no row was changed or removed. It ends with row ${audit.head.sequence}, ${audit.head.hash}`
      : `THE LOG IS NOT INTACT: row ${audit.firstBadRow} is the first bad one. Do not rely on the rows after it.`,
  ]
    .map(printable)
    .join('\n')
}

const lendsText = ({ policies, role, opensBesides, besides }: NonNullable<Evidence['lends']>): string[] => [
  `  Lends ${policies.join(', ')} by the token role ${role}`,
  ...(opensBesides === undefined ? [] : [`  Paths that these also opened then: ${opensBesides}`]),
  ...(besides === undefined ? [] : [`  ${besides}`]),
]

type Item = Evidence['request']['items'][number]
const itemText = ({ permission, type, path, except }: Item): string =>
  `${permission} on ${type} ${path}${except ? ` without ${except.join(', ')}` : ''}`

const decisionText = ({
  verdict,
  by,
  at,
  note,
  seconds,
  items,
  plan,
  eligibility,
}: Evidence['decisions'][number]): string[] => [
  `  ${verdict === 'approve' ? 'Approved' : 'Denied'} by ${by}, ${moment(at)}${note ? `: ${note}` : ''}`,
  ...(seconds === undefined ? [] : [`    for ${seconds} seconds at most`]),
  ...(items === undefined
    ? []
    : [`    for ${items}${plan === undefined ? '' : `, whose policy has the SHA-256 ${plan}`}`]),
  ...(eligibility === 'not recorded'
    ? ['    this version did not record why they were entitled']
    : [
        `    entitled as ${eligibility.as}, one of ${eligibility.memberCount} then: ${eligibility.members.join(', ')}`,
        ...(eligibility.directory ? [`    by the people file with SHA-256 ${eligibility.directory}`] : []),
      ]),
]

const accessText = (access: NonNullable<Evidence['access']>): string[] => [
  `  Grant ${access.grant}, ${access.state}`,
  ...('items' in access ? access.items.map((item) => `  For ${itemText(item)}`) : []),
  ...('policy' in access ? [`  Policy for these, SHA-256 ${access.policy.hash}`, `  ${access.policy.document}`] : []),
  access.since
    ? `  Set up ${moment(access.since)}, for no longer than ${moment(access.atMostUntil)}`
    : '  Never set up',
  ...access.fetched.map(({ what, at, row }) => `  ${what} ${moment(at)} (row ${row})`),
  ...(access.ending
    ? [
        `  End asked for ${moment(access.ending.at)} by ${access.ending.by}: ${access.ending.because}${access.ending.note ? `, “${access.ending.note}”` : ''}`,
      ]
    : []),
  ...usedLines(access.used),
  access.ended
    ? `  Ended ${moment(access.ended.at)}: ${access.ended.because}, ${proofVerb(access.ended.proof)} by ${access.ended.proof.means} after ${access.ended.proof.milliseconds} ms (row ${access.ended.row})`
    : '  Its end is not proved',
]

const usedLines = (used: NonNullable<Evidence['access']>['used']): string[] => {
  if (used === 'not watched') return ['  What was done with it: not watched']
  const { times, refused, incomplete = [], receipts } = used
  const isSure = incomplete.length === 0
  return [
    `  ${times > 0 ? `Used ${timesText(times)}` : isSure ? 'Never used' : 'No use was seen'}, ${refusedText(refused)}, by the vault’s audit log`,
    ...incomplete.map(({ from, to }) => `    incomplete between ${moment(from)} and ${to ? moment(to) : 'now'}`),
    ...receipts.map(
      ({ path, operation, outcome, count, first, last, addresses }) =>
        `    ${operation} ${path}: ${outcome} ${timesText(count)}, ${moment(first)} to ${moment(last)}, from ${addresses.join(', ') || 'nowhere known'}`,
    ),
  ]
}

const rowText = ({ sequence, at, kind, actor, detail, hash }: Evidence['audit']['rows'][number]): string[] => [
  `  ${sequence} ${momentText(at)} ${kind} by ${nameOf(actor)} ${detailText(detail)}`,
  `    ${hash}`,
]

const moment = (text: string | undefined): string => (text ? momentText(Date.parse(text)) : 'never')
