import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

test('the migrations are numbered from one, without gaps, each once', () => {
  const folder = join(import.meta.dirname, '../../../migrations')
  const numbers = readdirSync(folder).flatMap((name) => (name.endsWith('.sql') ? [Number.parseInt(name, 10)] : []))
  expect(numbers.sort((one, other) => one - other)).toEqual(numbers.map((_, index) => index + 1))
})
