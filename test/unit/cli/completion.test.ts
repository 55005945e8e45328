import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from '../../support/run-cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'cli-completion-'))
const script = join(folder, 'latchkey.bash')
beforeAll(async () => writeFileSync(script, (await runCli(['completion', 'bash'])).out))
afterAll(() => rmSync(folder, { recursive: true }))

/** What bash offers at the end of these words. */
const offered = (...words: readonly string[]): readonly string[] => {
  const program = 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _latchkey; printf "%s\\n" "${COMPREPLY[@]}"'
  const out = execFileSync('bash', ['-c', program, script, 'latchkey', ...words], { encoding: 'utf8', cwd: folder })
  return out.trim().split('\n')
}

describe('the script for bash', () => {
  test('offers commands, their commands, and their options', () => {
    expect(offered('')).toEqual(expect.arrayContaining(['serve', 'doctor', 'vault', 'completion', '--version']))
    expect(offered('vault', '')).toEqual(expect.arrayContaining(['setup', 'unwrap', 'rotate', 'kill-all', '--help']))
    expect(offered('vault', 'setup', '--dr')).toEqual(['--dry-run'])
    expect(offered('completion', 'z')).toEqual(['zsh'])
  })

  test('offers values: choices, files, folders, and nothing where anything can stand', () => {
    expect(offered('vault', 'setup', '--program', '')).toEqual(['bao', 'vault'])
    expect(offered('config', 'check', '--config', 'latch')).toEqual(['latchkey.bash'])
    expect(offered('vault', 'setup', '--prefix', '')).toEqual([''])
  })

  test('is not misled by options between the words', () => {
    expect(offered('vault', 'kill-all', '--prefix', 'vault', '--pri')).toEqual(['--print'])
  })
})

test('the script for zsh has every word with its meaning', async () => {
  const { out } = await runCli(['completion', 'zsh'])
  expect(out).toMatch(/^#compdef latchkey/)
  expect(out).toContain("'kill-all:End all access that was ever given; needs no database'")
  expect(out).toContain("'vault setup --program') compadd -- bao vault")
})

test('there is no script for another shell', async () => {
  expect(await runCli(['completion', 'fish'])).toMatchObject({ code: 2, err: expect.stringContaining('bash, zsh') })
})
