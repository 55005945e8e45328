import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, nodeFlags } from '../../src/demo/latchkey-process.ts'
import { startWorld } from '../../src/demo/world.ts'
import { median, type Row } from './figures.ts'

const repetitions = Number(process.env.BENCH_ROUNDS ?? 5)
const idle = 3000

/** `processor` is what the start took of the processors, in milliseconds. */
type Figures = { ready: number; processor: number; memory: number; busy?: number }

/** Start → ready and idle memory, against an empty Bolt app. */
export const startAndMemory = async (): Promise<readonly Row[]> => {
  const world = await startWorld()
  try {
    await world.latchkey().stop()
    const ours: Figures[] = []
    const empty: Figures[] = []
    for (let repetition = 0; repetition < repetitions; repetition += 1) {
      const environment = {
        LATCHKEY_CONFIG: world.files.config,
        SLACK_BOT_TOKEN: world.slackSecrets.botToken,
        SLACK_SIGNING_SECRET: world.slackSecrets.signingSecret,
      }
      ours.push(
        await figuresOf(
          [...nodeFlags, join(import.meta.dirname, '../../src/launch.cjs'), 'serve'],
          world.latchkey().url,
          environment,
        ),
      )
      const port = await freePort()
      const url = `http://127.0.0.1:${port}`
      empty.push(
        await figuresOf(
          [join(import.meta.dirname, '../../src/launch.cjs'), join(import.meta.dirname, 'empty-bolt.ts')],
          url,
          { ...environment, PORT: String(port) },
        ),
      )
    }
    const of = (figures: readonly Figures[], name: 'ready' | 'memory') => median(figures.map((each) => each[name]))
    return [
      { what: 'start → ready', ours: of(ours, 'ready'), baseline: of(empty, 'ready'), unit: 'ms', goal: 1.5 },
      { what: 'idle memory', ours: of(ours, 'memory'), baseline: of(empty, 'memory'), unit: 'MB', goal: 1.25 },
    ]
  } finally {
    await world.stop()
  }
}

/** Starts a process and ends it. `busy` is its memory some seconds after `work`. */
export const figuresOf = async (
  command: readonly string[],
  url: string,
  environment: Record<string, string>,
  work?: () => Promise<unknown>,
): Promise<Figures> => {
  const started = performance.now()
  const child = spawn(process.execPath, command, {
    env: { PATH: process.env.PATH, ...environment },
    stdio: 'ignore',
  })
  try {
    await untilHealthy(url)
    const ready = performance.now() - started
    const processor = await processorTime(child.pid ?? 0)
    await new Promise((resolve) => setTimeout(resolve, idle))
    const memory = await residentMegabytes(child)
    if (!work) return { ready, processor, memory }
    await work()
    await new Promise((resolve) => setTimeout(resolve, idle))
    return { ready, processor, memory, busy: await residentMegabytes(child) }
  } finally {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
}

export const untilHealthy = async (url: string): Promise<void> => {
  const deadline = Date.now() + 20_000
  while (Date.now() < deadline) {
    const answer = await fetch(`${url}/healthz`).catch(() => undefined)
    if (answer?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  throw new Error(`${url} did not become healthy`)
}

/** What a process takes of the memory now. */
export const residentMegabytes = async ({ pid }: Pick<ChildProcess, 'pid'>): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(status.match(/VmRSS:\s+(\d+)/)?.[1]) / 1024
}

/** Milliseconds of a processor that a process has used, all its threads together; exact to ten. */
export const processorTime = async (pid: number): Promise<number> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const [user = '', system = ''] = stat.slice(stat.lastIndexOf(')')).split(' ').slice(12)
  return (Number(user) + Number(system)) * 10
}
