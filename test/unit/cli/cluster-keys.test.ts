import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { z } from 'zod'
import type { ClusterApi } from '../../../src/cli/cluster/api.ts'
import { type KeysCommand, keysWith } from '../../../src/cli/cluster/keys.ts'
import { runCli } from '../../support/run-cli.ts'

const secret = z.object({
  metadata: z.object({ name: z.string() }),
  stringData: z.record(z.string(), z.string()).optional(),
  data: z.record(z.string(), z.string()).optional(),
})

/** A cluster's API as far as the command uses it: it creates what is missing, and keeps what exists. */
const cluster = () => {
  const objects = new Map<string, object>()
  const api: ClusterApi = {
    read: async (path) => objects.get(path),
    create: async (path, object) => {
      const { metadata, stringData } = secret.parse(object)
      const at = `${path}/${metadata.name}`
      if (objects.has(at)) return false
      const encoded = Object.entries(stringData ?? {}).map(([key, value]) => [
        key,
        Buffer.from(value).toString('base64'),
      ])
      objects.set(at, stringData ? { ...object, data: Object.fromEntries(encoded) } : object)
      return true
    },
    merge: async (path, fields) => void objects.set(path, { ...objects.get(path), ...fields }),
  }
  const at = (kind: string, name: string) => `/api/v1/namespaces/vaults/${kind}/${name}`
  const secretValue = (name: string, key: string): string => {
    const { data } = secret.parse(objects.get(at('secrets', name)))
    return Buffer.from(data?.[key] ?? '', 'base64').toString()
  }
  return { objects, api, at, secretValue }
}

const options: KeysCommand = {
  ...{ namespace: 'vaults', release: 'vault', claim: 'data-vault-0', internalUrl: 'https://vault.vaults.svc:8200' },
  ...{ seal: true, tls: true, certificate: 'made', dnsName: ['vault', 'localhost'] },
}

const said = () => {
  const lines: string[] = []
  return { lines, io: { say: (text = '') => void lines.push(text), note: (text: string) => void lines.push(text) } }
}

test('each key of a vault is made once: a second run, and one at the same instant, changes nothing', async () => {
  const { api, objects, secretValue, at } = cluster()
  await Promise.all([keysWith(options, api, said().io), keysWith(options, api, said().io)])
  const before = JSON.stringify([...objects])
  expect(Buffer.from(secretValue('vault-unseal', 'unseal-key'), 'base64')).toHaveLength(32)
  expect(objects.get(at('secrets', 'vault-unseal'))).toMatchObject({ immutable: true })
  expect(secretValue('vault-role', 'secret_id')).toMatch(/^[0-9a-f]{64}$/)
  expect(new X509Certificate(secretValue('vault-tls', 'tls.crt')).subjectAltName).toBe('DNS:vault, DNS:localhost')
  const { data } = z
    .object({ data: z.record(z.string(), z.string()) })
    .parse(objects.get(at('configmaps', 'vault-connection')))
  expect(data).toEqual({
    ...{ internalUrl: options.internalUrl, externalUrl: '', namespace: 'vaults', secretName: 'vault-role' },
    caCert: secretValue('vault-tls', 'ca.crt'),
  })
  const { lines, io } = said()
  await keysWith(options, api, io)
  expect(JSON.stringify([...objects])).toBe(before)
  expect(lines.every((line) => line.startsWith('= '))).toBe(true)
  expect(lines.join()).not.toContain(secretValue('vault-role', 'secret_id'))
})

test('where the data of a vault is, a lost seal key is never replaced, because the new one could not open it', async () => {
  const { api, objects, at } = cluster()
  objects.set(at('persistentvolumeclaims', 'data-vault-0'), {})
  await expect(keysWith(options, api, said().io)).rejects.toThrow(/data of a vault is here .*Put the saved Secret back/)
  expect(objects.size).toBe(1)
  const { lines, io } = said()
  await keysWith({ ...options, seal: false }, api, io)
  expect(lines.join()).toContain('Secret vault-role is missing')
  expect(objects.has(at('secrets', 'vault-role'))).toBe(false)
})

test('what a vault needs from its administrator is missed before the first start', async () => {
  const { api, objects, at } = cluster()
  const admin = keysWith({ ...options, adminKey: 'password' }, api, said().io)
  await expect(admin).rejects.toThrow('kubectl create secret generic vault-admin')
  await expect(keysWith({ ...options, certificate: 'given' }, api, said().io)).rejects.toThrow(
    'vault-tls lacks ca.crt, tls.crt, tls.key',
  )
  await expect(keysWith({ ...options, certificate: 'signed' }, api, said().io)).rejects.toThrow(
    'Secret vault-ca must hold',
  )
  expect([...objects.keys()].some((key) => key.endsWith('vault-tls'))).toBe(false)
  await keysWith({ ...options, tls: false }, api, said().io)
  expect(objects.get(at('configmaps', 'vault-connection'))).toMatchObject({ data: { caCert: '' } })
})

test('outside of a cluster the command says where it works', async () => {
  const line = ['cluster', 'keys', '--namespace', 'a', '--release', 'b', '--claim', 'c', '--internal-url', 'https://b']
  const { code, err } = await runCli(line)
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('no pod of a cluster') })
})
