import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const pins = join(import.meta.dirname, 'schemathesis.txt')
const cache = resolve(import.meta.dirname, '../../.cache/schemathesis')
const home = join(cache, '4.32.5')

/** Fetches the pinned wheels of schemathesis once (25 s, 94 MB) into `.cache`; needs python3 with pip. */
const fetched = async (): Promise<string> => {
  if (existsSync(home)) return home
  const work = join(cache, `fetch-${process.pid}`)
  await mkdir(work, { recursive: true })
  const options = ['--no-deps', '--only-binary=:all:', '--no-input', '--disable-pip-version-check', '-q']
  const env = { ...process.env, PIP_REQUIRE_VIRTUALENV: '0' }
  await run('python3', ['-m', 'pip', 'install', ...options, '--target', work, '-r', pins], { env, timeout: 300_000 })
  await rename(work, home)
  return home
}

/** Runs it; resolves with what it printed and whether it found nothing. */
export const findsNothing = async (parameters: readonly string[], folder: string) => {
  const packages = await fetched()
  await rm(join(folder, '.schemathesis'), { recursive: true, force: true })
  const env = { ...process.env, PYTHONPATH: packages }
  try {
    const program = [join(packages, 'bin/schemathesis'), 'run', ...parameters]
    const { stdout } = await run('python3', program, { cwd: folder, env, maxBuffer: 2 ** 26 })
    return { isClean: true, said: stdout }
  } catch (error) {
    return { isClean: false, said: String((error as { stdout?: string }).stdout ?? error) }
  }
}
