import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { type Evidence, evidenceOf, type LinkedRow } from '../../../src/app/evidence.ts'
import { evidenceText } from '../../../src/cli/audit/evidence.ts'
import type { AuditEvent } from '../../../src/domain/audit-event.ts'
import { byOperator, system } from '../../../src/domain/audit-event.ts'
import { decide } from '../../../src/domain/decide.ts'
import { grantId, personId } from '../../../src/domain/ids.ts'
import { timestamp } from '../../../src/domain/time.ts'
import { aGiving, aRequest, noon, otherOwner, owner } from '../../support/builders.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const minute = (count: number) => timestamp(noon + count * 60_000)
const submitted = aRequest()
const decided = decide(submitted, {
  ...{ by: owner, verdict: 'approve', note: 'For this incident.', now: minute(1), giving: aGiving() },
  ...{ owners: [new Set([owner, otherOwner])], directory: 'd'.repeat(64) },
})
if (!decided.ok) throw new Error(decided.refusal.code)
const { request, grant, audit } = decided.value

const about = { request: request.id, grant: grantId('grant-1'), integration: request.integration }
const happened: AuditEvent[] = [
  ...audit,
  { ...about, at: minute(2), kind: 'access-provisioned', actor: system, detail: {} },
  { ...about, at: minute(3), kind: 'credential-issued', actor: { kind: 'person', id: request.requester }, detail: {} },
  { ...about, at: minute(4), kind: 'access-ending', actor: byOperator('root@host'), detail: { because: 'revoked' } },
  {
    ...about,
    at: minute(5),
    kind: 'access-ended',
    actor: system,
    detail: { because: 'revoked', means: 'canary', latency: 41 },
  },
]
const rows: LinkedRow[] = happened.map((event, index) => ({
  ...{ ...event, sequence: index + 2, hash: sha256(`${index}`), previous: sha256(`${index - 1}`) },
}))
const given = { request, ...(grant && { grant }), rows, instance: 'i', madeAt: minute(9), hash: sha256 }
const log = { head: { sequence: 6, hash: sha256('4') } }

test('evidence says who decided, by which rule, among whom, and by which directory', () => {
  const { decisions, rules } = evidenceOf({ ...given, log })
  expect(rules).toEqual([{ owners: ['group:platform'], approvals: 1, by: 'integration' }])
  expect(decisions).toEqual([
    {
      ...{ verdict: 'approve', by: 'owner', at: '2026-01-15T12:01:00.000Z', row: 2, note: 'For this incident.' },
      eligibility: {
        ...{ as: 'group:platform (integration)', memberCount: 2, members: ['other-owner', 'owner'] },
        directory: 'd'.repeat(64),
      },
    },
  ])
})

test('evidence says when access was there, who ended it, and how that was proved', () => {
  const evidence: Evidence = evidenceOf({ ...given, log })
  expect('access' in evidence && evidence.access).toMatchObject({
    since: '2026-01-15T12:02:00.000Z',
    atMostUntil: '2026-01-15T12:17:00.000Z',
    fetched: [{ what: 'credential-issued', row: 4 }],
    ending: { by: 'operator root@host', because: 'revoked' },
    ended: { because: 'revoked', proof: { means: 'canary', milliseconds: 41 } },
  })
  expect(evidence.audit).toMatchObject({ isWhole: true, rows })
})

test('evidence tells a policy whose hash is not its own', () => {
  expect(evidenceOf({ ...given, log }).policy.isHashOfDocument).toBe(false)
  const plan = { document: '{}', hash: sha256('{}') }
  expect(evidenceOf({ ...given, request: { ...request, plan }, log }).policy.isHashOfDocument).toBe(true)
})

test('evidence from a log that is not whole says so, in its text too', () => {
  const evidence = evidenceOf({ ...given, log: { ...log, firstBad: 3 } })
  expect(evidence.audit).toMatchObject({ isWhole: false, firstBadRow: 3 })
  expect(evidenceText(evidence)).toContain('THE LOG IS NOT INTACT: row 3')
})

test('evidence about a decision made before eligibility was recorded admits it', () => {
  const old = rows.map((row) => (row.kind === 'request-approved' ? { ...row, detail: { enough: true } } : row))
  expect(evidenceOf({ ...given, rows: old, log }).decisions[0]?.eligibility).toBe('not recorded')
})

test('the readable evidence has every part, and nothing that a terminal would obey', () => {
  const reason = 'Queue \u001b[31mstuck'
  const text = evidenceText(evidenceOf({ ...given, request: { ...request, reason }, log }))
  for (const words of [
    'Who asked    requester',
    'For          read on secret kv/apps/db',
    'Approved by owner',
    'one of 2 then: other-owner, owner',
    'NOT the hash of this text',
    'Ended 2026-01-15 12:05:00Z: revoked, proved by canary after 41 ms',
    'ends with row 6',
  ]) {
    expect(text).toContain(words)
  }
  expect(text).not.toContain('\u001b')
})

test('a long list of members is cut, and their number is not', () => {
  const many = new Set([owner, ...Array.from({ length: 300 }, (_, index) => personId(`member-${index}`))])
  const outcome = decide(submitted, {
    ...{ by: owner, verdict: 'deny', note: 'Not now.', now: minute(1), owners: [many], giving: aGiving() },
  })
  const detail = outcome.ok ? outcome.value.audit[0]?.detail : {}
  expect(detail).toMatchObject({ memberCount: 301, as: 'group:platform (integration)', note: 'Not now.' })
  expect(String(detail?.members).split(' ')).toHaveLength(100)
})
