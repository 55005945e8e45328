import { loginSecret, type Printed } from './external-secrets.ts'
import { type Manifest, manifests } from './manifests.ts'
import { namespaceOf, tokenFolder } from './workload-login.ts'

/**
 * What the job runs, with nothing but Node: asks Latchkey for the access, as the pipeline that its service account is,
 * unwraps the secret_id at the vault, and puts it with its role_id into one Secret. It prints no credential.
 */
const script = `
import { readFileSync } from 'node:fs'
const { LATCHKEY, ACCESS, SECRET, TOKENS, KUBERNETES, ACCOUNT } = process.env
const read = (file) => readFileSync(file, 'utf8').trim()
const call = async (what, url, method, headers, body) => {
  const answer = await fetch(url, { method, headers, body: JSON.stringify(body), redirect: 'error' })
  if (!answer.ok) throw new Error(what + ': status ' + answer.status)
  return answer.json()
}
const json = { 'content-type': 'application/json' }
const mine = { ...json, authorization: 'Bearer ' + read(TOKENS + '/token') }
const { url: link } = await call('Latchkey', LATCHKEY + '/api/v1/grants/' + ACCESS + '/link', 'POST', mine, {})
const given = await call('Latchkey', LATCHKEY + '/api/v1/links/redeem', 'POST', mine, { link })
const inVault = { ...json, 'x-vault-token': given.wrappingToken }
if (given.namespace) inVault['x-vault-namespace'] = given.namespace
const opened = await call('the vault', given.address + '/v1/sys/wrapping/unwrap', 'POST', inVault, {})
const base64 = (text) => Buffer.from(text).toString('base64')
const data = { role_id: base64(given.appRole.roleId), secret_id: base64(opened.data.secret_id) }
const path = '/api/v1/namespaces/' + read(ACCOUNT + '/namespace') + '/secrets/' + SECRET
const patching = { 'content-type': 'application/merge-patch+json', authorization: 'Bearer ' + read(ACCOUNT + '/token') }
await call('Kubernetes', KUBERNETES + path, 'PATCH', patching, { data })
console.log('The Secret has a fresh secret_id, until ' + given.appRole.loginBy)
`.trim()

/** Trusts the vault's own authority besides those that the process trusts already, before the first call. */
const trusting = `
import tls from 'node:tls'
const { AUTHORITY } = process.env
const more = readFileSync(AUTHORITY, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)
tls.setDefaultCACertificates([...tls.getCACertificates('default'), ...more])
`.trim()

const authorityFolder = '/var/run/latchkey-authority'

const account = '/var/run/secrets/kubernetes.io/serviceaccount'
const image = 'docker.io/library/node:24-alpine'

/** What a container may be in a namespace that allows the least. */
const restricted = {
  ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, runAsNonRoot: true, runAsUser: 65_534 },
  ...{ capabilities: { drop: ['ALL'] }, seccompProfile: { type: 'RuntimeDefault' } },
}

/**
 * Objects of a cluster that Latchkey cannot reach: a CronJob there fetches a fresh secret_id through the API. It may change
 * one Secret. Neither it nor the service may make a secret_id.
 */
export const cronJob = ({ login, name, notes, authority }: Printed): string => {
  const namespace = namespaceOf(login.workload)
  const own = `${name}-fetch`
  const secret = loginSecret(name)
  const metadata = { name: own, namespace }
  const env = {
    ...{ LATCHKEY: 'https://LATCHKEY', ACCESS: 'ACCESS', SECRET: secret },
    ...{ TOKENS: tokenFolder, ACCOUNT: account, KUBERNETES: 'https://kubernetes.default.svc' },
    NODE_EXTRA_CA_CERTS: `${account}/ca.crt`,
    ...(authority && { AUTHORITY: `${authorityFolder}/ca.crt` }),
  }
  const run = authority ? `${trusting}\n${script}` : script
  const authorities = authority ? [{ name: 'authority', configMap: { name: own } }] : []
  const mounts = authorities.map((one) => ({ name: one.name, mountPath: authorityFolder, readOnly: true }))
  const token = { path: 'token', audience: 'AUDIENCE', expirationSeconds: 600 }
  const pod: Manifest = {
    ...{ serviceAccountName: own, restartPolicy: 'Never' },
    containers: [
      {
        ...{ name: 'fetch', image, command: ['node', '--input-type=module', '--eval', run] },
        env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
        volumeMounts: [{ name: 'latchkey-token', mountPath: tokenFolder, readOnly: true }, ...mounts],
        securityContext: restricted,
      },
    ],
    volumes: [{ name: 'latchkey-token', projected: { sources: [{ serviceAccountToken: token }] } }, ...authorities],
  }
  const kinds = ['cronjob', 'serviceaccount', 'role', 'rolebinding', ...(authority ? ['configmap'] : [])]
  const comments = [
    'For a cluster that Latchkey cannot reach: this fetches a fresh secret_id through its API, and nobody there makes one.',
    'Write your own values for NAMESPACE, LATCHKEY, AUDIENCE, and for ACCESS the number of this access.',
    'The requester must be the pipeline that this service account is, in “pipelines” of the configuration:',
    `claims: { sub: "system:serviceaccount:${namespace}:${own}" }, with the issuer of the cluster.`,
    'Each fetch ends what was fetched before: the service logs in anew with the changed Secret, which pods see after a minute.',
    'The secret_id ends with the access. A copy of what it opened outlives the access.',
    `kubectl -n ${namespace} delete ${kinds.map((kind) => `${kind}/${own}`).join(' ')} secret/${secret}`,
    ...notes,
  ]
  return manifests(comments, [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: secret, namespace }, type: 'Opaque' },
    ...(authority ? [{ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'ca.crt': `${authority.pem}\n` } }] : []),
    {
      ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata },
      rules: [{ apiGroups: [''], resources: ['secrets'], resourceNames: [secret], verbs: ['patch'] }],
    },
    {
      ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: own },
      subjects: [{ kind: 'ServiceAccount', name: own, namespace }],
    },
    {
      ...{ apiVersion: 'batch/v1', kind: 'CronJob', metadata },
      spec: {
        ...{ schedule: '0 */6 * * *', concurrencyPolicy: 'Forbid', successfulJobsHistoryLimit: 1 },
        jobTemplate: { spec: { backoffLimit: 2, template: { spec: pod } } },
      },
    },
  ])
}
