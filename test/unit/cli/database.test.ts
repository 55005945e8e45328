import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runCli } from '../../support/run-cli.ts'

describe('a command that is given a database', () => {
  test.each([['audit', 'list'], ['status'], ['backup', 'copy.sqlite'], ['restore', 'copy.sqlite']])(
    'refuses a password on the command line, and a way that is not safe: %s',
    async (...line) => {
      const given = async (address: string) => runCli([...line, '--database', address])
      const safe = await given('postgres://latchkey:hunter2@db/latchkey?sslmode=verify-full')
      expect([safe.code, safe.err]).toEqual([1, expect.stringContaining('write no password into a command')])
      const open = await given('postgres://latchkey:hunter2@db/latchkey')
      expect([open.code, open.err]).toEqual([1, expect.stringContaining('add ?sslmode=verify-full')])
      expect(safe.err + open.err).not.toContain('hunter2')
    },
  )

  test('that is kept in memory finds nothing there, and no server to ask', async () => {
    const run = (...line: readonly string[]) => runCli([...line, '--database', ':memory:'])
    expect(await run('audit', 'list')).toMatchObject({
      code: 1,
      err: expect.stringContaining('no database at :memory:'),
    })
    expect(await run('status')).toMatchObject({ code: 1, err: expect.stringContaining('no server can be asked') })
    expect(await run('restore', 'copy.sqlite')).toMatchObject({ code: 1, err: expect.stringContaining('is no file') })
  })

  test('with several processes says where to ask when none runs on this machine', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'database-'))
    const config = join(folder, 'latchkey.yaml')
    writeFileSync(config, 'database: postgres://latchkey@db.example.com/latchkey?sslmode=verify-full\n')
    const { code, err } = await runCli(['status', '-c', config])
    rmSync(folder, { recursive: true })
    expect([code, err]).toEqual([
      1,
      expect.stringContaining('Run this on a machine where a process of it runs, or use the'),
    ])
    expect(err).toContain(join(folder, 'data'))
  })
})
