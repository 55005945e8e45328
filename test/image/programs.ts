import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

export type Finished = { readonly code: number; readonly output: string }
type Surroundings = { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string; readonly limit?: number }

const usualLimit = 15 * 60_000
/** Enough to see what went wrong; no build prints more that matters. */
const kept = 200_000

/** Collects what a program prints, both streams in the order in which it comes. */
export const collect = (child: ChildProcess): (() => string) => {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-kept)
    })
  }
  return () => output
}

/** How a program ended; a signal counts as the shell counts it. */
export const ended = async (child: ChildProcess): Promise<number> => {
  const [code, signal] = await once(child, 'close')
  if (typeof code === 'number') return code
  return signal === 'SIGKILL' ? 137 : 143
}

/** Runs a program to its end. */
export const run = async (program: string, args: readonly string[], around: Surroundings = {}): Promise<Finished> => {
  const { env = process.env, cwd = process.cwd(), limit = usualLimit } = around
  const child = spawn(program, args, {
    env,
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: limit,
    killSignal: 'SIGKILL',
  })
  const output = collect(child)
  const code = await ended(child)
  return { code, output: output() }
}

/** The same, for what has to succeed: throws with everything that was printed. */
export const must = async (program: string, args: readonly string[], around: Surroundings = {}): Promise<string> => {
  const { code, output } = await run(program, args, around)
  if (code === 0) return output
  throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${output}`)
}

/** One word of a shell command. */
export const word = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
