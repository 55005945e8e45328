import { spawn } from 'node:child_process'
import { join } from 'node:path'

const main = join(import.meta.dirname, '../../src/cli/main.ts')
const python = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))'

type Typing = {
  readonly environment?: Readonly<Record<string, string>>
  /** What runs; by default the operators' `latchkey`. */
  readonly program?: readonly string[]
  /** What is typed, each when its words have appeared. */
  readonly answers: readonly (readonly [after: string, typed: string])[]
  /** Sees everything that the terminal has shown so far. */
  readonly watch?: (shown: string) => void
}

/** Runs one command line in a real terminal, of `latchkey` for operators by default. Returns everything that the terminal showed. */
export const inTerminal = async (
  line: readonly string[],
  { environment = {}, answers, watch, program = [process.execPath, main] }: Typing,
): Promise<{ readonly code: number; readonly shown: string }> => {
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', TERM: 'xterm', ...environment }
  const child = spawn('python3', ['-c', python, ...program, ...line], { env })
  const left = [...answers]
  let shown = ''
  let unread = ''
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk
    unread += chunk
    watch?.(shown)
    const [next] = left
    const at = next ? unread.indexOf(next[0]) : -1
    if (!next || at === -1) return
    left.shift()
    unread = unread.slice(at + next[0].length)
    child.stdin.write(next[1])
  })
  const code = await new Promise<number>((resolve) => child.once('close', (status) => resolve(status ?? -1)))
  return { code, shown }
}
