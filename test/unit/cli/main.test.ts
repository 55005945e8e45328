import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import type { Io } from '../../../src/cli/io.ts'
import { groups, programFor } from '../../../src/cli/program.ts'
import { runCli } from '../../support/run-cli.ts'

const root = join(import.meta.dirname, '../../..')
const io: Io = {
  environment: {},
  width: 80,
  say: () => {},
  note: () => {},
  ask: async () => undefined,
  input: async () => '',
}
const all = async (): Promise<readonly Command[]> => {
  const below = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(below)]
  return below(await programFor(undefined, io))
}
const helpOf = (command: Command): string => {
  const parts: string[] = []
  command.configureOutput({ writeOut: (text) => parts.push(text) }).outputHelp()
  return parts.join('')
}
const pathOf = (command: Command): string => `${command.parent ? `${pathOf(command.parent)} ` : ''}${command.name()}`

describe('every command', () => {
  test('says what it does, and shows examples that are commands of its own', async () => {
    for (const command of await all()) {
      const help = helpOf(command)
      expect(command.description(), pathOf(command)).not.toBe('')
      expect(help, pathOf(command)).toContain('Examples:\n')
      for (const [, example] of help.matchAll(/^ {2}\$ (?:[A-Z_]+=\S+ )?(latchkey .*)$/gm)) {
        if (command.parent) expect(example, pathOf(command)).toContain(pathOf(command))
      }
    }
  })

  test('whose examples are typed is understood', async () => {
    for (const command of await all()) {
      for (const [, example = ''] of helpOf(command).matchAll(/^ {2}\$ (?:[A-Z_]+=\S+ )?latchkey ([^#|<>\n]*)/gm)) {
        if (example.includes('…')) continue // something is left out there
        const program = await programFor(undefined, io)
        let parsed = false
        const hush = (one: Command) => {
          one.action(() => {
            parsed = true
          })
          for (const each of one.commands) hush(each)
        }
        for (const each of program.commands) hush(each)
        const words = example.trim().split(/\s+/)
        await program.parseAsync(words, { from: 'user' }).catch((error: { code?: string }) => {
          parsed = error.code === 'commander.helpDisplayed'
        })
        expect(parsed, `latchkey ${example}`).toBe(true)
      }
    }
  })
})

describe('the help of every command', () => {
  test('fits 80 columns, its examples included', async () => {
    for (const command of await all()) {
      const wide = helpOf(command)
        .split('\n')
        .filter((line) => line.length > 80)
      expect(wide, pathOf(command)).toEqual([])
    }
  })
})

describe('a wrong command line', () => {
  test.each([
    [['vualt', '--help'], 'Did you mean vault?'],
    [['help', 'vualt'], 'Did you mean vault?'],
    [['vault', 'setpu', '--help'], 'Did you mean setup?'],
    [['help', 'vault', 'setpu'], 'Did you mean setup?'],
    [['-h', 'bogus'], "unknown command 'bogus'"],
  ])('that asks for help about an unknown command is told so: %j', async (line, words) => {
    expect(await runCli(line)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(words) })
  })

  test('ends with 2 and a suggestion', async () => {
    expect(await runCli(['vualt'])).toMatchObject({ code: 2, err: expect.stringContaining('Did you mean vault?') })
    expect(await runCli(['vault', 'setup', '--aply'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--apply'),
    })
    expect(await runCli([])).toMatchObject({ code: 2 })
  })

  test('help and version end with 0', async () => {
    expect(await runCli(['help', 'vault'])).toMatchObject({ code: 0, out: expect.stringContaining('kill-all') })
    const rotate = await runCli(['help', 'vault', 'rotate'])
    expect(rotate).toMatchObject({ code: 0, out: expect.stringMatching(/^Usage: latchkey vault rotate /) })
    expect(rotate).toEqual(await runCli(['vault', 'rotate', '--help']))
    expect(await runCli(['vault', 'kill-all', '--help'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('--print'),
    })
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(await runCli(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' })
  })
})

describe('a command that only asks', () => {
  /** Everything that is loaded before a command does anything: static imports, not those inside actions. */
  const loaded = (file: string, seen = new Set<string>()): ReadonlySet<string> => {
    const text = readFileSync(file, 'utf8')
    for (const [, name = ''] of text.matchAll(
      /^(?:import|export)(?! type\b)[^;]*? from '([^']+)'|^import '([^']+)'/gm,
    )) {
      if (name === '' || seen.has(name)) continue
      if (!name.startsWith('.')) seen.add(name)
      else {
        const path = join(dirname(file), name)
        if (seen.has(path)) continue
        seen.add(path)
        loaded(path, seen)
      }
    }
    return seen
  }
  const heavy =
    /^(@slack\/|@hono\/|hono|better-sqlite3|drizzle-orm|node-vault|undici|pino|prom-client|openid-client|jose|bcryptjs|@node-rs\/|ws)/

  test.each(groups.map(({ name, load }) => [name, load] as const))('loads no library of the server: %s', (_, load) => {
    const file = /import\(["']([^"']+)["']\)/.exec(String(load))?.[1] ?? /"([^"]+\.ts)"/.exec(String(load))?.[1] ?? ''
    const libraries = [...loaded(join(root, 'src/cli', file.replace(/^.*src\/cli\//, '')))].filter((one) =>
      heavy.test(one),
    )
    expect(libraries).toEqual([])
  })
})

describe('src/launch.cjs', () => {
  const launch = (...line: readonly string[]) =>
    spawnSync(process.execPath, [join(root, 'src/launch.cjs'), ...line], { encoding: 'utf8', cwd: root })

  test('hands anything that is no program to the command line, and its exit code back', () => {
    expect(launch('--version')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
    expect(launch('vualt')).toMatchObject({ status: 2, stderr: expect.stringContaining('Did you mean vault?') })
    expect(launch('serve', '--config', 'nowhere.yaml')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('nowhere.yaml: cannot be read'),
    })
  })

  test('still runs a program that is named', () => {
    expect(launch('src/cli/main.ts', 'config', 'example').stdout).toContain('integrations:')
  })

  test('ends quietly when nobody reads its output any more', () => {
    const line = `"${process.execPath}" "${join(root, 'src/launch.cjs')}" config schema | head -1`
    expect(execFileSync('sh', ['-c', line], { encoding: 'utf8' })).toBe('{\n')
  })
})
