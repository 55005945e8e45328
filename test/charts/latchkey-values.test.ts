import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { newInstruments } from '../../src/observe/instruments.ts'
import { one, podsIn } from '../support/chart-objects.ts'
import { chartFolder, objectsIn, render } from '../support/charts.ts'
import { customApis } from '../support/custom-resources.ts'
import { root } from '../support/documents.ts'
import type { KubernetesObject } from '../support/kubernetes-validate.ts'

const chart = chartFolder('latchkey')
const tree = z.record(z.string(), z.unknown())
const text = (path: string): string => readFileSync(join(root, path), 'utf8')
const valuesOf = (name: string) => tree.parse(parse(text(`test/charts/latchkey/${name}.yaml`)))

/** The objects of a file of values; `changed` replaces what stands at the top. */
const objects = async (name: string, changed: object = {}, apis: readonly string[] = customApis) =>
  objectsIn(await render({ chart, apis, values: { ...valuesOf(name), ...changed } }))
const refusal = async (name: string, changed: object): Promise<string> =>
  await objects(name, changed).then(
    () => 'nothing was refused',
    (error: Error) => error.message,
  )
const integrationsOf = (name: string) => z.looseObject({ integrations: z.array(tree) }).parse(valuesOf(name).config)
const checksums = (all: readonly KubernetesObject[]): unknown => {
  const schema = z.object({ template: z.object({ metadata: z.object({ annotations: tree }) }) })
  return schema.parse(one(all, 'Deployment').spec).template.metadata.annotations
}

describe('what cannot work is refused with what to do', () => {
  const config = tree.parse(valuesOf('minimal').config)
  test.each([
    [{ replicaCount: 2 }, 'replicaCount: 2 pods cannot share a SQLite database; set it to 1, or name a PostgreSQL'],
    [
      { replicaCount: 2, config: { ...config, database: 'postgres://l:secret@db/l' } },
      'config.database: write no password here',
    ],
    [{ postgres: { ownerSecret: 'owner' } }, 'postgres: there is none; name it in config.database'],
    [{ config: { ...config, dataFolder: '/srv' } }, 'config.dataFolder: the chart decides it; leave it out'],
    [{ ingres: { enabled: true } }, "additional properties 'ingres' not allowed"],
    [{ ingress: { enable: true } }, "at '/ingress': additional properties 'enable' not allowed"],
    [{ secrets: { values: { slack_token: 'a' } } }, "at '/secrets/values': additional properties 'slack_token'"],
    [{ secrets: {} }, 'secrets: this config needs slack_bot_token, slack_app_token; name a Secret with them'],
    [
      { secrets: { existingSecret: 'a', values: { slack_bot_token: 'b' } } },
      'write existingSecret or values, not both',
    ],
    [{ config: {} }, "at '/config': missing properties 'link', 'integrations'"],
    [{ config: { ...config, listen: {} } }, 'config.listen: the chart decides it; leave it out'],
    [{ config: { ...config, journal: 'x' } }, 'config.journal: the chart decides it; set journal.enabled'],
    [{ config: { ...config, database: '/x.sqlite' } }, 'config.database: the chart puts it onto the volume'],
    [{ people: {} }, 'people: nobody could ask or decide'],
    [{ existingPeopleConfigMap: 'a' }, 'people: write people or existingPeopleConfigMap, not both'],
    [{ gateway: { enabled: true } }, 'gateway.parentRefs: name the gateway'],
    [{ serviceMonitor: { enabled: true } }, 'there are no metrics; set metrics.enabled'],
    [{ caCertificates: [{ name: 'a' }] }, '/caCertificates/0'],
    [{ terminationGracePeriodSeconds: 30 }, '/terminationGracePeriodSeconds'],
  ])('%j', async (changed, sentence) => {
    expect(await refusal('minimal', changed)).toContain(sentence)
  })

  test('two audiences in one file, and a Kubernetes that is too old', async () => {
    const { integrations, ...rest } = integrationsOf('kubernetes-login')
    const clash = { jwt: { role: 'a', tokenFile: '/var/run/secrets/latchkey/vault/token', audience: 'other' } }
    const second = { ...integrations[1], vault: { internalUrl: 'https://b.example.com', credentials: clash } }
    const changed = { config: { ...rest, integrations: [integrations[0], second] } }
    expect(await refusal('kubernetes-login', changed)).toContain('give each integration its own tokenFile')
    const old = render({ chart, values: valuesOf('minimal'), kubernetes: '1.29.0' })
    await expect(old).rejects.toThrow('>=1.30.0')
  })
})

describe('the pod', () => {
  test('has one replica that ends before the next begins, and more time to end than a step at a vault takes', async () => {
    expect(one(await objects('minimal'), 'Deployment').spec).toMatchObject({
      replicas: 1,
      strategy: { type: 'Recreate' },
      template: { spec: { terminationGracePeriodSeconds: 90 } },
    })
  })

  test('restarts after a change of the configuration or a given secret, not after one of the people or the chart', async () => {
    const [before, otherPeople, otherConfig, otherSecret] = await Promise.all([
      objects('secrets-given'),
      objects('secrets-given', { people: { people: {}, groups: {} } }),
      objects('secrets-given', { config: { ...tree.parse(valuesOf('secrets-given').config), keep: '60d' } }),
      objects('secrets-given', { secrets: { values: { slack_bot_token: 'xoxb-b', slack_app_token: 'xapp-b' } } }),
    ])
    expect(checksums(otherPeople)).toEqual(checksums(before))
    expect(checksums(otherConfig)).not.toEqual(checksums(before))
    expect(checksums(otherSecret)).not.toEqual(checksums(before))
    expect(JSON.stringify(podsIn(before))).not.toContain('helm.sh/chart')
  })

  test('is told of each secret that the image knows, and of no value', async () => {
    const names = [...text('Dockerfile').matchAll(/^ {2}([A-Z_]+_FILE)=/gm)].map(([, name]) => name)
    const [pod] = podsIn(await objects('secrets-given'))
    const { containers } = z
      .object({ containers: z.array(z.object({ env: z.array(z.object({ name: z.string() })) })) })
      .parse(pod)
    const told = containers[0]?.env.map(({ name }) => name).filter((name) => name.endsWith('_FILE'))
    expect(told).toEqual(names)
    expect(JSON.stringify(pod)).not.toContain('xoxb-given')
  })

  test('waits without Latchkey for a restore', async () => {
    const [pod] = podsIn(await objects('minimal', { maintenance: true }))
    expect(pod).toMatchObject({ containers: [{ command: ['sh', '-c', expect.stringContaining('sleep')] }] })
    expect(JSON.stringify(pod)).not.toContain('Probe')
  })

  test('is not ready while a vault is away, and still gets the traffic', async () => {
    const all = await objects('minimal')
    expect(JSON.stringify(podsIn(all))).toContain('"readinessProbe":{"httpGet":{"path":"/readyz"')
    expect(JSON.stringify(podsIn(all))).toContain('"livenessProbe":{"httpGet":{"path":"/healthz"')
    expect(one(all, 'Service').spec).toMatchObject({ publishNotReadyAddresses: true, ports: [{ name: 'http' }] })
  })
})

describe('the account of the pod', () => {
  test('is mounted only where Latchkey asks the API server, with the right to exactly those Secrets', async () => {
    const [without, kubernetes] = await Promise.all([objects('kubernetes-login'), objects('kubernetes-secret')])
    expect(podsIn(without)).toMatchObject([{ automountServiceAccountToken: false }])
    expect(without.filter(({ kind }) => kind.startsWith('Role'))).toEqual([])
    expect(podsIn(kubernetes)).toMatchObject([{ automountServiceAccountToken: true }])
    const rights = kubernetes
      .filter(({ kind }) => kind === 'Role')
      .map(({ metadata, rules }) => ({ namespace: metadata.namespace, rules }))
    const right = (name: string, verbs: readonly string[]) => ({
      namespace: name.replace('-role', ''),
      rules: [{ apiGroups: [''], resources: ['secrets'], resourceNames: [name], verbs }],
    })
    expect(rights).toEqual([right('latchkey-vault-role', ['get', 'patch']), right('billing-role', ['get'])])
    for (const { subjects } of kubernetes.filter(({ kind }) => kind === 'RoleBinding')) {
      expect(subjects).toEqual([{ kind: 'ServiceAccount', name: 'latchkey', namespace: 'latchkey' }])
    }
  })

  test('has a token for each audience of a vault, which the configuration names', async () => {
    const all = await objects('kubernetes-login')
    expect(podsIn(all)).toMatchObject([
      {
        volumes: expect.arrayContaining([
          expect.objectContaining({ name: 'vault-tokens', projected: expect.anything() }),
        ]),
      },
    ])
    const printed = JSON.stringify(podsIn(all))
    expect(printed).toContain('{"path":"token","audience":"openbao","expirationSeconds":3600}')
    expect(printed).toContain('{"path":"billing","audience":"https://billing.example.com","expirationSeconds":3600}')
    expect(JSON.stringify(one(all, 'ConfigMap', 'latchkey-config').data)).toContain('audience: openbao')
  })
})

describe('the way from outside', () => {
  /** The table of manifests/README.md, without final stars. */
  const allowed = [...text('manifests/README.md').matchAll(/^\| ((?:`\/[^`]+`(?:, )?)+) \|/gm)]
    .flatMap(([, cell = '']) => cell.split(', '))
    .map((path) => path.replaceAll('`', '').replace(/\/\*$/, ''))
  const paths = (spec: unknown) =>
    [...JSON.stringify(spec).matchAll(/"(?:path|value)":"(\/[^"]*)"/g)].map(([, path]) => path)

  test('leads exactly where the proxy may lead, by Ingress and by Gateway', async () => {
    const [ingress, route] = await Promise.all([objects('ingress'), objects('gateway')])
    const open = paths(one(ingress, 'Ingress').spec)
    expect(new Set(open)).toEqual(new Set(allowed))
    expect(paths(one(route, 'HTTPRoute').spec)).toEqual(open)
    expect(one(ingress, 'Ingress').spec).toMatchObject({ rules: [{ host: 'latchkey.example.com' }] })
    expect(one(route, 'HTTPRoute').spec).toMatchObject({ hostnames: ['latchkey.example.com'] })
  })

  test('leads only to what is used', async () => {
    const open = paths(one(await objects('teams', { ingress: { enabled: true } }), 'Ingress').spec)
    expect(open).toEqual(['/fetch', '/request', '/api/v1', '/teams/messages'])
  })

  test('and the monitoring are there only with their API, or forced', async () => {
    const forced = {
      metrics: { enabled: true },
      ...Object.fromEntries(['serviceMonitor', 'prometheusRule'].map((name) => [name, { enabled: true, force: true }])),
    }
    const kinds = (all: readonly KubernetesObject[]) => all.map(({ kind }) => kind)
    expect(kinds(await objects('gateway', {}, []))).not.toContain('HTTPRoute')
    expect(kinds(await objects('service-monitor', {}, []))).not.toContain('ServiceMonitor')
    expect(kinds(await objects('minimal', forced, []))).toEqual(
      expect.arrayContaining(['ServiceMonitor', 'PrometheusRule']),
    )
  })
})

test('there is an alarm for what the page about metrics calls worth one, and each asks for a metric that exists', async () => {
  const registry = new Registry()
  newInstruments(registry)
  const known = (await registry.getMetricsAsJSON()).map(({ name }) => name)
  const rules = JSON.stringify(one(await objects('service-monitor'), 'PrometheusRule').spec)
  const asked = new Set([...rules.matchAll(/latchkey_[a-z_]+/g)].map(([name]) => name))
  const [worth = ''] = /Worth an alarm:[^.]*\./.exec(text('src/observe/README.md')) ?? []
  const named = [...worth.matchAll(/latchkey_[a-z_]+/g)].map(([name]) => name)
  expect(named.length).toBeGreaterThan(3)
  expect(named.filter((name) => !asked.has(name))).toEqual([])
  expect([...asked].filter((name) => !known.includes(name))).toEqual([])
})
