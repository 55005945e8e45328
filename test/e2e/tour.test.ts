import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** What the first page tells a newcomer to type. */
const tour = (...more: readonly string[]) =>
  promisify(execFile)(process.execPath, ['src/demo/main.ts', '--tour', ...more], { cwd: root })

test.each([
  ['by HTTP', []],
  ['by socket', ['--socket']],
])('the tour plays every story to its end, %s', async (_, more) => {
  const { stdout } = await tour(...more)
  expect(stdout).toMatch(/All of it was true: 47 answers of real servers were checked\.$/m)
  expect(stdout).not.toContain('✗')
})
