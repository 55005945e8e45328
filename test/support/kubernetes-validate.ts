import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'

const run = promisify(execFile)
const pins = join(import.meta.dirname, 'kubernetes-validate.txt')
const program = join(import.meta.dirname, 'kubernetes-validate.py')
const cache = resolve(import.meta.dirname, '../../.cache/kubernetes-validate')
const fetchLimit = 10 * 60_000

/** Other pins, other folder. */
const home = (): string => join(cache, createHash('sha256').update(readFileSync(pins)).digest('hex').slice(0, 16))

/** Fetches the schemas of Kubernetes once (17 MB) into `.cache`, each wheel by its hash; needs python3 3.11 or later with pip. */
export const ensureKubernetesSchemas = async (onProgress: (line: string) => void = () => {}): Promise<void> => {
  if (existsSync(home())) return
  onProgress('No schemas of Kubernetes here: fetching kubernetes-validate with pip (17 MB, once).')
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
    throw new Error(`kubernetes-validate could not be fetched; it needs python3 3.11 or later with pip: ${error}`)
  }
}

/** One object of Kubernetes, as a manifest has it. */
export type KubernetesObject = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined; readonly [key: string]: unknown }
  readonly [key: string]: unknown
}

/** What the strict schemas of each version object to; an unknown kind is an objection. */
export const schemaProblems = async (
  objects: Readonly<Record<string, readonly KubernetesObject[]>>,
): Promise<readonly string[]> => {
  await ensureKubernetesSchemas()
  const child = spawn('python3', [program], {
    env: { ...process.env, PYTHONPATH: home() },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.end(JSON.stringify(objects))
  const [said, complaints] = await Promise.all([text(child.stdout), text(child.stderr)])
  if (said === '') throw new Error(`The schemas could not be used: ${complaints.slice(-1500)}`)
  return JSON.parse(said)
}
