import { createRequire } from 'node:module'
import { expect, test } from 'vitest'

const require = createRequire(import.meta.url)

test('@microsoft/teams-ai is really installed and loads', () => {
  expect(typeof require('@microsoft/teams-ai').Application).toBe('function')
})

test('better-sqlite3 opens a database with the binary from its own package', () => {
  const Database = require('better-sqlite3')
  const database = new Database(':memory:')
  expect(database.prepare('select 1 + 1 as two').get()).toEqual({ two: 2 })
  database.close()
})
