import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { CliError, exitCodes } from '../trouble.ts'

/** The API of the cluster in which this process runs, with the rights of its service account. */
export type ClusterApi = {
  /** The object at this path; `undefined` if there is none. */
  read(path: string): Promise<unknown>
  /** Creates an object; whether it did. It never changes one that exists. */
  create(path: string, object: object): Promise<boolean>
  /** Puts these fields into an object that exists. */
  merge(path: string, fields: object): Promise<void>
}

const usualFolder = '/var/run/secrets/kubernetes.io/serviceaccount'
const patience = 20_000
const tries = 5
const pause = 1000

/** Throws a sentence where this process is in no pod, or its pod has no token. */
export const clusterApi = (
  environment: Readonly<Record<string, string | undefined>>,
  folder = usualFolder,
): ClusterApi => {
  const host = environment.KUBERNETES_SERVICE_HOST
  const port = environment.KUBERNETES_SERVICE_PORT
  if (!host || !port) throw new CliError('this command works inside a pod of Kubernetes only; the chart’s Job runs it')
  const of = (name: string): string => {
    try {
      return readFileSync(join(folder, name), 'utf8').trim()
    } catch (cause) {
      throw new CliError(
        `the pod’s ${name} cannot be read in ${folder}: mount its service account’s token`,
        exitCodes.failed,
        cause,
      )
    }
  }
  const ca = of('ca.crt')
  const callOnce: Call = (method, path, body, type = 'application/json') =>
    new Promise<Answer>((resolve, reject) => {
      const headers = { authorization: `Bearer ${of('token')}`, ...(body && { 'content-type': type }) }
      const sent = request({ host, port, path, method, headers, ca, timeout: patience }, async (answer) => {
        let text = ''
        for await (const chunk of answer.setEncoding('utf8')) text += chunk
        resolve({ status: answer.statusCode ?? 0, text })
      })
      sent.on('timeout', () => sent.destroy(new Error(`no answer within ${patience / 1000} s`)))
      sent.on('error', (cause) =>
        reject(new CliError(`the API of the cluster: ${cause.message}`, exitCodes.failed, cause)),
      )
      sent.end(body && JSON.stringify(body))
    })
  const call: Call = (...given) => again(() => callOnce(...given))
  return {
    read: async (path) => {
      const answer = await call('GET', path)
      return answer.status === 404 ? undefined : JSON.parse(good('GET', path, answer))
    },
    create: async (path, object) => {
      const answer = await call('POST', path, object)
      if (answer.status === 409) return false
      good('POST', path, answer)
      return true
    },
    merge: async (path, fields) => {
      good('PATCH', path, await call('PATCH', path, fields, 'application/merge-patch+json'))
    },
  }
}

type Call = (method: string, path: string, body?: object, type?: string) => Promise<Answer>

/** In its first moments a pod may have no network yet. Every call may be repeated. */
const again = async (call: () => Promise<Answer>): Promise<Answer> => {
  for (let left = tries - 1; ; left -= 1) {
    try {
      return await call()
    } catch (error) {
      if (left === 0) throw error
      await setTimeout(pause)
    }
  }
}

type Answer = { readonly status: number; readonly text: string }

const refusal = z.object({ message: z.string() })

/** The text of a good answer. A refusal is told by the server's own sentence, never by what was sent. */
const good = (method: string, path: string, { status, text }: Answer): string => {
  if (status >= 200 && status < 300) return text
  let why = `HTTP ${status}`
  try {
    why = refusal.parse(JSON.parse(text)).message
  } catch {
    // Something else than the API answered; its status is all we tell.
  }
  const remedy = status === 403 ? '; the chart’s Role for its Job allows it, so check that both are of one release' : ''
  throw new CliError(`the API of the cluster refused ${method} ${path}: ${why}${remedy}`)
}
