import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pinnedWheels } from './pinned-wheels.ts'

const program = join(import.meta.dirname, 'kubernetes-validate.py')
const { home, ensure } = pinnedWheels('kubernetes-validate', '17 MB')

/** Fetches the schemas of Kubernetes. */
export const ensureKubernetesSchemas = ensure

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
