import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { generateKeyPair, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { newAuthority } from './certificates.ts'

// The two parts of a Kubernetes API server that Latchkey and its vault meet: TokenReview and Secrets. Its behaviour is
// that of Kubernetes 1.34: pkg/registry/authentication/tokenreview/storage.go (201 also for a refused token),
// staging/src/k8s.io/apiserver/pkg/endpoints/handlers/patch.go and registry/generic/registry/store.go (409 for an old
// resourceVersion), pkg/apis/core/validation (an immutable Secret), endpoints/handlers/responsewriters (403).

type Account = { readonly namespace: string; readonly name: string; readonly uid: string }
type Secret = { data: Record<string, string>; version: number; annotations: Record<string, string>; createdAt: string }
/** `ACCOUNT VERB RESOURCE`, such as `latchkey/latchkey get secrets/latchkey-vault/role`. */
type Rule = string

export type KubernetesApi = Awaited<ReturnType<typeof kubernetesApi>>

/** Starts a simulated API server. `folder` gets its certificates and the files of pods. */
export const kubernetesApi = async (folder: string) => {
  const authority = newAuthority(join(folder, 'authority'))
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const accounts = new Map<string, Account>()
  const secrets = new Map<string, Secret>()
  const rules = new Set<Rule>()
  const seen: string[] = []
  const lateAnswers: string[] = []
  let version = 1000
  /** Called before a call is answered. A test changes something, loses the answer, or delays the call until after the next. */
  let before: (call: string) => 'lose' | 'delay' | undefined = () => undefined
  const delayed: (() => Promise<unknown>)[] = []

  /** The account behind a token; `undefined` for one that is expired, foreign, for another audience, or of a deleted account. */
  const accountOf = async (token: string, audience: string): Promise<Account | undefined> => {
    const found = await jwtVerify(token, publicKey, { audience }).catch(() => undefined)
    const account = accounts.get(String(found?.payload.sub).replace('system:serviceaccount:', '').replace(':', '/'))
    return account && Claims.safeParse(found?.payload).data?.['kubernetes.io'].serviceaccount.uid === account.uid
      ? account
      : undefined
  }

  const review = async (text: string) => {
    const { spec } = Review.parse(JSON.parse(text))
    const audience = spec.audiences?.[0] ?? apiAudience
    const account = await accountOf(spec.token, audience)
    const status = account
      ? {
          authenticated: true,
          user: { username: `system:serviceaccount:${account.namespace}:${account.name}`, uid: account.uid },
          audiences: [audience],
        }
      : { user: {}, error: '[invalid bearer token, service account token is not valid]' }
    return { code: 201, body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: {}, status } }
  }

  const putSecret = (place: string, texts: Readonly<Record<string, string>>, createdAt = new Date().toISOString()) => {
    const data = Object.fromEntries(
      Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
    )
    secrets.set(place, { data, version: ++version, annotations: {}, createdAt })
  }

  const secretBody = (namespace: string, name: string, { data, annotations, createdAt, ...one }: Secret) => ({
    ...{ apiVersion: 'v1', kind: 'Secret', type: 'Opaque', data },
    metadata: { namespace, name, annotations, creationTimestamp: createdAt, resourceVersion: String(one.version) },
  })

  const change = (namespace: string, name: string, there: Secret, text: string) => {
    const { metadata, data } = Patch.parse(JSON.parse(text))
    if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== String(there.version))
      return failure(
        409,
        'Conflict',
        `Operation cannot be fulfilled on secrets "${name}": the object has been modified; please apply your changes to the latest version and try again`,
      )
    for (const [key, value] of Object.entries(data)) {
      if (value === null) delete there.data[key]
      else there.data[key] = value
    }
    Object.assign(there.annotations, metadata.annotations)
    there.version = ++version
    return { code: 200, body: secretBody(namespace, name, there) }
  }

  const answer = async (request: IncomingMessage, text: string) => {
    const { pathname: path, searchParams } = new URL(request.url ?? '', 'https://kubernetes')
    const account = await accountOf(request.headers.authorization?.replace('Bearer ', '') ?? '', apiAudience)
    if (!account) return failure(401, 'Unauthorized', 'Unauthorized')
    const who = `${account.namespace}/${account.name}`
    seen.push(`${who} ${request.method} ${request.url}`)
    const user = `system:serviceaccount:${account.namespace}:${account.name}`
    if (path === '/apis/authentication.k8s.io/v1/tokenreviews') {
      if (rules.has(`${who} create tokenreviews`)) return review(text)
      return failure(
        403,
        'Forbidden',
        `tokenreviews.authentication.k8s.io is forbidden: User "${user}" cannot create resource "tokenreviews" in API group "authentication.k8s.io" at the cluster scope`,
      )
    }
    const [, namespace = '', named] = /^\/api\/v1\/namespaces\/([^/]+)\/secrets(?:\/([^/]+))?$/.exec(path) ?? []
    const verb = request.method === 'GET' ? 'get' : request.method === 'POST' ? 'create' : 'patch'
    const name = named ?? New.parse(JSON.parse(text)).metadata.name
    if (!rules.has(`${who} ${verb} secrets/${namespace}/${name}`))
      return failure(
        403,
        'Forbidden',
        `secrets "${name}" is forbidden: User "${user}" cannot ${verb} resource "secrets" in API group "" in the namespace "${namespace}"`,
      )
    const there = secrets.get(`${namespace}/${name}`)
    if (verb === 'create' && there) return failure(409, 'AlreadyExists', `secrets "${name}" already exists`)
    if (verb === 'create') {
      putSecret(`${namespace}/${name}`, New.parse(JSON.parse(text)).stringData)
      return { code: 201, body: {} }
    }
    if (!there) return failure(404, 'NotFound', `secrets "${name}" not found`)
    if (verb === 'get') return { code: 200, body: secretBody(namespace, name, there) }
    if (request.headers['content-type'] !== 'application/merge-patch+json')
      return failure(415, 'UnsupportedMediaType', 'the body of the request was in an unknown format')
    return change(namespace, name, searchParams.has('dryRun') ? structuredClone(there) : there, text)
  }

  const listener = async (request: IncomingMessage, response: ServerResponse): Promise<unknown> => {
    let text = ''
    for await (const chunk of request.setEncoding('utf8')) text += chunk
    const fate = before(`${request.method} ${request.url} ${text}`)
    if (fate === 'delay') {
      delayed.push(() => answer(request, text))
      return response.destroy()
    }
    const { code, body } = await answer(request, text)
    if (fate === 'lose') return response.destroy()
    if (request.method === 'PATCH') for (const late of delayed.splice(0)) lateAnswers.push(JSON.stringify(await late()))
    return response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  const server = createServer(authority.issue('IP:127.0.0.1'), (request, response) => void listener(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  const addAccount = (namespace: string, name: string): void => {
    accounts.set(`${namespace}/${name}`, { namespace, name, uid: randomUUID() })
  }
  /** A token of an account, as the kubelet projects it: bound to the account's uid. */
  const tokenFor = (
    namespace: string,
    name: string,
    audience: string | string[] = apiAudience,
    life = 600,
  ): Promise<string> => {
    const now = Math.floor(Date.now() / 1000)
    const uid = accounts.get(`${namespace}/${name}`)?.uid
    return new SignJWT({ 'kubernetes.io': { namespace, serviceaccount: { name, uid } } })
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer('https://kubernetes.default.svc.cluster.local')
      .setSubject(`system:serviceaccount:${namespace}:${name}`)
      .setAudience([audience].flat())
      .setIssuedAt(now)
      .setExpirationTime(now + life)
      .sign(privateKey)
  }
  /** What a pod of the account sees: its environment and the folder of its account. */
  const podOf = async (namespace: string, name: string) => {
    const accountFolder = join(folder, `pod-${namespace}-${name}`)
    await mkdir(accountFolder, { recursive: true })
    const files = {
      token: await tokenFor(namespace, name),
      namespace,
      'ca.crt': readFileSync(authority.caFile, 'utf8'),
    }
    for (const [file, content] of Object.entries(files)) await writeFile(join(accountFolder, file), content)
    return { env: { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(port) }, accountFolder }
  }

  return {
    url: `https://127.0.0.1:${port}`,
    ca: readFileSync(authority.caFile, 'utf8'),
    seen,
    /** What delayed calls were answered, with nobody there to read it. */
    lateAnswers,
    addAccount,
    removeAccount: (namespace: string, name: string) => void accounts.delete(`${namespace}/${name}`),
    allow: (...all: readonly Rule[]) => {
      for (const one of all) rules.add(one)
    },
    forbid: (...all: readonly Rule[]) => {
      for (const one of all) rules.delete(one)
    },
    tokenFor,
    podOf,
    meet: (hook: typeof before) => {
      before = hook
    },
    putSecret,
    secretAt: (place: string): Readonly<Record<string, string>> =>
      Object.fromEntries(
        Object.entries(secrets.get(place)?.data ?? {}).map(([key, text]) => [
          key,
          Buffer.from(text, 'base64').toString(),
        ]),
      ),
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The audience of tokens for the API server itself. */
const apiAudience = 'https://kubernetes.default.svc.cluster.local'
const Claims = z.object({ 'kubernetes.io': z.object({ serviceaccount: z.object({ uid: z.string() }) }) })
const Review = z.object({ spec: z.object({ token: z.string(), audiences: z.array(z.string()).optional() }) })
const New = z.object({ metadata: z.object({ name: z.string() }), stringData: z.record(z.string(), z.string()) })
const Patch = z.object({
  metadata: z
    .object({ resourceVersion: z.string().optional(), annotations: z.record(z.string(), z.string()).default({}) })
    .prefault({}),
  data: z.record(z.string(), z.string().nullable()).default({}),
})

const failure = (code: number, reason: string, message: string) => ({
  code,
  body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code },
})
