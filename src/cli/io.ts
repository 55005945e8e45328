import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { CliError, exitCodes } from './trouble.ts'

/** The input and output of a command: the process, or a test. */
export type Io = {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Columns of the terminal; infinite when the output goes to a file or another program. */
  readonly width: number
  /** Writes one line (or several) of the answer to standard output. */
  say(text?: string): void
  /** Writes progress, warnings and problems to standard error. */
  note(text: string): void
  /** Asks a person; `undefined` where nobody can answer. A hidden answer, such as a token, is not shown. */
  ask(question: string, how?: { readonly isHidden?: boolean }): Promise<string | undefined>
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
    ask: async (question, { isHidden = false } = {}) => {
      if (!stdin.isTTY) return undefined
      const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
      const lines = createInterface({ input: stdin, output: isHidden ? nowhere : stderr, terminal: true })
      if (isHidden) stderr.write(question) // only now the terminal itself shows nothing that is typed
      const interrupted = new CliError('nothing was done', exitCodes.interrupted)
      let isAnswered = false
      const closed = once(lines, 'close').then(() => {
        if (!isAnswered) stderr.write('\n')
        throw interrupted // Ctrl-C or Ctrl-D
      })
      const answer = lines.question(isHidden ? '' : question).then(
        (typed) => {
          isAnswered = true
          if (isHidden) stderr.write('\n')
          return typed
        },
        () => closed, // the library rejects only when the question was aborted
      )
      return Promise.race([answer, closed]).finally(() => lines.close())
    },
    input: async () => {
      if (stdin.isTTY) return ''
      let text = ''
      for await (const chunk of stdin.setEncoding('utf8')) text += chunk
      return text
    },
  }
}
