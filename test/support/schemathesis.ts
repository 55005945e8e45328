import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pinnedWheels } from './pinned-wheels.ts'

const run = promisify(execFile)
const { home, ensure } = pinnedWheels('schemathesis', '94 MB')

/** Fetches schemathesis. */
export const ensureSchemathesis = ensure

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
