import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { commands } from '../../src/people-cli/command-line/commands.ts'
import { lengthOf, printable, quoted, secondsOf, table } from '../../src/people-cli/text.ts'
import { exitCodes, exitMeanings } from '../../src/people-cli/trouble.ts'
import { pathsOf, placeOf } from '../../src/people-cli/vault/choose.ts'
import { covers } from '../../src/people-cli/vault/rights.ts'
import { documents } from '../support/documents.ts'
import { newMachine } from '../support/people-cli.ts'

test('every command has a help with an example of itself, and no line of it is too long for a terminal', async () => {
  const { run } = await newMachine()
  for (const { name, describe } of commands) {
    const { code, out, err } = await run([...name.split(' '), '--help'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain(describe)
    expect(out).toContain(`$ latchkey ${name}`)
    expect(out.split('\n').filter((line) => line.length > 110)).toEqual([])
    expect(await run(['help', ...name.split(' ')])).toMatchObject({ code: 0, out })
  }
})

test('every exit code is explained in the help, in words of its own', async () => {
  const { out } = await (await newMachine()).run(['help'])
  for (const code of Object.values(exitCodes)) expect(out).toContain(`  ${`${code}`.padEnd(3)}  ${exitMeanings[code]}`)
  expect(Object.keys(exitMeanings).map(Number).toSorted()).toEqual(Object.values(exitCodes).toSorted())
})

test('its page names commands and options that there are, and every exit code', () => {
  const page = documents().find(({ path }) => path === 'src/people-cli/README.md')?.text ?? ''
  const typed = [...page.matchAll(/(?:^|`)latchkey ([a-z][^`\n]*)/gm)].map(([, line = '']) => line)
  const wrong = typed.filter((line) => {
    const command = commands.find(({ name }) => `${line} `.startsWith(`${name} `))
    const options = [...line.matchAll(/ --([a-z-]+)/g)].map(([, option = '']) => option)
    return !command || options.some((option) => !(option in (command.options ?? {})))
  })
  expect(wrong).toEqual([])
  expect(typed.length).toBeGreaterThan(12)
  for (const [code, meaning] of Object.entries(exitMeanings)) expect(page).toContain(`| ${code} | ${meaning} |`)
})

test('the help says which of the two commands it is', async () => {
  expect((await (await newMachine()).run([])).out).toContain('operators have another one')
})

test.each([
  [['vault'], 'say which command'],
  [['vault', 'copy'], 'no command "vault copy"'],
  [['nothing'], 'no command "nothing"'],
  [['vault', 'fetch'], '<secret> is missing'],
  [['vault', 'fetch', 'a', 'b'], 'one word too many: b'],
  [['vault', 'fetch', 'a', '--nope'], '--nope'],
  [['vault', 'fetch', 'a', '--field'], '--field'],
  [['deny', 'r1'], '--note <text> is missing'],
  [['request', 'a', '--others', 'maybe'], 'leave-out or ask'],
  [['completion', 'fish'], 'bash or zsh'],
])('%j is refused with exit code 2', async (line, words) => {
  const { code, err } = await (await newMachine()).run(line)
  expect(code).toBe(2)
  expect(err).toContain(words)
  expect(err).toContain('latchkey help')
})

test('bash completes commands, verbs of secrets, options and shells', async () => {
  const script = (await (await newMachine()).run(['completion', 'bash'])).out
  const complete = (...words: string[]) => {
    const typed = words.map(quoted).join(' ')
    const lines = `${script}\nCOMP_WORDS=(latchkey ${typed}); COMP_CWORD=${words.length}; _latchkey; echo "\${COMPREPLY[*]}"`
    return execFileSync('bash', ['-c', lines], { encoding: 'utf8' }).trim().split(' ')
  }
  expect(complete('vau')).toEqual(['vault'])
  expect(complete('vault', 'un')).toEqual(['undelete'])
  expect(complete('vault', 'fetch', 'kv/db', '--fi')).toEqual(['--field'])
  expect(complete('request', 'kv/', '--others', '')).toEqual(['leave-out', 'ask'])
  expect(complete('completion', '')).toEqual(expect.arrayContaining(['bash', 'zsh']))
})

test('a folder covers what is beneath it, and nothing beside it or left out of it', () => {
  const item = {
    type: 'management',
    path: 'kv/apps/',
    permission: 'Admin',
    except: ['kv/apps/db', 'kv/apps/team/', 'kv/apps/x*'],
  }
  expect(covers(item, 'kv/apps/mail')).toBe(true)
  for (const path of ['kv/apps', 'kv/apps/', 'kv/apps-prod/a', 'kv/a', 'other/apps/a'])
    expect(covers(item, path)).toBe(false)
  for (const path of ['kv/apps/db', 'kv/apps/db/replica', 'kv/apps/team/a', 'kv/apps/xy'])
    expect(covers(item, path)).toBe(false)
  expect(covers(item, 'kv/apps/db2')).toBe(true)
})

test('a name means the secret with that complete path first, and else one in a mount', () => {
  const holder = {
    ...{ grant: 'g', address: '', until: 0, mounts: ['kv', 'team/kv'] },
    items: ['kv/db', 'team/kv/db', 'kv/mail'].map((path) => ({ type: 'secret', path, permission: 'read' })),
  }
  expect(pathsOf('kv/db', [holder])).toEqual(['kv/db'])
  expect(pathsOf('mail', [holder])).toEqual(['kv/mail'])
  expect(pathsOf('db', [holder])).toEqual(['kv/db', 'team/kv/db'])
  expect(pathsOf('none', [holder])).toEqual([])
  expect(placeOf('team/kv/a/b', holder.mounts)).toEqual({ mount: 'team/kv', rest: 'a/b' })
})

test('lengths, tables and words are written as people read them', () => {
  expect(['2h', '90m', '1h30m', '1d', ''].map(secondsOf)).toEqual([7200, 5400, 5400, 86_400, undefined])
  expect([secondsOf('soon'), secondsOf('2 h')]).toEqual([undefined, undefined])
  expect([7200, 5430, 59, 90_000, 0].map(lengthOf)).toEqual(['2h', '1h30m', '59s', '1d1h', '0s'])
  expect(
    table(
      ['A', 'B'],
      [
        ['one', 'x'],
        ['1', 'y\nz'],
      ],
    ),
  ).toBe('A    B\none  x\n1    y z')
  expect(quoted("it's")).toBe("'it'\\''s'")
  expect(printable('a\u001b[2Jb\u202e\n')).toBe('a\\u001b[2Jb\\u202e\n')
})
