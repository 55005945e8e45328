import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Store } from '../../src/ports.ts'
import { hashFrom } from '../support/hashed-row.ts'
import { runCli } from '../support/run-cli.ts'
import { steering } from '../support/steering.ts'
import * as sample from './store-samples.ts'
import { useFolder } from './store-sqlite-raw.ts'

const { at } = sample

const latchkey = async (line: readonly string[]) => {
  const { code, out, err } = await runCli(line)
  return { code, out: out.trimEnd(), err: err.trimEnd() }
}

describe('latchkey audit', () => {
  const { at: path, store, raw, read } = useFolder()
  const audit = (...line: readonly string[]) => latchkey(['audit', ...line, '--database', path('latchkey.db')])
  const rows = async (...line: readonly string[]) => JSON.parse((await audit('list', ...line, '--json')).out)
  const event = sample.event

  const told = (opened: Store) =>
    opened.audit([
      event({ at: at(0), kind: 'started', detail: { version: '1 2' } }),
      event({
        at: at(60),
        kind: 'refused',
        actor: { kind: 'person', id: sample.linus },
        detail: { code: 'own-request' },
      }),
      event({
        at: at(120),
        kind: 'refused',
        actor: { kind: 'stranger', platform: 'slack', tenant: 'T1', subject: 'U9' },
        detail: {},
      }),
      event({
        at: at(180),
        kind: 'access-ending',
        actor: { kind: 'operator', name: 'root@host' },
        integration: sample.otherVault.id,
        detail: {},
      }),
    ])

  /** Past the triggers, as somebody with the file in hand. */
  const tamper = (...statements: readonly string[]) => {
    const triggers = read("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name LIKE 'audit%'")
    raw(...triggers.map((trigger) => `DROP TRIGGER ${Object.values(trigger as object)[0]}`), ...statements)
  }
  const lastHash = (): string => Object.values(read('SELECT hash FROM audit_head')[0] as object)[0]

  test('list shows the newest rows last, while the server has the database', async () => {
    await told(await store())
    const { out, code } = await audit('list')
    expect(code).toBe(0)
    expect(out.split('\n').map((line) => line.trimEnd().split(/ {2,}/))).toMatchObject([
      ['NO', 'TIME', 'WHAT', 'BY', 'WHERE', 'REQUEST', 'DETAIL'],
      ['1', '2023-11-14 22:13:20Z', 'started', 'latchkey', 'vault', 'version="1 2"'],
      ['2', '2023-11-14 22:14:20Z', 'refused', 'linus', 'vault', 'code=own-request'],
      ['3', '2023-11-14 22:15:20Z', 'refused', 'stranger slack/T1/U9', 'vault'],
      ['4', '2023-11-14 22:16:20Z', 'access-ending', 'operator root@host', 'other-vault'],
    ])
    expect((await rows('--limit', '2')).map(({ sequence }: { sequence: number }) => sequence)).toEqual([3, 4])
  })

  test('list finds rows by time, kind, person, request, grant and integration', async () => {
    const opened = await store()
    await told(opened)
    const { request, grant } = await sample.ended(opened)
    const numbers = async (...line: readonly string[]) =>
      (await rows(...line)).map(({ sequence }: { sequence: number }) => sequence)
    expect(await numbers('--since', '2023-11-14T22:14', '--until', '2023-11-14T23:15:20+01:00')).toEqual([2, 3])
    expect(await numbers('--since', '1m')).toEqual([])
    expect(await numbers('--kind', 'started', 'access-ending')).toEqual([1, 4])
    expect(await numbers('--integration', 'other-vault')).toEqual([4])
    expect(await numbers('--person', 'linus')).toEqual([2])
    // What grace decided is about ada's request.
    expect(await numbers('--person', 'ada')).toEqual([5, 6, 7, 8, 9])
    expect(await numbers('--person', 'grace')).toEqual([6])
    expect(await numbers('--request', request.id.slice(0, 8))).toEqual([5, 6, 7, 8, 9])
    expect(await numbers('--grant', sample.present(grant).id)).toEqual([7, 8, 9])
  })

  test('list says which moment or kind it does not understand', async () => {
    await store()
    expect(await audit('list', '--since', 'yesterday')).toMatchObject({
      code: 2,
      err: expect.stringContaining('is not a time'),
    })
    expect(await audit('list', '--since', '2023-02-30T25:00')).toMatchObject({ code: 2 })
    expect(await audit('list', '--kind', 'nonsense')).toMatchObject({ code: 2 })
    expect(await audit('list', '--limit', '0')).toMatchObject({ code: 2 })
  })

  test('list shows what would steer the terminal as text', async () => {
    await (await store()).audit([event({ detail: { reason: '\u001b[2Jgone\u202e' } })])
    const { out } = await audit('list')
    expect(out).toContain('\\u001b[2Jgone\\u202e')
  })

  test('no way of showing the log lets through what would steer the terminal', async () => {
    const reason = '\u009b2J\u001b[2J\u202e\u2028gone'
    const opened = await store()
    const { request } = await sample.submitted(opened)
    const actor = { kind: 'operator', name: reason } as const
    await opened.audit([event({ actor, request: request.id, detail: { reason } })])
    const { sequence } = await opened.auditHead()
    for (const format of ['jsonl', 'csv']) await audit('export', '--format', format, '--out', path(format))
    await audit('evidence', request.id, '--out', path('evidence'))
    const shown = [
      ...(await Promise.all([audit('list'), audit('list', '--json'), audit('show', String(sequence))])),
      await audit('show', String(sequence), '--json'),
      await audit('evidence', request.id),
    ].map(({ out }) => out)
    const written = ['jsonl', 'csv', 'evidence'].map((name) =>
      readFileSync(path(name), 'utf8').replaceAll('\r\n', '\n'),
    )
    for (const text of [...shown, ...written]) {
      expect(text).toContain('\\u009b2J')
      expect(steering(text)).toEqual([])
    }
    expect((await rows()).at(-1)).toMatchObject({ actor, detail: { reason } })
  })

  test('show prints one row whole, and the hash that it follows', async () => {
    await told(await store())
    const [one, two] = await rows()
    const shown = JSON.parse((await audit('show', '2', '--json')).out)
    expect(shown).toEqual({ ...two, previous: one.hash })
    expect((await audit('show', '2')).out).toContain('own-request')
    expect(await audit('show', '9')).toMatchObject({ code: 1, err: expect.stringContaining('the newest is 4') })
  })

  test('verify finds an untouched log whole and prints its head', async () => {
    const opened = await store()
    await told(opened)
    const { out, code } = await audit('verify')
    expect([code, out.split('\n').slice(0, 2)]).toEqual([
      0,
      ['The audit log is intact: 4 rows.', `head 4:${lastHash()}`],
    ])
    expect((await audit('verify', '--head', `4:${lastHash()}`)).code).toBe(0)
    await opened.audit([event()])
    expect(JSON.parse((await audit('verify', '--json')).out)).toMatchObject({ isWhole: true, rows: 5 })
  })

  test('verify names the first row that was changed, and the one that is missing', async () => {
    await told(await store())
    tamper("UPDATE audit SET detail = '{}' WHERE sequence = 2")
    expect(await audit('verify')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/row 2 does not follow/),
      out: `head 4:${lastHash()}`,
    })
    tamper('DELETE FROM audit WHERE sequence = 2')
    expect(await audit('verify')).toMatchObject({ code: 1, err: expect.stringMatching(/row 2 is missing/) })
  })

  test('verify with a noted head finds a log that was cut, head and all', async () => {
    await told(await store())
    const noted = `4:${lastHash()}`
    tamper(
      'DELETE FROM audit WHERE sequence > 2',
      'UPDATE audit_head SET sequence = 2, hash = (SELECT hash FROM audit WHERE sequence = 2)',
    )
    expect((await audit('verify')).code).toBe(0)
    expect(await audit('verify', '--head', noted)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/row 3 is missing \(row 4 was there/),
    })
  })

  test('verify with a noted head finds a log that was rewritten as a whole', async () => {
    await told(await store())
    const noted = `2:${Object.values(read('SELECT hash FROM audit WHERE sequence = 2')[0] as object)[0]}`
    const other = await store(undefined, 'other.db')
    await other.audit([event({ at: at(1) }), event(), event(), event()])
    const verify = latchkey(['audit', 'verify', '--head', noted, '--database', path('other.db')])
    expect(await verify).toMatchObject({ code: 1, err: expect.stringMatching(/was rewritten: row 2/) })
    expect(await audit('verify', '--head', '2:short')).toMatchObject({ code: 2 })
  })

  test('export writes rows from which anybody can follow the chain of hashes', async () => {
    await told(await store())
    const { code, err } = await audit('export', '--out', path('audit.jsonl'))
    expect([code, err]).toEqual([0, `4 rows; the log ends at 4:${lastHash()}`])
    expect(statSync(path('audit.jsonl')).mode & 0o777).toBe(0o600)
    let hash = '0'.repeat(64)
    for (const line of readFileSync(path('audit.jsonl'), 'utf8').trimEnd().split('\n')) {
      const row = JSON.parse(line)
      hash = hashFrom(hash, row)
      expect(row.hash).toBe(hash)
    }
    expect(hash).toBe(lastHash())
    expect(await audit('export', '--out', path('audit.jsonl'))).toMatchObject({
      code: 1,
      err: expect.stringContaining('is there already'),
    })
  })

  test('export writes a table that no spreadsheet takes for formulas', async () => {
    const formula = { platform: '=cmd', tenant: 'T', subject: 'a,"b"\nc' } as const
    await (await store()).audit([
      event({ actor: { kind: 'person', id: '=HYPERLINK("http://x")' as typeof sample.ada } }),
      event({ actor: { kind: 'person', id: ' @SUM(A1)' as typeof sample.ada } }),
      event({ actor: { kind: 'stranger', ...formula } }),
    ])
    await audit('export', '--format', 'csv', '--out', path('audit.csv'))
    const text = readFileSync(path('audit.csv'), 'utf8')
    const lines = text.split('\r\n')
    expect(lines[0]).toBe('sequence,time,kind,actor_kind,actor,integration,request,grant,detail,hash')
    expect(lines[1]).toContain(`,person,"'=HYPERLINK(""http://x"")",vault,`)
    expect(lines[2]).toContain(`,person,' @SUM(A1),vault,`)
    expect(lines[3]).toContain('stranger,"stranger =cmd/T/a,""b""\nc",vault')
    expect(await audit('export', '--format', 'xml')).toMatchObject({ code: 2 })
  })

  test('export takes the chosen rows alone, over many pages', async () => {
    const opened = await store()
    await opened.audit(
      Array.from({ length: 2_600 }, (_, index) => event({ kind: index % 2 === 0 ? 'refused' : 'started' })),
    )
    await audit('export', '--kind', 'refused', '--out', path('refused.jsonl'))
    const kinds = readFileSync(path('refused.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).kind)
    expect([kinds.length, new Set(kinds)]).toEqual([1_300, new Set(['refused'])])
  })

  test('export needs no more memory for a longer log', async () => {
    const opened = await store()
    const detail = { filler: 'x'.repeat(2_000) }
    for (let batch = 0; batch < 20; batch += 1)
      await opened.audit(Array.from({ length: 2_000 }, () => event({ detail })))
    const main = join(import.meta.dirname, '../../src/cli/main.ts')
    const child = spawn(
      process.execPath,
      ['--max-old-space-size=40', main, 'audit', 'export', '--database', path('latchkey.db')],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    let bytes = 0
    let progress = ''
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    child.stderr.on('data', (chunk: Buffer) => {
      progress += chunk
    })
    const [code] = await once(child, 'close')
    expect([code, progress.trim()]).toEqual([0, `40000 rows; the log ends at 40000:${lastHash()}`])
    expect(bytes).toBeGreaterThan(80_000_000)
  })

  test('reads a database whose server is not running, and leaves it whole', async () => {
    const opened = await store()
    await told(opened)
    await opened.close()
    expect((await audit('verify')).code).toBe(0)
    expect(await (await store()).verifyAudit()).toBeUndefined()
  })

  test('says in a sentence what is wrong with the file that it shall read', async () => {
    expect(await audit('list')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^latchkey: There is no database at .*latchkey\.db/),
    })
    const other = latchkey(['audit', 'list', '--database', import.meta.filename])
    expect(await other).toMatchObject({ code: 1, err: expect.stringContaining("is not a Latchkey's database") })
    const none = latchkey(['audit', 'list', '--config', path('none.yaml')])
    expect(await none).toMatchObject({
      code: 1,
      err: expect.stringContaining('cannot be read. Name the configuration'),
    })
  })
})
