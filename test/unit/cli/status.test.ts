import { expect, test } from 'vitest'
import { statusText } from '../../../src/cli/access/status.ts'
import type { Status } from '../../../src/control/protocol.ts'
import { unreachableReasons } from '../../../src/domain/card.ts'

const quiet: Status = {
  ...{ version: '1.2.3', instance: 'instance', process: 1, startedAt: 0, url: 'http://127.0.0.1:8080', waitingFor: [] },
  ...{ integrations: [], held: 0, cards: 0, refused: [], audit: { sequence: 1, hash: 'a'.repeat(64) }, push: [] },
}
const refused = (to: string, code: string) => ({ platform: 'slack', to, account: 'U1', code, since: 0, count: 2 })

test('status is short while everything arrives', () => {
  expect(statusText(quiet)).toContain('Chat: every message is up to date.')
  expect(statusText(quiet)).not.toContain('REFUSED')
})

test.each([...unreachableReasons, 'invalid_auth'])('status names who is refused, why, and what to do: %s', (code) => {
  const text = statusText({ ...quiet, cards: 2, refused: [refused('database-owner', code)] })
  expect(text).toMatch(/2 messages are REFUSED by slack for database-owner \(U1\) since .*: .+\. What to do: .+\./)
})

test('status names the first twenty of many', () => {
  const many = Array.from({ length: 25 }, (_, index) => refused(`person-${index}`, 'account-unknown'))
  const lines = statusText({ ...quiet, cards: 50, refused: many }).split('\n')
  expect(lines.filter((line) => line.includes('REFUSED'))).toHaveLength(20)
  expect(lines).toContain('Chat: and 5 more; --json names them.')
})

test('status says that ends of access wait for an operator, and with which command', () => {
  expect(statusText({ ...quiet, held: 5 })).toContain(
    '5 ends of access are HELD BACK because they are many: latchkey people',
  )
  expect(statusText(quiet)).not.toContain('HELD')
})

test('status says why the head of the audit log is not made known', () => {
  const text = statusText({ ...quiet, head: { since: 0, problem: 'Slack refused chat.postMessage: is_archived' } })
  expect(text).toMatch(/Audit head: NOT SENT since .*: Slack refused chat.postMessage: is_archived\. What to do: .+\./)
})

test('status tells the receiver of events from those of the audit log', () => {
  const push = [{ sink: 'events', rows: 3, seconds: 20, trouble: 'timeout' }]
  expect(statusText({ ...quiet, push })).toContain('Events webhook: 3 rows behind, for 20 s (timeout).')
})

test('status names a receiver of the audit log that refuses its rows', () => {
  const push = [{ sink: 'webhook', rows: 3, seconds: 20, trouble: 'refused', refusal: 'the receiver answered 401' }]
  expect(statusText({ ...quiet, push })).toContain(
    'Audit webhook: 3 rows REFUSED, for 20 s: the receiver answered 401.',
  )
})

test('status says how far the audit log of a vault was read, and when that is broken', () => {
  const idle = { away: [], stuck: [], pending: 0, provisioning: 0, active: 0, revoking: 0, overdue: 0 }
  const textOf = (auditLog?: { readTo?: number; isBroken: boolean }) =>
    statusText({ ...quiet, integrations: [{ ...idle, integration: 'vault', ...(auditLog && { auditLog }) }] })
  expect(textOf()).not.toContain('audit log is')
  expect(textOf({ readTo: 0, isBroken: false })).toMatch(/Its audit log is read to \S.*\./)
  expect(textOf({ readTo: 0, isBroken: true })).toMatch(
    /is NOT READ, or lacks lines, since \S.* What to do: latchkey doctor/,
  )
  expect(textOf({ isBroken: true })).toMatch(/was NEVER READ, .* What to do: latchkey doctor/)
})

test('each vault says what a thief of the bot’s credentials could do, and what it gave up ending', () => {
  const idle = { away: [], stuck: [], pending: 0, provisioning: 0, active: 0, revoking: 0, overdue: 0 }
  const integrations = [
    { ...idle, integration: 'lending', power: 'contained' as const },
    { ...idle, integration: 'writing', power: 'root-equivalent' as const },
    { ...idle, integration: 'older' },
    {
      ...idle,
      integration: 'stuck',
      stuck: [
        {
          lease: 'database/creds/app/x',
          path: 'database/app',
          reason: 'it owns a table',
          command: 'bao lease revoke',
          since: 0,
        },
      ],
    },
  ]
  const lines = statusText({ ...quiet, integrations }).split('\n')
  const of = (name: string) => lines.find((line) => line.startsWith(`${name}:`))
  expect(of('lending')).toMatch(/It is contained: .* can lend only these, without an approval\.$/)
  expect(of('writing')).toMatch(/It is root-equivalent: .* can give themselves every right there\.$/)
  expect(of('older')).not.toContain('It is')
  expect(of('stuck')).toMatch(
    /STUCK since .* for database\/app \(it owns a table\)\. What to do: .* bao lease revoke\.$/,
  )
})
