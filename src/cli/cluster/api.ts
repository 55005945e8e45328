import { type KubernetesAnswer, type KubernetesCall, kubernetesCall } from '../../connectors/vault/kubernetes-api.ts'
import { CliError } from '../trouble.ts'

/** The API of the cluster in which this process runs, with the rights of its service account. */
export type ClusterApi = {
  /** The object at this path; `undefined` if there is none. */
  read(path: string): Promise<unknown>
  /** Creates an object; whether it did. It never changes one that exists. */
  create(path: string, object: object): Promise<boolean>
  /** Puts these fields into an object that exists. */
  merge(path: string, fields: object): Promise<void>
}

/** Throws a sentence where this process is in no pod, or its pod has no token. */
export const clusterApi = (env: Readonly<Record<string, string | undefined>>, accountFolder?: string): ClusterApi => {
  const pod = { env, ...(accountFolder !== undefined && { accountFolder }) }
  const ask = async (call: KubernetesCall, expected?: number): Promise<KubernetesAnswer> => {
    const answer = await kubernetesCall(pod, call)
    const isGood = (answer.status >= 200 && answer.status < 300) || answer.status === expected
    if (!isGood) throw refused(call, answer)
    return answer
  }
  return {
    read: async (path) => {
      const { status, body } = await ask({ method: 'GET', path }, 404)
      return status === 404 ? undefined : body
    },
    create: async (path, body) => (await ask({ method: 'POST', path, body }, 409)).status !== 409,
    merge: async (path, body) => {
      await ask({ method: 'PATCH', path, body })
    },
  }
}

/** A refusal is told by the server's own sentence, never by what was sent. */
const refused = ({ method, path }: KubernetesCall, { status, said }: KubernetesAnswer): CliError => {
  const remedy = status === 403 ? '; the chart’s Role for its Job allows it, so check that both are of one release' : ''
  return new CliError(`the API of the cluster refused ${method} ${path}: ${said}${remedy}`)
}
