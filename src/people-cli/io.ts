import { CliError, exitCodes } from './trouble.ts'

/** The input and output of a command: the process, or a test. */
export type Io = {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Whether a person sees standard output. */
  readonly isShown: boolean
  /** Whether a person can answer questions. */
  isAsked(): boolean
  /** Writes one line (or several) of the answer to standard output. */
  say(text?: string): void
  /** Writes exactly this to standard output, such as a field of a secret. */
  write(text: string): void
  /** Writes progress, warnings and problems to standard error. */
  note(text: string): void
  /** Asks a person; `undefined` where nobody can answer. A hidden answer is not shown. */
  ask(question: string, how?: { readonly isHidden?: boolean }): Promise<string | undefined>
  /** Reads all of standard input; empty when it is a terminal. */
  input(): Promise<string>
}

// Not imported: an import makes a second copy of a module's exports, which takes longer than all that is done here.
const { fstatSync, writeSync } = process.getBuiltinModule('node:fs')

/**
 * The process's own input and output. Output is written without its streams, so that the process may end at once.
 */
export const processIo = (): Io => ({
  environment: process.env,
  isShown: fstatSync(1).isCharacterDevice(),
  isAsked: () => process.stdin.isTTY === true,
  say: (text = '') => print(1, `${text}\n`),
  write: (text) => print(1, text),
  note: (text) => print(2, `${text}\n`),
  ask: (question, { isHidden = false } = {}) =>
    process.stdin.isTTY ? answerTo(question, isHidden) : Promise.resolve(undefined),
  input: async () => {
    if (process.stdin.isTTY) return ''
    let text = ''
    for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk
    return text
  },
})

/** Writes everything before it returns, so that the process may end at once. */
const print = (stream: 1 | 2, text: string): void => {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(stream, rest))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EPIPE') process.exit(exitCodes.fine) // `latchkey … | head` closes the pipe early
      if (code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5) // a full pipe that does not wait by itself
    }
  }
}

const answerTo = async (question: string, isHidden: boolean): Promise<string> => {
  const { createInterface } = await import('node:readline')
  const { Writable } = await import('node:stream')
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: isHidden ? nowhere : process.stderr, terminal: true })
  if (isHidden) process.stderr.write(question) // only now the terminal itself shows nothing that is typed
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.question(isHidden ? '' : question, resolve)
      lines.once('close', () => reject(new CliError('nothing was done', exitCodes.interrupted))) // Ctrl-C or Ctrl-D
    })
  } finally {
    lines.close()
    if (isHidden) process.stderr.write('\n')
  }
}

/** Asks before something that cannot be taken back lightly. Nobody there: only `--yes` says so. */
export const confirmed = async (io: Io, question: string, isYes: boolean | undefined): Promise<void> => {
  if (isYes) return
  const answer = await io.ask(`${question} [y/N] `)
  if (answer === undefined) throw new CliError('nobody is here to confirm: add --yes', exitCodes.usage)
  if (!/^y(es)?$/i.test(answer.trim())) throw new CliError('nothing was done', exitCodes.interrupted)
}
