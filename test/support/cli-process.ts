import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { CliRun } from './run-cli.ts'

const main = join(import.meta.dirname, '../../src/cli/main.ts')

type Surroundings = { readonly environment?: Readonly<Record<string, string>>; readonly cwd?: string }

/** Runs one command line of `latchkey` as an operator does: in its own process, with nobody at its input. */
export const runProcess = async (
  line: readonly string[],
  { environment = {}, cwd }: Surroundings = {},
): Promise<CliRun> => {
  const { PATH = '', HOME = '', NODE_COMPILE_CACHE = '' } = process.env
  const env = { PATH, HOME, NODE_COMPILE_CACHE, ...environment }
  const child = spawn(process.execPath, [main, ...line], { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const texts = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    texts.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    texts.err += chunk
  })
  const code = await new Promise<number>((resolve) => child.once('close', (status) => resolve(status ?? -1)))
  return { code, ...texts }
}
