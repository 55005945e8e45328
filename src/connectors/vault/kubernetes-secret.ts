import { z } from 'zod'
import { failure } from './failure.ts'
import { type KubernetesAnswer, kubernetesCall, type PodPlace } from './kubernetes-api.ts'

/** The name of a Secret. */
export type SecretName = { readonly namespace: string; readonly name: string }

/** What a Secret holds now. */
export type SecretContent = {
  /** Changes with each write by anybody. */
  readonly version: string
  readonly texts: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** ISO 8601. */
  readonly createdAt: string
}

const body = z
  .object({
    metadata: z.object({
      resourceVersion: z.string(),
      creationTimestamp: z.string(),
      annotations: z.record(z.string(), z.string()).default({}),
    }),
    data: z.record(z.string(), z.base64()).default({}),
  })
  .transform(
    ({ metadata, data }): SecretContent => ({
      version: metadata.resourceVersion,
      annotations: metadata.annotations,
      createdAt: metadata.creationTimestamp,
      texts: Object.fromEntries(
        Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
      ),
    }),
  )

/** Reads a Secret as the pod's own account. Throws `secret-unreadable` with the remedy. */
export const readSecret = async (of: SecretName, place: PodPlace): Promise<SecretContent> =>
  contentIn(of, await kubernetesCall(place, { method: 'GET', path: pathOf(of) }))

const pathOf = ({ namespace, name }: SecretName): string =>
  `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`

const contentIn = (of: SecretName, { status, body: given, said }: KubernetesAnswer) => {
  const what = `The Kubernetes secret ${of.namespace}/${of.name}`
  if (status === 403)
    throw failure(
      'secret-unreadable',
      `${what} is forbidden (${said}). Give the pod’s account "get" on this one secret.`,
    )
  if (status === 401)
    throw failure('secret-unreadable', `${what} cannot be reached: the API server refuses the pod’s own token (401).`)
  if (status === 404) throw failure('secret-unreadable', `${what} is not there. Create it, or correct its name.`)
  const found = status === 200 ? body.safeParse(given) : undefined
  if (found?.success) return found.data
  throw failure('secret-unreadable', `${what} cannot be read: the API server answers strangely (${status}).`)
}
