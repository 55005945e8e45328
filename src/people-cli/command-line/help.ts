import { exitMeanings } from '../trouble.ts'
import type { CommandSpec } from './spec.ts'

const listed = (rows: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`).join('\n')
}
const part = (title: string, rows: readonly (readonly [string, string])[]): string =>
  rows.length === 0 ? '' : `\n\n${title}:\n${listed(rows)}`
const examples = (lines: readonly string[]): string => `\n\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`

/** The help of the program, or of a group such as `vault`. */
export const helpOfGroup = (group: string, commands: readonly CommandSpec[], describe: string): string => {
  const depth = group === '' ? 0 : 1
  const rows = new Map<string, string>()
  for (const { name, describe: text } of commands) {
    const [word = '', ...rest] = name.split(' ').slice(depth)
    if (!rows.has(word)) rows.set(word, rest.length > 0 ? 'List, show and change secrets' : text)
  }
  const shown = ['latchkey', group].filter(Boolean).join(' ')
  const first = commands.filter(({ name }) => ['sign-in', 'request', 'vault fetch'].includes(name) || depth === 1)
  const codes = Object.entries(exitMeanings).map(([code, meaning]) => [code, meaning] as const)
  return [
    `Usage: ${shown} COMMAND [--help]\n\n${describe}`,
    part('Commands', [...rows]),
    examples(first.flatMap((one) => one.examples.slice(0, 1))),
    depth === 0 ? part('Exit codes', codes) : '',
  ].join('')
}

/** The help of one command. */
export const helpOf = ({ name, describe, args = [], choices, options = {}, examples: lines }: CommandSpec): string => {
  const rows = Object.entries(options).map(([option, spec]) => {
    const what = spec.value === undefined ? '' : ` <${spec.value}>`
    const possible = spec.choices ? ` (${spec.choices.join(' or ')})` : ''
    return [`--${spec.isOn ? 'no-' : ''}${option}${what}`, `${spec.describe}${possible}`] as const
  })
  const words = [name, ...args.map((one) => (choices ? `<${choices.join('|')}>` : one))].join(' ')
  const all = [...rows, ['--help', 'show this'] as const]
  return `Usage: latchkey ${words} [options]\n\n${describe}.${part('Options', all)}${examples(lines)}`
}
