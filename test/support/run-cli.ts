import type { Io } from '../../src/cli/io.ts'
import { runCommandLine } from '../../src/cli/main.ts'

export type CliRun = { readonly code: number; readonly out: string; readonly err: string }
type Surroundings = {
  readonly environment?: Readonly<Record<string, string>>
  /** What the person types at each question; without answers nobody can be asked. */
  readonly answers?: readonly string[]
  readonly input?: string
  readonly width?: number
}

/** Runs one command line of `latchkey` in this process. */
export const runCli = async (line: readonly string[], surroundings: Surroundings = {}): Promise<CliRun> => {
  const { environment = {}, answers = [], input = '', width = Number.POSITIVE_INFINITY } = surroundings
  const typed = [...answers]
  let out = ''
  let err = ''
  const io: Io = {
    environment,
    width,
    say: (text = '') => {
      out += `${text}\n`
    },
    note: (text) => {
      err += `${text}\n`
    },
    ask: async () => typed.shift(),
    input: async () => input,
  }
  return { code: await runCommandLine(line, io), out, err }
}
