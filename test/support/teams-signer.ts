import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, type GenerateKeyPairResult, generateKeyPair, SignJWT } from 'jose'

export const app = '0a0a0a0a-0000-4000-8000-000000000001'
export const tenant = '0b0b0b0b-0000-4000-8000-000000000001'
export const issuer = 'https://api.botframework.com'

/** What a test changes in a good token. `undefined` leaves a claim out. */
export type TokenChange = {
  readonly kid?: string
  readonly alg?: string
  readonly key?: string
  /** Claims in place of the good ones. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** The signing side of the channel, with its own keys and the documents that describe them, on this machine. */
export type Signer = {
  readonly url: string
  readonly metadataUrl: string
  /** Calls of each path. */
  readonly calls: string[]
  /** Adds a key, endorsed for the channels, which the next fetch finds. */
  addKey(id: string, endorsements?: readonly string[]): Promise<void>
  removeKey(id: string): void
  /** Answers every call with this status and body, until it is undefined. */
  breakDown(how: { status: number; body: string } | undefined): void
  /** Answers calls of this path with the way to another one, which has the same content. */
  redirect(path: string): void
  /** A token for the service URL, good unless it is changed. */
  token(serviceUrl: string, change?: TokenChange): Promise<string>
  close(): Promise<void>
}

export const startSigner = async (now: () => number = Date.now): Promise<Signer> => {
  const keys = new Map<string, { pair: GenerateKeyPairResult; endorsements: readonly string[] }>()
  const removed = new Set<string>()
  const calls: string[] = []
  let redirected: string | undefined
  let broken: { status: number; body: string } | undefined
  const addKey: Signer['addKey'] = async (id, endorsements = ['msteams']) => {
    keys.set(id, { pair: await generateKeyPair('RS256', { extractable: true }), endorsements })
  }
  await addKey('first')
  const jwks = async () => ({
    keys: await Promise.all(
      [...keys]
        .filter(([kid]) => !removed.has(kid))
        .map(async ([kid, { pair, endorsements }]) => ({
          ...(await exportJWK(pair.publicKey)),
          ...{ kid, use: 'sig', endorsements },
        })),
    ),
  })
  const server = createServer(async (request, response) => {
    calls.push(request.url ?? '')
    if (broken) return void response.writeHead(broken.status).end(broken.body)
    if (request.url === redirected) return void response.writeHead(302, { location: '/elsewhere' }).end()
    const known: Record<string, unknown> = {
      '/elsewhere': await jwks(),
      '/v1/.well-known/openidconfiguration': { issuer, jwks_uri: `${url()}/v1/.well-known/keys` },
      '/v1/.well-known/keys': await jwks(),
    }
    const found = known[request.url ?? '']
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(found ?? {}))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: url(),
    metadataUrl: `${url()}/v1/.well-known/openidconfiguration`,
    calls,
    addKey,
    removeKey: (id) => void removed.add(id),
    breakDown: (how) => {
      broken = how
    },
    redirect: (path) => {
      redirected = path
    },
    token: async (serviceurl, { kid = 'first', alg = 'RS256', key = kid, claims = {} } = {}) => {
      const at = Math.floor(now() / 1000)
      const good = { iss: issuer, aud: app, nbf: at, exp: at + 3600, serviceurl }
      const content = Object.entries({ ...good, ...claims }).filter(([, value]) => value !== undefined)
      const pair = keys.get(key)?.pair
      if (!pair) throw new Error(`there is no key ${key}`)
      return new SignJWT(Object.fromEntries(content)).setProtectedHeader({ alg, kid }).sign(pair.privateKey)
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
