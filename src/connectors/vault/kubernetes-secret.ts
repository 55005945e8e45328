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
export const readSecret = async (
  of: SecretName,
  place: Pick<PodPlace, 'env' | 'accountFolder'>,
): Promise<SecretContent> => contentIn(of, 'get', await kubernetesCall(place, { method: 'GET', path: pathOf(of) }))

/** What to write; `null` removes a key. */
export type SecretChange = {
  readonly texts: Readonly<Record<string, string | null>>
  readonly annotations?: Readonly<Record<string, string>>
}

/** Changes a Secret if nobody has changed it since it was read; else returns `undefined`. */
export const changeSecret = async (
  of: SecretName,
  place: Pick<PodPlace, 'env' | 'accountFolder'>,
  { version }: Pick<SecretContent, 'version'>,
  { texts, annotations }: SecretChange,
): Promise<SecretContent | undefined> => {
  const data = Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, text === null ? null : Buffer.from(text).toString('base64')]),
  )
  const change = { metadata: { resourceVersion: version, ...(annotations && { annotations }) }, data }
  const answer = await kubernetesCall(place, { method: 'PATCH', path: pathOf(of), body: change })
  return answer.status === 409 ? undefined : contentIn(of, 'patch', answer)
}

/** Why the Secret cannot be changed; `undefined` when it can. The API server checks everything and changes nothing. */
export const tryChange = async (
  of: SecretName,
  place: Pick<PodPlace, 'env' | 'accountFolder'>,
  { version }: Pick<SecretContent, 'version'>,
): Promise<string | undefined> => {
  const body = { metadata: { resourceVersion: version }, data: { 'secret_id.trial': '' } }
  const { status, said } = await kubernetesCall(place, { method: 'PATCH', path: `${pathOf(of)}?dryRun=All`, body })
  if (status === 403) return forbidden('patch', said)
  return status === 200 || status === 409 ? undefined : `cannot be changed: ${said}`
}

/** The server names the account that it saw. */
const forbidden = (verb: 'get' | 'patch', said: string): string =>
  `is forbidden (403): give ${/User "([^"]+)"/.exec(said)?.[1] ?? 'the pod’s account'} "${verb}" on this one secret`

const pathOf = ({ namespace, name }: SecretName): string =>
  `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`

const contentIn = (of: SecretName, verb: 'get' | 'patch', { status, body: given, said }: KubernetesAnswer) => {
  const what = `The Kubernetes secret ${of.namespace}/${of.name}`
  if (status === 403) throw failure('secret-unreadable', `${what} ${forbidden(verb, said)}.`)
  if (status === 401)
    throw failure('secret-unreadable', `${what} cannot be reached: the API server refuses the pod’s own token (401).`)
  if (status === 404) throw failure('secret-unreadable', `${what} is not there. Create it, or correct its name.`)
  if (status === 422) throw failure('secret-unreadable', `${what} cannot be changed (${said}).`)
  const found = status === 200 ? body.safeParse(given) : undefined
  if (found?.success) return found.data
  throw failure('secret-unreadable', `${what} cannot be read: the API server answers strangely (${status}).`)
}
