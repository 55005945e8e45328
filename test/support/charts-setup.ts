import { ensureHelm, requireHelmOrGo } from './helm.ts'
import { ensureKubernetesSchemas } from './kubernetes-validate.ts'

/** What only the tests of the charts need. They come last, so that helm is built while the others run. */
export async function setup(): Promise<() => void> {
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  await requireHelmOrGo()
  await ensureKubernetesSchemas(say)
  const end = new AbortController()
  ensureHelm(say, end.signal).catch(() => {}) // the tests try it again, and say why it fails
  return () => end.abort()
}
