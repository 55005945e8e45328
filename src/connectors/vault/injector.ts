import type { Workload } from '../../domain/workload.ts'
import { fileOf, templateOf } from './agent-files.ts'
import { type Authority, asComments, fromComments, unlessPublic } from './authority.ts'
import type { Printed } from './external-secrets.ts'
import { manifests } from './manifests.ts'

const volume = 'latchkey-token'

const authoritySecret = (name: string): string => `${name}-authority`

/** The injector mounts an authority from a Secret only, and a patch brings none. */
const trusting = (
  authority: Authority,
  { address, name, namespace }: { readonly address: string; readonly name: string; readonly namespace: string },
): readonly string[] => [
  'The vault has an authority of its own. Before the patch, put its certificate, which stands here, into a Secret:',
  [
    fromComments('latchkey-patch.yaml'),
    `kubectl -n ${namespace} create secret generic ${authoritySecret(name)} --from-file=ca.crt=/dev/stdin --dry-run=client -o yaml`,
    'kubectl apply -f -',
  ].join(' | '),
  ...unlessPublic(authority, address, 'the annotations tls-secret and ca-cert'),
  ...asComments(authority),
]

/**
 * A patch for a Deployment, StatefulSet or DaemonSet: annotations for the agent injector, and the token with the audience
 * of the login. Without that token the injector takes one that the vault refuses.
 */
export const injected = ({
  address,
  namespace,
  login,
  name,
  fetched,
  notes,
  workload,
  authority,
}: Printed & { readonly workload: Extract<Workload, { kind: 'kubernetes' }> }): string => {
  const annotations = Object.fromEntries(
    [
      ['agent-inject', 'true'],
      ['auth-path', `auth/${login.mount}`],
      ['role', login.role],
      ['service', address],
      ...(namespace === undefined ? [] : [['namespace', namespace]]),
      ...(authority
        ? [
            ['tls-secret', authoritySecret(name)],
            ['ca-cert', '/vault/tls/ca.crt'],
          ]
        : []),
      ['agent-service-account-token-volume-name', volume],
      ['template-config-exit-on-retry-failure', 'true'],
      ['template-static-secret-render-interval', '30s'],
      ...fetched.flatMap(({ mount, name }, position) => {
        const file = fileOf(position)
        return [
          [`agent-inject-secret-${file}`, `${mount}/data/${name}`],
          [`agent-inject-template-${file}`, templateOf({ mount, name })],
          [`agent-inject-perms-${file}`, '0440'],
          [`error-on-missing-key-${file}`, 'true'],
        ]
      }),
    ].map(([key, value]) => [`vault.hashicorp.com/${key}`, value]),
  )
  const token = { path: 'token', audience: workload.audience, expirationSeconds: 600 }
  const comments = [
    'Save this as latchkey-patch.yaml, then:',
    `kubectl -n ${workload.namespace} patch deployment NAME --patch-file latchkey-patch.yaml`,
    'The agent beside your program keeps the files in /vault/secrets. After the access it ends, and is started again without',
    'success; the files stay until the pod goes. A copy outlives the access: the vault cannot take back what was read.',
    'Its role is for this access alone: patch again with the next one.',
    ...notes,
    ...(authority ? trusting(authority, { address, name, namespace: workload.namespace }) : []),
  ]
  return manifests(comments, [
    {
      spec: {
        template: {
          metadata: { annotations },
          spec: {
            serviceAccountName: workload.serviceAccount,
            volumes: [{ name: volume, projected: { sources: [{ serviceAccountToken: token }] } }],
          },
        },
      },
    },
  ])
}
