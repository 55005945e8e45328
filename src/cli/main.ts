import { type Command, CommanderError } from 'commander'
import { messageOf, reportOf } from '../domain/message-of.ts'
import { printableLines } from '../terminal.ts'
import { type Io, processIo } from './io.ts'
import { programFor } from './program.ts'
import { CliError, exitCodes } from './trouble.ts'

/** Runs one command line (without node and program) and returns the exit code. Never throws. */
export const runCommandLine = async (line: readonly string[], given: Io): Promise<number> => {
  const io = forTerminals(given)
  try {
    const program = await programFor(line, io)
    await program.parseAsync(refusingUnknown(withoutHelpCommand(line), program), { from: 'user' })
    return exitCodes.fine
  } catch (error) {
    return report(error, io)
  }
}

/** Names and reasons come from outside. All output passes here, so none of them can control a terminal. */
const forTerminals = (io: Io): Io => ({
  ...io,
  say: (text = '') => io.say(printableLines(text)),
  note: (text) => io.note(printableLines(text)),
  ask: (question, how) => io.ask(printableLines(question), how),
})

/** Turns `help vault rotate` into `vault rotate --help`: the library's own command reads one word only. */
const withoutHelpCommand = (line: readonly string[]): readonly string[] =>
  line[0] === 'help' && line.length > 2 ? [...line.slice(1), '--help'] : line

/** Without its wish for help, a line with an unknown command is refused; the library would print general help. */
const refusingUnknown = (line: readonly string[], program: Command): readonly string[] => {
  let command = program
  for (const word of line.filter((one) => !one.startsWith('-') && one !== 'help')) {
    if (command.commands.length === 0) return line
    const next = command.commands.find((each) => each.name() === word)
    if (!next) return line.filter((one) => !['help', '-h', '--help'].includes(one))
    command = next
  }
  return line
}

const report = (error: unknown, io: Io): number => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.fine : exitCodes.usage
  if (error instanceof CliError) {
    io.note(`latchkey: ${error.message}`)
    return error.exitCode
  }
  const report = reportOf(error)
  io.note(report === messageOf(error) ? `latchkey: ${report}` : report)
  return exitCodes.failed
}

if (import.meta.main) {
  // Not awaited: Node reports a wait that never ends, such as for an answer on a closed input.
  void runCommandLine(process.argv.slice(2), processIo()).then((code) => {
    if (code !== exitCodes.fine) process.exit(code) // a server that failed to start must not linger in parts
  })
}
