import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ExternalSecret, SecretStore } from '@kubernetes-models/external-secrets/external-secrets.io/v1'
import fc from 'fast-check'
import { CronJob } from 'kubernetes-models/batch/v1'
import { Role, RoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1'
import { ConfigMap, Secret, ServiceAccount } from 'kubernetes-models/v1'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { authorityIn } from '../../../src/connectors/vault/authority.ts'
import { noMounts } from '../../../src/connectors/vault/engines.ts'
import { readHandle, withPolicy } from '../../../src/connectors/vault/handle.ts'
import { vaultParams } from '../../../src/connectors/vault/params.ts'
import { usageOf } from '../../../src/connectors/vault/usage.ts'
import { waysOf } from '../../../src/connectors/vault/ways.ts'
import type { Way } from '../../../src/domain/credential.ts'
import { integrationId, resourceId } from '../../../src/domain/ids.ts'
import type { Item } from '../../../src/domain/resource.ts'
import type { Workload } from '../../../src/domain/workload.ts'

const item = (type: string, path: string, permission: string): Item => ({
  ...{ resource: resourceId(path), type, path, permission },
})
const secret = item('secret', 'kv/apps/db', 'read')
const workloads: Readonly<Record<Workload['kind'], Workload>> = {
  kubernetes: {
    ...{ kind: 'kubernetes', mount: 'kubernetes', namespace: 'shop', serviceAccount: 'payments', audience: 'vault' },
  },
  jwt: { kind: 'jwt', mount: 'jwt', audience: 'https://vault.example', claims: { ref: 'refs/heads/main' } },
  approle: { kind: 'approle', cidrs: ['10.0.0.0/16'] },
  job: { kind: 'job' },
}
const waysFor = (kind: Workload['kind'], items: readonly Item[] = [secret], more: object = {}) => {
  const workload = workloads[kind]
  const mount = 'mount' in workload ? workload.mount : 'latchkey-workloads'
  const where = {
    ...{ address: 'https://vault.example:8200', integration: 'production', commands: [] },
    ...{ mounts: { ...noMounts, kv: ['kv', 'team/kv'], transit: ['transit'] }, ...more },
  }
  return waysOf(where, 'openbao', items, { login: { workload, mount, role: 'latchkey-drawn' } })
}
const text = (ways: readonly Way[], kind: Way['kind']) => ways.find((way) => way.kind === kind)?.text ?? ''

/** The objects of a text; each must be one that its own schema accepts. */
const objectsIn = (yaml: string): readonly Record<string, never>[] =>
  parseAllDocuments(yaml).map((document) => {
    expect(document.errors).toEqual([])
    return document.toJS()
  })
const checked = (yaml: string) =>
  objectsIn(yaml).map((object) => {
    const known = { SecretStore, ExternalSecret }[String(object.kind)]
    if (!known) throw new Error(`an unknown object: ${object.kind}`)
    new known(object).validate()
    return object
  })

test('each kind of workload has its own ways; a person’s commands are no way of a workload', () => {
  const kinds = (kind: Workload['kind']) => waysFor(kind).map((way) => way.kind)
  expect(kinds('kubernetes')).toEqual(['curl', 'agent', 'external-secrets', 'injector'])
  expect(kinds('jwt')).toEqual(['curl', 'agent', 'external-secrets'])
  expect(kinds('approle')).toEqual(['curl', 'agent', 'external-secrets', 'cron-job'])
  expect(kinds('job')).toEqual(['curl', 'agent'])
})

test('every text that makes a copy says that it outlives the access', () => {
  for (const kind of ['kubernetes', 'jwt', 'approle', 'job'] as const)
    for (const way of waysFor(kind))
      if (way.kind !== 'curl')
        expect([way.kind, way.text]).toEqual([way.kind, expect.stringMatching(/outlives? the access/)])
})

describe('the objects for External Secrets', () => {
  test.each(['kubernetes', 'jwt', 'approle'] as const)('are of the present version, and valid for %s', (kind) => {
    const [store, external, ...more] = checked(
      text(waysFor(kind, undefined, { namespace: 'team' }), 'external-secrets'),
    )
    expect([store, external, more]).toMatchObject([
      { apiVersion: 'external-secrets.io/v1', spec: { provider: { vault: { namespace: 'team', path: 'kv' } } } },
      { apiVersion: 'external-secrets.io/v1', spec: { dataFrom: [{ extract: { key: 'apps/db' } }] } },
      [],
    ])
  })

  test('log in as exactly the service account, with the audience of the login', () => {
    const [store] = checked(text(waysFor('kubernetes'), 'external-secrets'))
    expect(store).toMatchObject({
      metadata: { namespace: 'shop' },
      spec: {
        provider: {
          vault: {
            auth: {
              kubernetes: {
                ...{ mountPath: 'kubernetes', role: 'latchkey-drawn' },
                serviceAccountRef: { name: 'payments', audiences: ['vault'] },
              },
            },
          },
        },
      },
    })
  })

  test('have a store for each mount, and names that stay for the next access to the same', () => {
    const items = [secret, item('secret', 'team/kv/other', 'read')]
    const printed = text(waysFor('kubernetes', items), 'external-secrets')
    const names = checked(printed).map((object: { metadata?: { name: string } }) => object.metadata?.name)
    expect(new Set(names).size).toBe(4)
    expect(text(waysFor('kubernetes', items), 'external-secrets')).toBe(printed)
    expect(text(waysFor('kubernetes', [secret]), 'external-secrets')).not.toContain(names[0])
    for (const name of names) expect(printed.split('apiVersion')[0]).toContain(`/${name}`)
  })

  test('are valid whatever the names are, and nothing in a name becomes a key', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), (name) => {
        const path = `kv/apps/${name}`
        const [, external] = checked(text(waysFor('kubernetes', [item('secret', path, 'read')]), 'external-secrets'))
        expect(external).toMatchObject({ spec: { dataFrom: [{ extract: { key: `apps/${name}` } }] } })
      }),
      { numRuns: 200 },
    )
  })
})

test('the patch for the injector has the annotations of each file, and a token with the audience of the login', () => {
  const [patch] = objectsIn(text(waysFor('kubernetes', [secret, item('secret', 'kv/apps/web', 'read')]), 'injector'))
  expect(patch).toEqual({
    spec: {
      template: {
        metadata: {
          annotations: expect.objectContaining({
            'vault.hashicorp.com/agent-inject': 'true',
            'vault.hashicorp.com/auth-path': 'auth/kubernetes',
            'vault.hashicorp.com/role': 'latchkey-drawn',
            'vault.hashicorp.com/agent-inject-secret-secret-2.json': 'kv/data/apps/web',
            'vault.hashicorp.com/error-on-missing-key-secret-1.json': 'true',
            'vault.hashicorp.com/agent-service-account-token-volume-name': 'latchkey-token',
          }),
        },
        spec: {
          serviceAccountName: 'payments',
          volumes: [
            {
              name: 'latchkey-token',
              projected: {
                sources: [{ serviceAccountToken: { path: 'token', audience: 'vault', expirationSeconds: 600 } }],
              },
            },
          ],
        },
      },
    },
  })
})

test('the CronJob is valid, may change one Secret and make none, and its container may do nothing else', () => {
  const printed = text(waysFor('approle'), 'cron-job')
  const [account, secret, role, binding, job, ...more] = parseAllDocuments(printed).map((one) => one.toJS())
  new ServiceAccount(account).validate()
  new Secret(secret).validate()
  new Role(role).validate()
  new RoleBinding(binding).validate()
  new CronJob(job).validate()
  expect(more).toEqual([])
  expect(secret.metadata.name).toMatch(/^latchkey-[0-9a-f]{8}-login$/)
  const { name } = secret.metadata
  expect(role.rules).toEqual([{ apiGroups: [''], resources: ['secrets'], resourceNames: [name], verbs: ['patch'] }])
  expect(text(waysFor('approle'), 'external-secrets')).toContain(name)
})

describe('a vault with an authority of its own', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'
  const known = (kind: Workload['kind'], isElsewhere = false) =>
    waysFor(kind, undefined, { authority: { pem, isElsewhere } })

  test('has its certificate in each text, as that format takes it', () => {
    const [store] = checked(text(known('kubernetes'), 'external-secrets'))
    const caBundle = Buffer.from(`${pem}\n`).toString('base64')
    expect(store).toMatchObject({ spec: { provider: { vault: { caBundle } } } })
    expect(text(known('job'), 'agent')).toMatch(
      /^# ca -----BEGIN CERTIFICATE-----[\s\S]*^ {2}ca_cert = "latchkey-ca.pem"$/m,
    )
    const printed = text(known('kubernetes'), 'injector')
    const [, secretName = ''] = /create secret generic (\S+) --from-file=ca.crt/.exec(printed) ?? []
    expect(objectsIn(printed)[0]).toMatchObject({
      spec: {
        template: {
          metadata: {
            annotations: {
              'vault.hashicorp.com/tls-secret': secretName,
              'vault.hashicorp.com/ca-cert': '/vault/tls/ca.crt',
            },
          },
        },
      },
    })
    const objects = parseAllDocuments(text(known('approle'), 'cron-job')).map((one) => one.toJS())
    const map = objects.find(({ kind }) => kind === 'ConfigMap')
    new ConfigMap(map).validate()
    new CronJob(objects.at(-1)).validate()
    expect(map.data).toEqual({ 'ca.crt': `${pem}\n` })
    const { containers, volumes } = objects.at(-1).spec.jobTemplate.spec.template.spec
    expect(volumes).toContainEqual({ name: 'authority', configMap: { name: map.metadata.name } })
    expect(containers[0].volumeMounts[1].name).toBe('authority')
    expect(containers[0].env).toContainEqual({
      name: 'AUTHORITY',
      value: `${containers[0].volumeMounts[1].mountPath}/ca.crt`,
    })
  })

  test('may show a public certificate at its address for people, and texts say what to remove then', () => {
    for (const kind of ['agent', 'external-secrets', 'injector'] as const) {
      expect(text(known('kubernetes', true), kind)).toContain('If a public authority signed')
      expect(text(known('kubernetes'), kind)).not.toContain('If a public authority signed')
    }
  })

  test('is read from the certificates of caFile alone, again and again, and only for an address with https', () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-authority-'))
    const file = join(folder, 'ca.pem')
    const write = (text: string) => writeFileSync(file, text)
    write(`-----BEGIN PRIVATE KEY-----\nMIIC\n-----END PRIVATE KEY-----\n${pem.replaceAll('\n', '\r\n')}\nand more`)
    const authority = authorityIn(file)
    expect(authority()).toBe(pem)
    write('')
    expect(authority()).toBe(pem)
    const other = pem.replace('MIIB', 'MIID')
    write(other)
    expect(authority()).toBe(other)
    const where = (address: string) => ({
      ...{ integration: integrationId('production'), mounts: { ...noMounts, kv: ['kv'], transit: [] }, authority },
      params: vaultParams.parse({ internalUrl: address, credentials: { folder } }),
    })
    const used = {
      workload: workloads.job,
      handle: withPolicy(readHandle(undefined), 'latchkey-drawn'),
    }
    const printed = (address: string) => text(usageOf(where(address), 'openbao', [secret], used).ways, 'agent')
    expect(printed('https://vault.example')).toContain('# ca MIID')
    expect(printed('http://127.0.0.1:8200')).not.toContain('# ca ')
    rmSync(folder, { recursive: true })
  })
})

test('what does not fit says so: folders, keys and writing', () => {
  const folder = item('management', 'kv/team/', 'ReadWrite')
  const all = waysFor('kubernetes', [secret, folder, item('key', 'transit/k', 'sign')])
  for (const kind of ['agent', 'external-secrets', 'injector'] as const) {
    expect(text(all, kind)).toContain('A folder has no file of its own')
    expect(text(all, kind)).toContain('programs call the vault to use a key')
    expect(text(all, kind)).toContain('It only reads')
  }
  expect(text(all, 'external-secrets')).not.toContain('key: team/NAME')
  expect(waysFor('kubernetes', [item('key', 'transit/k', 'sign')]).map(({ kind }) => kind)).toEqual(['curl'])
  expect(waysFor('kubernetes', [folder]).map(({ kind }) => kind)).toEqual(['curl', 'agent'])
})
