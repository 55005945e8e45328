import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Io } from '../../src/people-cli/io.ts'
import { runCommandLine } from '../../src/people-cli/main.ts'
import type { Content } from '../../src/people-cli/safe/content.ts'
import type { CliRun } from './run-cli.ts'

type Typing = {
  /** What the person types at each question; without answers nobody can be asked. */
  readonly answers?: readonly string[]
  readonly input?: string
  readonly environment?: Readonly<Record<string, string>>
  /** Whether a person sees the output. */
  readonly isShown?: boolean
}

/** A person's machine: a home of its own, in which `latchkey` runs. */
export type PersonsMachine = {
  readonly home: string
  readonly sessionFile: string
  readonly environment: Readonly<Record<string, string>>
  /** Runs one command line of `latchkey` for people in this process. */
  run(line: readonly string[], typing?: Typing): Promise<CliRun>
  /** Puts this into the session file as it is. */
  keep(content: Content): Promise<void>
}

/** A machine that ends with the running test. It has no keyring. */
export const newMachine = async (): Promise<PersonsMachine> => {
  const home = await mkdtemp(join(tmpdir(), 'latchkey-person-'))
  onTestFinished(() => rm(home, { recursive: true, force: true }))
  const environment = { HOME: home, XDG_CONFIG_HOME: join(home, 'config'), LATCHKEY_KEYRING: 'off' }
  const sessionFile = join(home, 'config/latchkey/session.json')
  return {
    ...{ home, sessionFile, environment },
    run: (line, typing = {}) => runPeople(line, { ...typing, environment: { ...environment, ...typing.environment } }),
    keep: async (content) => {
      await mkdir(join(home, 'config/latchkey'), { recursive: true, mode: 0o700 })
      await writeFile(sessionFile, JSON.stringify(content), { mode: 0o600 })
    },
  }
}

const runPeople = async (line: readonly string[], typing: Typing): Promise<CliRun> => {
  const { answers, input = '', environment = {}, isShown = false } = typing
  const typed = [...(answers ?? [])]
  const texts = { out: '', err: '' }
  const io: Io = {
    ...{ environment, isShown, isAsked: () => answers !== undefined },
    say: (text = '') => {
      texts.out += `${text}\n`
    },
    write: (text) => {
      texts.out += text
    },
    note: (text) => {
      texts.err += `${text}\n`
    },
    ask: async (question) => {
      texts.err += `${question}\n`
      return typed.shift()
    },
    input: async () => input,
  }
  return { code: await runCommandLine(line, io), ...texts }
}

const bin = join(import.meta.dirname, '../../src/people-cli/bin.ts')

/** Runs one command line as a process of its own. */
export const runPeopleProcess = async (
  machine: PersonsMachine,
  line: readonly string[],
  { program = [process.execPath, bin], input = '' }: { program?: readonly string[]; input?: string } = {},
): Promise<CliRun> => {
  const [command = '', ...first] = program
  const env = { PATH: process.env.PATH ?? '', ...machine.environment }
  const child = spawn(command, [...first, ...line], { env, stdio: ['pipe', 'pipe', 'pipe'] })
  const texts = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    texts.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    texts.err += chunk
  })
  child.stdin.end(input)
  const code = await new Promise<number>((resolve) => child.once('close', (status) => resolve(status ?? -1)))
  return { code, ...texts }
}
