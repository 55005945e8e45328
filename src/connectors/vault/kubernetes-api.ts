import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { z } from 'zod'
import { jsonOf } from '../../domain/json-of.ts'
import { failure } from './failure.ts'

/** Where a pod finds its own account and the address of the API server. */
export type PodPlace = {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The folder of the mounted service account; replaced in tests. */
  readonly accountFolder?: string
  /** Milliseconds since 1970. */
  readonly now: () => number
}
type Pod = Pick<PodPlace, 'env' | 'accountFolder'>

/** An answer of the API server; `said` is its own sentence about a failure. */
export type KubernetesAnswer = { readonly status: number; readonly body: unknown; readonly said: string }
export type KubernetesCall = {
  readonly method: 'GET' | 'POST' | 'PATCH'
  /** Such as `/api/v1/namespaces/x/secrets/y`, already encoded. */
  readonly path: string
  /** An object to create (POST), or fields to put into one (PATCH). */
  readonly body?: object
}

const contentTypes = {
  GET: undefined,
  POST: 'application/json',
  PATCH: 'application/merge-patch+json',
} as const

/** Where the kubelet mounts the account of a pod. */
const mounted = '/var/run/secrets/kubernetes.io/serviceaccount'
const limit = 10_000
const most = 4 << 20 // a Secret holds at most 1 MiB
const status = z.object({ message: z.string() })

/** The file with a part of the pod's account. */
const accountFile = ({ accountFolder = mounted }: Pod, name: 'token' | 'ca.crt') => join(accountFolder, name)

/**
 * Makes one call as the pod's own account. Token and authority are read anew, because the kubelet replaces them. Returns
 * any status; throws `secret-unreadable` when there is no answer.
 */
export const kubernetesCall = async (place: Pod, call: KubernetesCall): Promise<KubernetesAnswer> => {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = place.env
  if (!host) {
    throw failure(
      'secret-unreadable',
      'This is no pod of a cluster: KUBERNETES_SERVICE_HOST is not set. Only a pod can ask the cluster as its own account.',
    )
  }
  const [token, ca] = await Promise.all([part(place, 'token'), part(place, 'ca.crt')])
  // Set explicitly, so that `NODE_TLS_REJECT_UNAUTHORIZED` cannot switch the check off.
  const dispatcher = new Agent({ maxResponseSize: most, connect: { ca, rejectUnauthorized: true, timeout: limit } })
  try {
    const { statusCode, body } = await request(
      `https://${host.includes(':') ? `[${host}]` : host}:${port}${call.path}`,
      {
        dispatcher,
        method: call.method,
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${token.trim()}`,
          ...(call.body && { 'content-type': contentTypes[call.method] }),
        },
        ...(call.body && { body: JSON.stringify(call.body) }),
        signal: AbortSignal.timeout(limit),
      },
    )
    const content = jsonOf(await body.text())
    return {
      status: statusCode,
      body: content,
      said: status.safeParse(content).data?.message ?? `status ${statusCode}`,
    }
  } catch (error) {
    const code = error instanceof Error ? ('code' in error ? String(error.code) : error.name) : 'failed'
    throw failure('secret-unreadable', `The API server of the cluster (${host}:${port}) does not answer (${code}).`)
  } finally {
    await dispatcher.close()
  }
}

const part = (place: Pod, name: 'token' | 'ca.crt'): Promise<string> => {
  const file = accountFile(place, name)
  return readFile(file, 'utf8').catch(() => {
    throw failure(
      'secret-unreadable',
      `${file} cannot be read: mount the pod’s service account (automountServiceAccountToken: true).`,
    )
  })
}
