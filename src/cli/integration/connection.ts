import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { z } from 'zod'
import { kubernetesCall } from '../../connectors/vault/kubernetes-api.ts'
import { readSecret, type SecretName } from '../../connectors/vault/kubernetes-secret.ts'
import { printable } from '../../terminal.ts'
import type { Io } from '../io.ts'
import { namespacedName } from '../options.ts'
import { CliError, usageError } from '../trouble.ts'

/** What an installed vault says about itself. */
export type Connection = {
  readonly internalUrl?: string | undefined
  readonly externalUrl?: string | undefined
  readonly namespace?: string | undefined
  readonly secretName?: string | undefined
  /** PEM. */
  readonly caCert?: string | undefined
}

const filled = z
  .string()
  .optional()
  .transform((text) => text?.trim() || undefined)
const data = z.object({
  internalUrl: filled,
  externalUrl: filled,
  namespace: filled,
  secretName: filled,
  caCert: filled,
})
const configMap = z.object({ data })

/**
 * Reads the connection of a release: `-` for standard input, else `NAMESPACE/RELEASE` by kubectl, or in a pod by its own
 * account, which needs the right to read the ConfigMap.
 */
export const connectionOf = async (from: string, io: Pick<Io, 'input' | 'environment'>): Promise<Connection> => {
  if (from === '-') {
    const text = await io.input()
    if (text.trim() === '') throw usageError('--from-kubernetes -: nothing came on standard input')
    return parsed(text)
  }
  const installed = namespacedName(from)
  if (!installed) throw usageError(`--from-kubernetes ${from}: write NAMESPACE/RELEASE, or - for standard input`)
  const { namespace } = installed
  const name = `${installed.name}-connection`
  if (isPod(io)) {
    const path = `/api/v1/namespaces/${namespace}/configmaps/${name}`
    const { status, body, said } = await kubernetesCall({ env: io.environment }, { method: 'GET', path })
    if (status !== 200) throw new CliError(`the ConfigMap ${namespace}/${name}: ${said}`)
    return parsed(JSON.stringify(body))
  }
  return parsed(await kubectl('get', 'configmap', name, '--namespace', namespace, '--output', 'json'))
}

/** The ConfigMap as JSON, or the lines that install.sh prints. */
const parsed = (text: string): Connection => {
  const found = text.trimStart().startsWith('{') ? fromJson(text) : fromLines(text)
  if (found?.internalUrl !== undefined) return found
  throw new CliError(
    'no connection of a vault was found there: neither its ConfigMap as JSON nor the lines of install.sh',
  )
}

const fromJson = (text: string): Connection | undefined => {
  try {
    return configMap.safeParse(JSON.parse(text)).data?.data
  } catch {
    return undefined
  }
}

const fromLines = (text: string): Connection => {
  const after = (title: string) => {
    const found = new RegExp(`^\\s*${title}:[ \\t]*(\\S+)[ \\t]*$`, 'm').exec(text)?.[1]
    return found === '(none)' || found === '—' ? undefined : found
  }
  return {
    internalUrl: after('Internal URL'),
    externalUrl: after('External URL'),
    namespace: after('Namespace'),
    secretName: after('Secret Name'),
    caCert: /-----BEGIN CERTIFICATE-----[\s\S]*-----END CERTIFICATE-----/.exec(text)?.[0],
  }
}

const isPod = ({ environment }: Pick<Io, 'environment'>): boolean => environment.KUBERNETES_SERVICE_HOST !== undefined

/** The keys of a Secret; kubectl is not asked for its values. `undefined` where there is no kubectl. */
export const secretKeys = async (
  { namespace, name }: SecretName,
  io: Pick<Io, 'environment'>,
): Promise<readonly string[] | undefined> => {
  if (isPod(io)) return Object.keys((await readSecret({ namespace, name }, { env: io.environment })).texts)
  const template = '{{range $key, $value := .data}}{{$key}}{{"\\n"}}{{end}}'
  const line = ['get', 'secret', name, '--namespace', namespace, '--output', `go-template=${template}`]
  try {
    return (await kubectl(...line)).split('\n').filter((one) => one !== '')
  } catch (error) {
    if (error instanceof NoKubectl) return undefined
    throw error
  }
}

class NoKubectl extends CliError {}

const kubectl = async (...line: readonly string[]): Promise<string> => {
  try {
    return (await promisify(execFile)('kubectl', [...line, '--request-timeout', '20s'], { timeout: 30_000 })).stdout
  } catch (error) {
    const failed = Failed.parse(error)
    if (failed.code === 'ENOENT')
      throw new NoKubectl('there is no kubectl here: pipe its output in, with --from-kubernetes -')
    throw new CliError(
      `kubectl ${line.slice(0, 3).join(' ')}: ${printable(failed.stderr.trim().split('\n').at(-1) ?? '')}`,
    )
  }
}
const Failed = z.object({ code: z.unknown(), stderr: z.string().default('') })
