import { expect, test } from 'vitest'
import { byPerson } from '../../../src/domain/audit-event.ts'
import { requestId } from '../../../src/domain/ids.ts'
import { octetCounted, syslogMessage } from '../../../src/observe/syslog-format.ts'
import type { AuditRow } from '../../../src/ports.ts'
import { noon, requester } from '../../support/builders.ts'

const row: AuditRow = {
  ...{ sequence: 7, hash: 'f'.repeat(64), at: noon, kind: 'request-submitted', actor: byPerson(requester) },
  ...{ request: requestId('r'), detail: { reason: 'Gründe\n“]” 🔑' } },
}
const sender = { host: 'bot.example', process: 42, version: '1.0"]', instance: 'i' }

test('an audit row is an RFC 5424 message of the audit facility, with its sequence', () => {
  const message = syslogMessage(row, sender)
  expect(message).toMatch(
    /^<110>1 2026-01-15T12:00:00\.000Z bot\.example latchkey 42 request-submitted \[meta sequenceId="7"\]\[origin software="latchkey" swVersion="1\.0\\"\\\]"\] \{/,
  )
  expect(JSON.parse(message.slice(message.indexOf('] {') + 2))).toEqual({ instance: 'i', ...row })
})

test('a message is ASCII on one line, whatever people wrote', () => {
  expect(syslogMessage(row, sender)).toMatch(/^[\x20-\x7e]+$/)
})

test('refusals and misuse are warnings', () => {
  expect(syslogMessage({ ...row, kind: 'refused' }, sender)).toMatch(/^<108>1 /)
  expect(syslogMessage({ ...row, kind: 'link-misused' }, sender)).toMatch(/^<108>1 /)
  expect(syslogMessage({ ...row, kind: 'started' }, sender)).toMatch(/^<109>1 /)
})

test('a host without a name that may be sent is the sign for none', () => {
  expect(syslogMessage(row, { ...sender, host: 'ö' })).toContain('Z - latchkey')
})

test('the length of a message is counted in octets', () => {
  expect(octetCounted('abc')).toBe('3 abc')
  expect(octetCounted('ä')).toBe('2 ä')
})
