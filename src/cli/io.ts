import { createInterface } from 'node:readline/promises'

/** Where a command reads and writes: the process, or a test. */
export type Io = {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Columns of the terminal; infinite where the output goes into a file or another program. */
  readonly width: number
  /** One line (or several) of the answer, to standard output. */
  say(text?: string): void
  /** What is not part of the answer, to standard error: progress, warnings, troubles. */
  note(text: string): void
  /** What a person types; `undefined` where nobody can be asked. */
  ask(question: string): Promise<string | undefined>
  /** Everything on standard input; empty where that is a terminal. */
  input(): Promise<string>
}

/** The process's own streams. */
export const processIo = (): Io => {
  const { stdin, stdout, stderr } = process
  // `latchkey … | head` closes the pipe early: no trouble of ours.
  stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  return {
    environment: process.env,
    width: stdout.isTTY ? stdout.columns || 80 : Number.POSITIVE_INFINITY,
    say: (text = '') => void stdout.write(`${text}\n`),
    note: (text) => void stderr.write(`${text}\n`),
    ask: async (question) => {
      if (!stdin.isTTY) return undefined
      const lines = createInterface({ input: stdin, output: stderr })
      return lines.question(question).finally(() => lines.close())
    },
    input: async () => {
      if (stdin.isTTY) return ''
      let text = ''
      for await (const chunk of stdin.setEncoding('utf8')) text += chunk
      return text
    },
  }
}
