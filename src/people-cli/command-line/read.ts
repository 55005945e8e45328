import { CliError, exitCodes } from '../trouble.ts'
import type { CommandSpec, Line } from './spec.ts'

/** Reads the words after a command's name. Throws with exit code 2 when they do not fit. */
export const readLine = ({ name, args = [], choices, options = {} }: CommandSpec, words: readonly string[]): Line => {
  const { parseArgs } = process.getBuiltinModule('node:util')
  const config = Object.entries(options).map(([option, { value, isOn }]) => [
    option,
    value === undefined ? { type: 'boolean', ...(isOn && { default: true }) } : { type: 'string' },
  ])
  const given = read(() =>
    parseArgs({
      ...{ args: [...words], options: Object.fromEntries(config), strict: true },
      ...{ allowPositionals: true, allowNegative: true },
    }),
  )
  const least = args.filter((one) => one.startsWith('<')).length
  const most = args.some((one) => one.includes('...')) ? Number.POSITIVE_INFINITY : args.length
  const { positionals } = given
  const values: Line['options'] = given.values as Line['options'] // none is given twice
  if (positionals.length < least) throw usage(`${args[positionals.length]} is missing`, name)
  if (positionals.length > most) throw usage(`there is one word too many: ${positionals[most]}`, name)
  const [first] = positionals
  if (choices && first !== undefined && !choices.includes(first)) throw usage(`write ${choices.join(' or ')}`, name)
  for (const [option, { isNeeded, choices: possible, value }] of Object.entries(options)) {
    const chosen = values[option]
    if (isNeeded && chosen === undefined) throw usage(`--${option} <${value}> is missing`, name)
    if (possible && chosen !== undefined && !possible.includes(`${chosen}`))
      throw usage(`--${option} is ${possible.join(' or ')}`, name)
  }
  const named = Object.entries(values).map(([option, value]) => [camelCase(option), value])
  return { args: positionals, options: Object.fromEntries(named) }
}

const camelCase = (name: string): string => name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

export const usage = (message: string, command: string): CliError =>
  new CliError(message, exitCodes.usage, [`"latchkey help${command === '' ? '' : ` ${command}`}" says more.`])

/** The library's message names the option; what it adds about "--" helps nobody here. */
const read = <T>(parse: () => T): T => {
  try {
    return parse()
  } catch (error) {
    const { message } = error as Error
    throw usage(message.split('. ', 1)[0] ?? message, '')
  }
}
