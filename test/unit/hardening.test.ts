import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const table = readFileSync(join(root, 'test/hardening.md'), 'utf8')
const named = [...table.matchAll(/`(test\/[^`]+)` › ([^;|]+?)(?=;| \|)/g)].map(([, file = '', name = '']) => ({
  file,
  name,
}))

test('the table of faults names tests that exist', () => {
  expect(named.length).toBeGreaterThan(60)
  const missing = named.filter(({ file, name }) => !readFileSync(join(root, file), 'utf8').includes(name.trim()))
  expect(missing).toEqual([])
})
