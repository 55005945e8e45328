import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { one, podsIn } from '../support/chart-objects.ts'
import { chartFolder, objectsIn, render } from '../support/charts.ts'
import { customApis } from '../support/custom-resources.ts'

const chart = chartFolder('latchkey')
const tree = z.record(z.string(), z.unknown())
const values = tree.parse(parse(readFileSync(join(import.meta.dirname, 'latchkey/postgres.yaml'), 'utf8')))
const objects = async (changed: object = {}) =>
  objectsIn(await render({ chart, apis: customApis, values: { ...values, ...changed } }))

const named = z.looseObject({ name: z.string() })
const container = z.looseObject({
  name: z.string(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string() })),
  volumeMounts: z.array(named),
})
const pod = z.looseObject({
  containers: z.array(container),
  initContainers: z.array(container).optional(),
  affinity: z.looseObject({ podAntiAffinity: z.unknown() }),
})
const podOf = (all: Awaited<ReturnType<typeof objects>>) => pod.parse(podsIn(all)[0])
const set = z.looseObject({ replicas: z.number(), volumeClaimTemplates: z.array(z.looseObject({ metadata: named })) })

test('several pods run as a set, each with its own journal, on different nodes if there are some', async () => {
  const all = await objects()
  expect(all.filter(({ kind }) => ['Deployment', 'PersistentVolumeClaim'].includes(kind))).toEqual([])
  const { replicas, volumeClaimTemplates } = set.parse(one(all, 'StatefulSet').spec)
  expect([replicas, volumeClaimTemplates.map(({ metadata }) => metadata.name)]).toEqual([3, ['data', 'journal']])
  expect(podOf(all).affinity.podAntiAffinity).toBeDefined()
  expect(one(all, 'PodDisruptionBudget').spec).toMatchObject({ minAvailable: 1 })
})

test('only the step before the server sees the address of the owner', async () => {
  const { containers, initContainers } = podOf(await objects())
  const [migrate] = initContainers ?? []
  expect(migrate).toMatchObject({ name: 'migrate', command: ['latchkey', 'database', 'migrate'] })
  const mounted = ({ volumeMounts }: z.output<typeof container>) => volumeMounts.map(({ name }) => name)
  expect(migrate && mounted(migrate)).toContain('database-owner')
  for (const server of containers) {
    expect(mounted(server)).not.toContain('database-owner')
    expect(server.env.map(({ name }) => name)).toContain('DATABASE_DIRECT_URL_FILE')
    expect(server.env.map(({ name }) => name)).not.toContain('DATABASE_OWNER_URL_FILE')
  }
})

test('without that Secret somebody else migrates; a pod that only waits does not', async () => {
  expect(podOf(await objects({ postgres: { direct: true } })).initContainers).toBeUndefined()
  expect(podOf(await objects({ maintenance: true })).initContainers).toBeUndefined()
})

test('the network lets calls to the pooler and past it through', async () => {
  expect(JSON.stringify(one(await objects(), 'NetworkPolicy').spec)).toMatch(/"port":6432.*"port":5432/)
})

test('a remote connector has one pod', async () => {
  const [integration] = z.looseObject({ integrations: z.array(tree) }).parse(values.config).integrations
  const remote = { ...integration, vault: { internalUrl: 'https://vault.example.com:8200', credentials: 'remote' } }
  const config = { ...tree.parse(values.config), integrations: [remote] }
  await expect(objects({ config })).rejects.toThrow('a remote connector has a line to one pod')
})
