import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pinnedWheels } from './pinned-wheels.ts'

const run = promisify(execFile)
const { home, ensure } = pinnedWheels('schemathesis', '94 MB')

/** Fetches schemathesis. */
export const ensureSchemathesis = ensure

const always = [
  ...['--phases', 'examples,coverage,fuzzing', '--max-examples', '2', '--no-shrink', '--seed', '1'],
  // `positive_data_acceptance` wants success for each valid body: unknown paths and grants are refused rightly.
  ...['--exclude-checks', 'positive_data_acceptance', '--suppress-health-check', 'all'],
  // A call that waits for a change may take as long as it asks for.
  ...['--request-timeout', '65'],
]

/** All refusals that the document names; by itself, schemathesis takes “too long” for an acceptance. */
const refusals = [
  '[checks.negative_data_rejection]',
  'expected-statuses = [400, 401, 403, 404, 405, 409, 413, 415, 429, 503]',
]

/**
 * Runs it with these lines of its configuration; resolves with what it printed and whether it found nothing. The number of
 * calls has a limit and their time has none, so that a slow machine makes the same calls.
 */
export const findsNothing = async (parameters: readonly string[], folder: string, settings: readonly string[] = []) => {
  await rm(join(folder, '.schemathesis'), { recursive: true, force: true })
  await writeFile(join(folder, 'schemathesis.toml'), [...refusals, ...settings].join('\n'))
  const env = { ...process.env, PYTHONPATH: home() }
  try {
    const program = [join(home(), 'bin/schemathesis'), 'run', ...parameters, ...always]
    const { stdout } = await run('python3', program, { cwd: folder, env, maxBuffer: 2 ** 26 })
    return { isClean: true, said: stdout }
  } catch (error) {
    return { isClean: false, said: String((error as { stdout?: string }).stdout ?? error) }
  }
}
