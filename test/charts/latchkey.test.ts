import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { chatKinds } from '../../src/chat/index.ts'
import { readConfig } from '../../src/config/read.ts'
import { connectors } from '../../src/connectors/index.ts'
import { peopleIn } from '../../src/directory/people-file.ts'
import { storeFolder, storeName } from '../../src/store/address.ts'
import { one, podsIn, restrictedPod } from '../support/chart-objects.ts'
import { chartFolder, type Installation, kubernetesVersions, lint, objectsIn, render } from '../support/charts.ts'
import { customApis, customProblems, isCustom } from '../support/custom-resources.ts'
import { type KubernetesObject, schemaProblems } from '../support/kubernetes-validate.ts'

const folder = join(import.meta.dirname, 'latchkey')
const chart = chartFolder('latchkey')
const files = readdirSync(folder).map((file) => basename(file, '.yaml'))
const [, example = ''] =
  /```yaml\n(# values\.yaml\n[\s\S]*?)```/.exec(readFileSync(join(chart, 'README.md'), 'utf8')) ?? []
const given = new Map([
  ...files.map((name) => [name, readFileSync(join(folder, `${name}.yaml`), 'utf8')] as const),
  ['of the README', example],
])
const names = [...given.keys()]
const values = z.record(z.string(), z.unknown())
const installationOf = (name: string): Installation => ({
  chart,
  apis: customApis,
  values: values.parse(parse(given.get(name) ?? '')),
})
const printed = new Map<string, string>()
const objectsOf = (name: string, kubernetes: string = kubernetesVersions[1]): readonly KubernetesObject[] =>
  objectsIn(printed.get(`${name} ${kubernetes}`) ?? '')

const work = mkdtempSync(join(tmpdir(), 'chart-config-'))
afterAll(() => rmSync(work, { recursive: true }))
beforeAll(async () => {
  for (const name of names) {
    const runs = kubernetesVersions.map(async (kubernetes) => {
      printed.set(`${name} ${kubernetes}`, await render({ ...installationOf(name), kubernetes }))
    })
    await Promise.all(runs)
  }
})

test('there are ten files of values or more', () => expect(files.length).toBeGreaterThanOrEqual(10))

test('what the chart gives fits the schemas of the oldest and the newest Kubernetes', async () => {
  const all = kubernetesVersions.map((version) => [version, names.flatMap((name) => objectsOf(name, version))] as const)
  const own = all.map(([version, objects]) => [version, objects.filter((object) => !isCustom(object))] as const)
  expect(await schemaProblems(Object.fromEntries(own))).toEqual([])
  expect(customProblems(all.flatMap(([, objects]) => objects))).toEqual([])
  expect(new Set(all.flatMap(([, objects]) => objects.map(({ kind }) => kind)))).toEqual(
    new Set([
      ...['ConfigMap', 'Deployment', 'HTTPRoute', 'Ingress', 'NetworkPolicy', 'PersistentVolumeClaim', 'Secret'],
      ...[
        'PodDisruptionBudget',
        'PrometheusRule',
        'Role',
        'RoleBinding',
        'Service',
        'ServiceAccount',
        'ServiceMonitor',
        'StatefulSet',
      ],
    ]),
  )
})

describe.each(names)('the values %s', (name) => {
  test('satisfy helm lint, and give the same bytes again', async () => {
    expect(await lint(installationOf(name))).toContain('0 chart(s) failed')
    expect(await render(installationOf(name))).toBe(printed.get(`${name} ${kubernetesVersions[1]}`))
  })

  test('make one pod that Pod Security restricted admits, as user 1000', () => {
    const pods = podsIn(objectsOf(name)).map((pod) => restrictedPod.parse(pod))
    expect(pods).toEqual([expect.objectContaining({ securityContext: expect.objectContaining({ runAsUser: 1000 }) })])
  })

  test('make one object of each name, all with the labels of their release', () => {
    const own = objectsOf(name).filter(({ metadata }) => metadata.name !== 'beside')
    const ids = own.map(({ kind, metadata }) => `${kind} ${metadata.namespace} ${metadata.name}`)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { metadata } of own) {
      expect(metadata.labels).toMatchObject({
        'app.kubernetes.io/instance': 'latchkey',
        'app.kubernetes.io/managed-by': 'Helm',
      })
    }
  })

  test('give Latchkey a configuration that it accepts, and people that it can read', () => {
    const objects = objectsOf(name)
    const [config, people] = ['config', 'people'].map((what) => dataIn(objects, what))
    const file = join(work, 'latchkey.yaml')
    writeFileSync(file, config?.['latchkey.yaml'] ?? '')
    const read = readConfig({
      file,
      environment: {},
      chats: chatKinds,
      paramsOf: { vault: connectors.vault.params },
      secrets: 'ignored',
    })
    expect(read.listen).toEqual({ host: '0.0.0.0', port: 8080 })
    const named = name.startsWith('postgres')
      ? 'postgres://latchkey@db.example.com:6432/latchkey'
      : '/data/latchkey/latchkey.sqlite'
    expect(storeName(read.database)).toBe(named)
    expect(storeFolder(read.database)).toBe('/data/latchkey')
    expect(read.people).toBe('/etc/latchkey/people.yaml')
    if (people) expect(peopleIn(people['people.yaml'] ?? '', 'people.yaml', chatKinds)).toBeDefined()
  })
})

/** What is in one of the chart's ConfigMaps, whatever the release is called. */
const dataIn = (objects: readonly KubernetesObject[], what: string): Readonly<Record<string, string>> | undefined => {
  const found = objects.filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.endsWith(`-${what}`))
  if (found.length === 0) return undefined
  return z.record(z.string(), z.string()).parse(one(found, 'ConfigMap').data)
}
