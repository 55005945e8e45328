import { createInterface } from 'node:readline/promises'
import { CliError, exitCodes } from './trouble.ts'

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError'

/** The input and output of a command: the process, or a test. */
export type Io = {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Columns of the terminal; infinite when the output goes to a file or another program. */
  readonly width: number
  /** Writes one line (or several) of the answer to standard output. */
  say(text?: string): void
  /** Writes progress, warnings and problems to standard error. */
  note(text: string): void
  /** Asks a person; `undefined` where nobody can answer. */
  ask(question: string): Promise<string | undefined>
  /** Reads all of standard input; empty when it is a terminal. */
  input(): Promise<string>
}

/** The process's own streams. */
export const processIo = (): Io => {
  const { stdin, stdout, stderr } = process
  // `latchkey … | head` closes the pipe early, which is no error of ours.
  stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  return {
    environment: process.env,
    width: stdout.isTTY ? stdout.columns || 80 : Number.POSITIVE_INFINITY,
    say: (text = '') => void stdout.write(`${text}\n`),
    note: (text) => void stderr.write(`${text}\n`),
    ask: async (question) => {
      if (!stdin.isTTY) return undefined
      const lines = createInterface({ input: stdin, output: stderr })
      const answer = lines.question(question).catch((error: unknown) => {
        throw isAbort(error) ? new CliError('nothing was done', exitCodes.interrupted) : error
      })
      return answer.finally(() => lines.close())
    },
    input: async () => {
      if (stdin.isTTY) return ''
      let text = ''
      for await (const chunk of stdin.setEncoding('utf8')) text += chunk
      return text
    },
  }
}
