import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nodeFlags } from '../../src/demo/latchkey-process.ts'

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

test('Node is started with the same flags wherever it is started', async () => {
  const root = join(import.meta.dirname, '../..')
  const starts = ['src/launch.cjs', 'Dockerfile', 'manifests/latchkey.service', 'package.json']
  for (const name of starts) {
    const text = await readFile(join(root, name), 'utf8')
    expect(text, name).toMatch(new RegExp(`\\bnode ${nodeFlags.join(' ')}\\b`))
  }
})
