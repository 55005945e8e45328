import { commands } from './command-line/commands.ts'
import type { CommandSpec } from './command-line/spec.ts'
import type { Io } from './io.ts'
import { printable } from './text.ts'
import { CliError, exitCodes } from './trouble.ts'

/** Runs one command line (without node and program) and returns the exit code. Never throws. */
export const runCommandLine = async (line: readonly string[], given: Io): Promise<number> => {
  const io = forTerminals(given)
  try {
    await run(line, io)
    return exitCodes.fine
  } catch (error) {
    return report(error, io)
  }
}

const about = 'Ask for access to secrets, and use it. This is the command for people; operators have another one.'

const run = async (line: readonly string[], io: Io): Promise<void> => {
  if (line[0] === '--version' || line[0] === '-V') return io.say(ownVersion())
  const words = line[0] === 'help' ? [...line.slice(1), '--help'] : line
  const named = words.filter((word, at) => at < 2 && !word.startsWith('-')).join(' ')
  const command = commands.find(({ name }) => name === named || `${named} `.startsWith(`${name} `))
  const end = words.indexOf('--')
  const asksHelp = words.some((word, at) => ['--help', '-h'].includes(word) && (end === -1 || at < end))
  if (!command) return helpOrUnknown(named, asksHelp || words.length === 0, io)
  if (asksHelp) {
    const { helpOf } = await import('./command-line/help.ts')
    return io.say(helpOf(command))
  }
  const { readLine } = await import('./command-line/read.ts')
  const { args, options } = readLine(command, words.slice(command.name.split(' ').length))
  const { openSafe } = await import('./safe/safe.ts')
  const act = await command.load()
  await act({ io, safe: openSafe(io) }, args, options)
}

const helpOrUnknown = async (named: string, asksHelp: boolean, io: Io): Promise<void> => {
  const { helpOfGroup } = await import('./command-line/help.ts')
  const [first = ''] = named.split(' ')
  const group: readonly CommandSpec[] = commands.filter(({ name }) => name.startsWith(`${named} `))
  const all = named === '' ? commands : group
  if (all.length > 0 && asksHelp) return io.say(helpOfGroup(named, all, named === '' ? about : 'Secrets in a vault.'))
  const known = commands.some(({ name }) => name.startsWith(`${first} `))
  const what = all.length > 0 ? 'say which command' : `there is no command "${named}"`
  throw new CliError(what, exitCodes.usage, [`"latchkey help${known ? ` ${first}` : ''}" lists them.`])
}

/** The version in our package file. The compiled program is one folder deeper than the sources. */
const ownVersion = (): string => {
  const { readFileSync } = process.getBuiltinModule('node:fs')
  for (const place of ['./package.json', '../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8'))
      if (name === '@latchkey/cli') return version
    } catch {}
  }
  return 'unknown'
}

/** Names, reasons and secrets come from outside: none of them can control a terminal. Other programs get them as they are. */
const forTerminals = (io: Io): Io => ({
  ...io,
  say: (text = '') => io.say(io.isShown ? printable(text) : text),
  write: (text) => io.write(io.isShown ? printable(text) : text),
  note: (text) => io.note(printable(text)),
  ask: (question, how) => io.ask(printable(question), how),
})

const report = (error: unknown, io: Io): number => {
  if (error instanceof CliError) {
    for (const text of [`latchkey: ${error.message}`, ...error.more]) io.note(text)
    return error.exitCode
  }
  io.note(`latchkey: ${error instanceof Error ? error.message : String(error)}`)
  return exitCodes.failed
}
