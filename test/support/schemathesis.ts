import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const pins = join(import.meta.dirname, 'schemathesis.txt')
const cache = resolve(import.meta.dirname, '../../.cache/schemathesis')
const fetchLimit = 15 * 60_000

/** Other pins, other folder. */
const home = (): string => join(cache, createHash('sha256').update(readFileSync(pins)).digest('hex').slice(0, 16))

/** Fetches the wheels of schemathesis once (94 MB) into `.cache`, each by its hash; needs python3 3.11 or later with pip. */
export const ensureSchemathesis = async (onProgress: (line: string) => void = () => {}): Promise<void> => {
  if (existsSync(home())) return
  onProgress('No schemathesis here: fetching its wheels with pip (94 MB, once).')
  const work = join(cache, `fetch-${process.pid}`)
  await mkdir(work, { recursive: true })
  const options = ['--require-hashes', '--no-deps', '--only-binary=:all:', '--no-input', '--disable-pip-version-check']
  const env = { ...process.env, PIP_REQUIRE_VIRTUALENV: '0' }
  const command = ['-m', 'pip', 'install', ...options, '--quiet', '--target', work, '--requirement', pins]
  try {
    await run('python3', command, { env, timeout: fetchLimit })
    await rename(work, home())
  } catch (error) {
    await rm(work, { recursive: true, force: true })
    if (existsSync(home())) return // another run was faster
    const said = String((error as { stderr?: string }).stderr ?? error).slice(-2000)
    throw new Error(`schemathesis could not be fetched; it needs python3 3.11 or later with pip: ${said}`)
  }
}

/** Runs it; resolves with what it printed and whether it found nothing. */
export const findsNothing = async (parameters: readonly string[], folder: string) => {
  await rm(join(folder, '.schemathesis'), { recursive: true, force: true })
  const env = { ...process.env, PYTHONPATH: home() }
  try {
    const program = [join(home(), 'bin/schemathesis'), 'run', ...parameters]
    const { stdout } = await run('python3', program, { cwd: folder, env, maxBuffer: 2 ** 26 })
    return { isClean: true, said: stdout }
  } catch (error) {
    return { isClean: false, said: String((error as { stdout?: string }).stdout ?? error) }
  }
}
