import { CommanderError } from 'commander'
import { printableLines } from '../terminal.ts'
import { type Io, processIo } from './io.ts'
import { programFor } from './program.ts'
import { CliError, exitCodes } from './trouble.ts'

/** Runs one command line (without node and program); the answer is the exit code. Throws nothing. */
export const runCommandLine = async (line: readonly string[], given: Io): Promise<number> => {
  const io = forTerminals(given)
  try {
    const program = await programFor(line, io)
    await program.parseAsync(withoutHelpCommand(line), { from: 'user' })
    return exitCodes.fine
  } catch (error) {
    return report(error, io)
  }
}

/** Names and reasons come from outside: here, at the one way out, none of them reaches a terminal as a command. */
const forTerminals = (io: Io): Io => ({
  ...io,
  say: (text = '') => io.say(printableLines(text)),
  note: (text) => io.note(printableLines(text)),
  ask: (question) => io.ask(printableLines(question)),
})

/** `help vault rotate` as `vault rotate --help`: the library's own command looks at one word only. */
const withoutHelpCommand = (line: readonly string[]): readonly string[] =>
  line[0] === 'help' && line.length > 2 ? [...line.slice(1), '--help'] : line

/** Errors that say everything in their message; of any other the stack is needed. */
const speaking = ['ConfigError', 'ExternalError']

const report = (error: unknown, io: Io): number => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.fine : exitCodes.usage
  if (error instanceof CliError) {
    io.note(`latchkey: ${error.message}`)
    return error.exitCode
  }
  const isSpeaking = error instanceof Error && speaking.includes(error.name)
  io.note(isSpeaking ? `latchkey: ${error.message}` : String(error instanceof Error ? error.stack : error))
  return exitCodes.failed
}

if (import.meta.main) {
  // Not awaited: Node complains of a wait that never ends, such as for an answer when the input is closed.
  void runCommandLine(process.argv.slice(2), processIo()).then((code) => {
    if (code !== exitCodes.fine) process.exit(code) // a server that could not start whole must not linger in parts
  })
}
