import { CommanderError } from 'commander'
import type { Io } from './io.ts'
import { programFor } from './program.ts'
import { printable } from './text.ts'
import { CliError, exitCodes } from './trouble.ts'

/** Runs one command line (without node and program) and returns the exit code. Never throws. */
export const runCommandLine = async (line: readonly string[], given: Io): Promise<number> => {
  const io = forTerminals(given)
  try {
    const program = await programFor(line, io)
    await program.parseAsync([...line], { from: 'user' })
    return exitCodes.fine
  } catch (error) {
    return report(error, io)
  }
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
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.fine : exitCodes.usage
  if (error instanceof CliError) {
    for (const text of [`latchkey: ${error.message}`, ...error.more]) io.note(text)
    return error.exitCode
  }
  io.note(`latchkey: ${error instanceof Error ? error.message : String(error)}`)
  return exitCodes.failed
}
