import { describe, expect, test } from 'vitest'
import { runCli } from '../../support/run-cli.ts'

describe('a command that is given a database', () => {
  test.each([['audit', 'list'], ['status'], ['backup', 'copy.sqlite'], ['restore', 'copy.sqlite']])(
    'of a kind that cannot be used yet says what to name, and not its password: %s',
    async (...line) => {
      const { code, err } = await runCli([...line, '--database', 'postgres://latchkey:hunter2@db/latchkey'])
      expect([code, err]).toEqual([1, expect.stringContaining('PostgreSQL cannot be used yet; name a file')])
      expect(err).not.toContain('hunter2')
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
})
