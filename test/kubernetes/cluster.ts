import { must, run } from '../image/programs.ts'
import { ensureHelm } from '../support/helm.ts'

const say = (line: string): void => console.error(line)

/** Runs kubectl against the cluster of `KUBECONFIG`; throws with everything that it printed. */
export const kubectl = (...words: readonly string[]): Promise<string> => must('kubectl', words)

/** Applies objects, given as data. */
export const apply = async (...objects: readonly object[]): Promise<void> => {
  const list = { apiVersion: 'v1', kind: 'List', items: objects }
  await must('sh', ['-c', 'printf %s "$OBJECTS" | kubectl apply -f -'], {
    env: { ...process.env, OBJECTS: JSON.stringify(list) },
  })
}

/** Runs helm, with values given as data. */
export const helm = async (words: readonly string[], values?: object): Promise<string> => {
  const program = await ensureHelm(say)
  if (values === undefined) return must(program, words)
  const env = { ...process.env, VALUES: JSON.stringify(values) }
  return must('sh', ['-c', 'printf %s "$VALUES" | "$@" --values -', 'sh', program, ...words], { env })
}

/** Says what is missing where there is no cluster that these tests can use. */
export const requireCluster = async (): Promise<void> => {
  const remedy =
    'These tests need a real Kubernetes whose only node is this machine: set KUBECONFIG, have kubectl on the PATH, and ' +
    'set CONTAINERD_ADDRESS to the socket of its containerd.'
  if (!process.env.KUBECONFIG || !process.env.CONTAINERD_ADDRESS) throw new Error(remedy)
  const { code, output } = await run('kubectl', ['get', 'nodes', '--request-timeout=10s'], { limit: 20_000 })
  if (code !== 0) throw new Error(`${remedy} kubectl said: ${output}`)
}

/** The address of this machine as pods see it. */
export const nodeAddress = (): Promise<string> =>
  kubectl('get', 'nodes', '-o', 'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}')

/** Makes a namespace in which Pod Security *restricted* is enforced; whatever was in it before is gone. */
export const freshNamespace = async (name: string): Promise<void> => {
  await kubectl('delete', 'namespace', name, '--ignore-not-found', '--wait')
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })
}
