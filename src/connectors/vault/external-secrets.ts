import type { Fetched } from './agent-files.ts'
import { type Authority, unlessPublic } from './authority.ts'
import { type Manifest, manifests } from './manifests.ts'
import { type Login, namespaceOf } from './workload-login.ts'

export type Printed = {
  readonly address: string
  readonly namespace?: string | undefined
  readonly login: Login
  /** The beginning of the names of all objects. */
  readonly name: string
  readonly fetched: readonly Fetched[]
  readonly authority?: Authority | undefined
  /** What of the access does not fit. */
  readonly notes: readonly string[]
}

const apiVersion = 'external-secrets.io/v1'

/** The Secret in which a service finds its role_id and secret_id. */
export const loginSecret = (name: string): string => `${name}-login`

/** A store, and an object for each secret. Each becomes a Secret with all fields. */
export const externalSecrets = (printed: Printed): string => {
  const { address, namespace, login, name, fetched, notes, authority } = printed
  const at = namespaceOf(login.workload)
  const mounts = [...new Set(fetched.map(({ mount }) => mount))]
  const store = (mount: string) => (mounts.length === 1 ? name : `${name}-${mounts.indexOf(mount) + 1}`)
  const made = fetched.map((one, position) => ({ ...one, object: `${name}-secret-${position + 1}` }))
  const everything = [
    ...mounts.map((mount) => `secretstore.external-secrets.io/${store(mount)}`),
    ...made.map(({ object }) => `externalsecret.external-secrets.io/${object}`),
  ]
  const comments = [
    'Apply this where External Secrets 0.16 or later runs. The Secrets that it makes are copies: they outlive the access, and',
    'everybody who may read Secrets in the namespace reads them. When the access ends, the copies stay as they are. Remove them:',
    `kubectl -n ${at} delete ${everything.join(' ')}`,
    ...before(login, name),
    ...(authority ? unlessPublic(authority, address, 'caBundle') : []),
    ...notes,
  ]
  return manifests(comments, [
    ...mounts.map((mount) => ({
      ...{ apiVersion, kind: 'SecretStore', metadata: { name: store(mount), namespace: at } },
      spec: {
        provider: {
          vault: {
            ...{ server: address, path: mount, version: 'v2' },
            ...(namespace !== undefined && { namespace }),
            ...(authority && { caBundle: Buffer.from(`${authority.pem}\n`).toString('base64') }),
            auth: authOf(login, name),
          },
        },
      },
    })),
    ...made.map(({ mount, name: path, object }) => ({
      ...{ apiVersion, kind: 'ExternalSecret', metadata: { name: object, namespace: at } },
      spec: {
        refreshInterval: '1m',
        secretStoreRef: { kind: 'SecretStore', name: store(mount) },
        target: { name: object, creationPolicy: 'Owner', deletionPolicy: 'Delete' },
        dataFrom: [{ extract: { key: path } }],
      },
    })),
  ])
}

const before = ({ workload }: Login, name: string): readonly string[] => {
  if (workload.kind === 'approle')
    return [`It logs in with role_id and secret_id from the Secret ${loginSecret(name)}, which a fetch has to fill.`]
  return workload.kind === 'jwt'
    ? [`Put a token for “${workload.audience}” into the Secret ${name}-token, key token, before each login.`]
    : []
}

const authOf = ({ workload, mount, role }: Login, name: string): Manifest => {
  switch (workload.kind) {
    case 'kubernetes':
      return {
        kubernetes: {
          ...{ mountPath: mount, role },
          serviceAccountRef: { name: workload.serviceAccount, audiences: [workload.audience] },
        },
      }
    case 'jwt':
      return { jwt: { path: mount, role, secretRef: { name: `${name}-token`, key: 'token' } } }
    case 'approle':
    case 'job':
      return {
        appRole: {
          path: mount,
          roleRef: { name: loginSecret(name), key: 'role_id' },
          secretRef: { name: loginSecret(name), key: 'secret_id' },
        },
      }
    default:
      return workload satisfies never
  }
}
