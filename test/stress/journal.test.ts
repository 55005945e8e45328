import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readJournal } from '../../src/store/journal.ts'
import { trials } from '../support/trials.ts'

const folder = mkdtempSync(join(tmpdir(), 'journal-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const writer = join(import.meta.dirname, '../support/journal-writer.ts')

/** Lets a process note names until it has kept so many promises, kills it, and gives back what it promised. */
const promisedBeforeKill = async (file: string, promises: number): Promise<readonly string[]> => {
  const child = spawn(process.execPath, [writer, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  for await (const text of child.stdout.setEncoding('utf8')) {
    said += text
    if (said.split('\n').length > promises) child.kill('SIGKILL')
  }
  return said.split('\n').slice(0, -1)
}

test('a name that the journal promised to keep is there after a kill at any moment, also while it is written again', async () => {
  const file = join(folder, 'names')
  const promised: string[] = []
  for (let trial = 0; trial < trials; trial += 1) {
    promised.push(...(await promisedBeforeKill(file, 1 + ((trial * 7) % 60))))
    const kept = new Set(readJournal(file)?.names.map(({ name }) => name))
    expect(promised.filter((name) => !kept.has(name))).toEqual([])
  }
  expect(promised.length).toBeGreaterThan(trials)
})
