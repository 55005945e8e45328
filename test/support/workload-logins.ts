import { type CryptoKey, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { type KubernetesApi, kubernetesApi } from './kubernetes-api.ts'
import type { TestVault } from './openbao.ts'
import { rawCall } from './openbao-calls.ts'

/** The logins of workloads at a real server: its own Kubernetes and JWT methods, and an AppRole mount. */
export type WorkloadLogins = {
  readonly cluster: KubernetesApi
  /** A token of the test's issuer. */
  jwt(claims: Readonly<Record<string, string>>, audience?: string): Promise<string>
  /** Logs in and returns the token; without one the status and the server's words. */
  logIn(
    mount: string,
    body: object,
  ): Promise<{ readonly token?: string; readonly status: number; readonly said: string }>
  /** Unwraps a secret_id as a job does. */
  unwrap(wrappingToken: string): Promise<string>
  stop(): Promise<void>
}

export const workloadMounts = ['latchkey-workloads', 'kubernetes', 'jwt'] as const

/** The offer of these logins, as the configuration has it. */
export const workloadsOffered = {
  approleMount: 'latchkey-workloads',
  kubernetes: [{ mount: 'kubernetes', audience: 'vault', namespaces: ['shop', 'billing'], label: 'production' }],
  jwt: [{ mount: 'jwt', audience: 'https://vault.example', claims: ['repository', 'ref', 'environment'], label: 'CI' }],
}

/** Makes the methods; `folder` gets the cluster's certificates. */
export const workloadLogins = async (vault: Pick<TestVault, 'server'>, folder: string): Promise<WorkloadLogins> => {
  const { address, rootToken } = vault.server
  const root = rawCall(address, rootToken)
  const done = async (method: string, path: string, body: object) => {
    const answer = await root(method, path, body)
    if (answer.status > 299) throw new Error(`${path}: ${JSON.stringify(answer.body)}`)
  }
  const cluster = await kubernetesApi(folder)
  cluster.addAccount('vault', 'reviewer')
  cluster.allow('vault/reviewer create tokenreviews')
  await done('POST', 'sys/auth/latchkey-workloads', { type: 'approle' })
  await done('POST', 'sys/auth/kubernetes', { type: 'kubernetes' })
  await done('POST', 'auth/kubernetes/config', {
    ...{ kubernetes_host: cluster.url, kubernetes_ca_cert: cluster.ca, disable_local_ca_jwt: true },
    token_reviewer_jwt: await cluster.tokenFor('vault', 'reviewer'),
  })
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  await done('POST', 'sys/auth/jwt', { type: 'jwt' })
  await done('POST', 'auth/jwt/config', {
    ...{ jwt_validation_pubkeys: [await exportSPKI(publicKey)], bound_issuer: 'https://issuer.example' },
  })
  return {
    cluster,
    jwt: (claims, audience = 'https://vault.example') => signed(privateKey, claims, audience),
    async logIn(mount, body) {
      const { status, body: said } = await rawCall(address, '')('POST', `auth/${mount}/login`, body)
      const token = said?.auth?.client_token
      return { status, said: JSON.stringify(said), ...(typeof token === 'string' && { token }) }
    },
    async unwrap(wrappingToken) {
      const { body } = await rawCall(address, wrappingToken)('POST', 'sys/wrapping/unwrap', {})
      return String(body?.data?.secret_id)
    },
    stop: cluster.stop,
  }
}

const signed = (key: CryptoKey, claims: Readonly<Record<string, string>>, audience: string) =>
  new SignJWT({ sub: 'repo:acme/shop', ...claims })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer('https://issuer.example')
    .setAudience([audience])
    .setIssuedAt()
    .setExpirationTime('10m')
    .sign(key)
