import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readYaml, writeYaml } from '../../../src/config/yaml.ts'
import { printable, printableLines } from '../../../src/terminal.ts'
import { runCli } from '../../support/run-cli.ts'
import { steering } from '../../support/steering.ts'

const mark = fc.constantFrom(
  ...'\0\u0007\u001b\u007f\u0085\u009b\u009d\u00ad\u061c\u200e\u2028\u2029\u202e\u2066\ufeff',
  '\u{e0001}',
)
const text = fc.array(fc.oneof(fc.string({ unit: 'grapheme' }), mark)).map((parts) => parts.join(''))

test('escaped JSON says the same, and nothing in it steers a terminal', () => {
  fc.assert(
    fc.property(fc.dictionary(text, text), (value) => {
      const escaped = printableLines(JSON.stringify(value, undefined, 2))
      expect(steering(escaped)).toEqual([])
      expect(JSON.parse(escaped)).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('escaped YAML says the same, and nothing in it steers a terminal', () => {
  fc.assert(
    fc.property(text, (name) => {
      const escaped = writeYaml({ ada: { name } })
      expect(steering(escaped)).toEqual([])
      expect(readYaml(escaped, 'people.yaml').content).toEqual({ ada: { name } })
    }),
  )
})

test('lines stay lines, and a cell becomes one line', () => {
  expect(printableLines('one\n\ttwo\u009b2J')).toBe('one\n\ttwo\\u009b2J')
  expect(printable('one\n\u{e0001}')).toBe('one\\u000a\\udb40\\udc01')
})

test('a line of the log is JSON in which nothing steers a terminal', () => {
  const name = 'kv/\u009b2J\u202e\u2028\u{e0001}'
  const code = `import { newLog } from './src/log.ts'; newLog('info').info(${JSON.stringify({ name })}, 'told')`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
  expect(JSON.parse(stdout)).toMatchObject({ name, msg: 'told' })
  expect(steering(stdout)).toEqual([])
})

test('a command that fails repeats no control character of its arguments', async () => {
  const run = await runCli(['audit', 'list', '--database', '/nowhere/\u009b2J\u001b[2J\u202edb'])
  expect(run.err).toContain('/nowhere/\\u009b2J\\u001b[2J\\u202edb')
  expect(steering(run.out + run.err)).toEqual([])
})
