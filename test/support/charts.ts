import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { ensureHelm } from './helm.ts'
import type { KubernetesObject } from './kubernetes-validate.ts'

const run = promisify(execFile)

/** The oldest and the newest Kubernetes that the charts are tested for. */
export const kubernetesVersions = ['1.30.0', '1.34.0'] as const

/** The folder of one of our charts. */
export const chartFolder = (name: string): string => resolve(import.meta.dirname, '../../manifests/helm', name)

/** What is installed, and where. */
export type Installation = {
  /** The folder of the chart. */
  readonly chart: string
  /** As in a file of values. */
  readonly values?: Readonly<Record<string, unknown>>
  readonly kubernetes?: string
  /** Further APIs of the cluster, such as `monitoring.coreos.com/v1/ServiceMonitor`. */
  readonly apis?: readonly string[]
  readonly release?: string
  readonly namespace?: string
}

const manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
})

/** What helm prints for it; rejects with what helm objects to. */
export const render = async (installation: Installation): Promise<string> => {
  const { release = 'latchkey', namespace = 'latchkey', kubernetes = kubernetesVersions[1], apis = [] } = installation
  const place = ['template', release, installation.chart, '--namespace', namespace, '--kube-version', kubernetes]
  return await helm([...place, ...apis.flatMap((api) => ['--api-versions', api])], installation.values)
}

/** The objects in what helm printed, in its order. */
export const objectsIn = (printed: string): readonly KubernetesObject[] =>
  parseAllDocuments(printed).flatMap((document) => {
    const content: unknown = document.toJS()
    return content === null ? [] : [manifest.parse(content)]
  })

/** What `helm lint --strict` says; rejects where it objects. */
export const lint = ({ chart, values, kubernetes = kubernetesVersions[1] }: Installation): Promise<string> =>
  helm(['lint', chart, '--strict', '--kube-version', kubernetes], values)

/** Runs helm with values of its own, and with nothing of the person's own settings or cluster. */
const helm = async (command: readonly string[], values: Installation['values'] = {}): Promise<string> => {
  const program = await ensureHelm()
  const home = await mkdtemp(join(tmpdir(), 'latchkey-helm-'))
  const { KUBECONFIG: _, ...environment } = process.env
  const homes = { HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home }
  const file = join(home, 'values.yaml')
  try {
    await writeFile(file, JSON.stringify(values))
    const { stdout } = await run(program, [...command, '--values', file], {
      env: { ...environment, ...homes },
      maxBuffer: 2 ** 24,
    })
    return stdout
  } catch (error) {
    const { stderr, stdout } = z.object({ stderr: z.string(), stdout: z.string() }).parse(error)
    throw new Error(`${stdout}${stderr}`.replaceAll(file, 'values.yaml'), { cause: error })
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}
