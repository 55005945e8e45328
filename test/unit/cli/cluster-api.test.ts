import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clusterApi } from '../../../src/cli/cluster/api.ts'
import { type KubernetesApi, kubernetesApi } from '../../support/kubernetes-api.ts'

let folder: string
let cluster: KubernetesApi
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-cluster-'))
  cluster = await kubernetesApi(folder)
  cluster.addAccount('vaults', 'keys')
})
afterAll(async () => {
  await cluster.stop()
  await rm(folder, { recursive: true })
})

test('the Job creates a Secret once, reads it, and adds to it, as its own account may', async () => {
  const { env, accountFolder } = await cluster.podOf('vaults', 'keys')
  const api = clusterApi(env, accountFolder)
  const secrets = '/api/v1/namespaces/vaults/secrets'
  const made = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'vault-role' }, stringData: { role_id: 'one' } }
  await expect(api.create(secrets, made)).rejects.toThrow(
    /refused POST .* cannot create .*the chart’s Role for its Job/,
  )
  cluster.allow(...['create', 'get', 'patch'].map((verb) => `vaults/keys ${verb} secrets/vaults/vault-role`))
  expect(await api.read(`${secrets}/vault-role`)).toBeUndefined()
  expect(await api.create(secrets, made)).toBe(true)
  expect(await api.create(secrets, { ...made, stringData: { role_id: 'two' } })).toBe(false)
  expect(cluster.secretAt('vaults/vault-role')).toEqual({ role_id: 'one' })
  await api.merge(`${secrets}/vault-role`, { metadata: {}, data: { more: Buffer.from('x').toString('base64') } })
  expect(cluster.secretAt('vaults/vault-role')).toEqual({ role_id: 'one', more: 'x' })
})

test('outside of a pod it says that it works in a pod only', async () => {
  await expect(clusterApi({}).read('/api')).rejects.toThrow('no pod of a cluster')
})
