import { describe, expect, test } from 'vitest'
import { allows } from '../../../src/connectors/vault/audit-log/approved.ts'
import { readEntry } from '../../../src/connectors/vault/audit-log/entry.ts'
import { isPartOf } from '../../../src/connectors/vault/audit-log/find-file.ts'
import { scan } from '../../../src/connectors/vault/audit-log/lines.ts'
import { auditSettings } from '../../../src/connectors/vault/audit-log/settings.ts'
import { vaultNames } from '../../../src/connectors/vault/names.ts'
import { grantId, instanceId } from '../../../src/domain/ids.ts'
import { timestamp } from '../../../src/domain/time.ts'
import { plainText } from '../../../src/views/copy-time.ts'
import { usedText } from '../../../src/views/use-text.ts'
import { auditLine } from '../../bench/audit-line.ts'

const names = vaultNames('latchkey-', instanceId('i0'))
const name = names.drawPolicy(grantId('0123'), 0)
const planOf = (path: object) => ({ document: JSON.stringify({ path }), hash: '' })
const given = (...capabilities: string[]) => ({ capabilities })

describe('the audit log of a vault', () => {
  test.each([
    ['kv/data/a', 'read', true],
    ['kv/data/a', 'update', false],
    ['kv/data/b', 'read', false],
    ['kv/metadata/t/', 'list', true],
    ['kv/metadata/t/x/y', 'list', true],
    ['kv/data/t/pinned', 'read', false],
    ['kv/data/s/x/deep', 'create', true],
    ['kv/data/s/x/y/deep', 'create', false],
    ['kv/data/b', 'alias-lookahead', true],
  ])('says of %s, %s, whether the closest approved rule gives it: %s', (path, operation, isApproved) => {
    const plan = planOf({
      'kv/data/a': given('read'),
      ...{ 'kv/metadata/t/*': given('list'), 'kv/data/t/*': given('read'), 'kv/data/t/pinned': given('deny') },
      'kv/data/s/+/deep': given('update'),
    })
    expect(allows(plan, path, operation)).toBe(isApproved)
  })

  test('is continued from its own older parts, not from the log of another device beside it', () => {
    const isPart = (file: string) => isPartOf('audit.log', file)
    const parts = [
      'audit.log',
      'audit.log.1',
      'audit.log.2.gz',
      'audit.log-20260101',
      'audit-2026-01-01.log',
      'audit.log.old',
    ]
    const others = [
      'audit-raw.log',
      'audit-raw.log.1',
      'audit.log.raw',
      'audits.log',
      'audit2.log',
      'audit.json',
      'audit-raw-1.log',
    ]
    expect([parts.filter((file) => !isPart(file)), others.filter(isPart)]).toEqual([[], []])
  })

  test('is read past a prefix, noise and foreign names, and a torn line is a doubt', () => {
    const foreign = vaultNames('latchkey-', instanceId('i1')).drawPolicy(grantId('0123'), 0)
    const text = [auditLine(name, 'kv/data/a'), `prefix ${auditLine(name, 'kv/data/b')}`, auditLine(foreign, 'kv/c')]
    const wanted = { names, beginning: 'latchkey-i0-g-' }
    const sound = scan(Buffer.from(`\u0000\u0001\n${text.join('')}{"half`), wanted)
    expect(sound.lines.map(({ path }) => path)).toEqual(['kv/data/a', 'kv/data/b'])
    expect([sound.seen, sound.unreadable, sound.isDoubtful]).toEqual([4, 1, false])
    const torn = scan(Buffer.from(`${text[0]?.slice(0, 900)}\n`), wanted)
    expect([torn.lines.length, torn.isDoubtful]).toEqual([0, true])
    expect(readEntry(auditLine(name, `auth/userpass/login/${name}`), names)).not.toHaveProperty('line')
  })

  test.each(['0.0.0.0:9091', '10.1.2.3:9091', 'audit.example.com:9091', '127.0.0.1:0', 'relative.sock'])(
    'is not listened for at %s, where others could write to it',
    (socket) => {
      expect(auditSettings.safeParse({ socket }).success).toBe(false)
    },
  )
})

describe('the line on a card', () => {
  const at = timestamp(Date.UTC(2026, 0, 1, 14, 2))
  const used = { times: 0, addresses: [], refused: 0, gaps: [] }
  test.each([
    [used, 'Never used.'],
    [{ ...used, refused: 1 }, 'Never used; 1 refused attempt.'],
    [
      { ...used, times: 3, last: at, addresses: ['a', 'b', 'c'] },
      'Used 3 times, last 2026-01-01 14:02 UTC, from a, b and 1 more.',
    ],
    [
      { ...used, gaps: [{ from: at, to: at }] },
      'No use was seen. This is incomplete between 2026-01-01 14:02 UTC and 2026-01-01 14:02 UTC.',
    ],
  ])('%o reads: %s', (so, text) => {
    expect(plainText(usedText(so))).toBe(text)
  })
})
