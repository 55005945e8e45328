import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer, request } from 'node:https'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { certificateFor } from '../../../src/cli/cluster/certificate.ts'
import { identifier, time } from '../../../src/cli/cluster/der.ts'

const names = ['vault', '*.vault-internal.shop', 'vault.shop.svc.cluster.local', '127.0.0.1'] as const

/** Whether a client that trusts this authority alone accepts the certificate under a name. */
const accepts = async (made: { certificate: string; key: string; authority: string }, servername: string) => {
  const server = createServer({ cert: made.certificate, key: made.key }, (_, answer) => answer.end('here'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = z.object({ port: z.number() }).parse(server.address())
  try {
    return await new Promise<string>((resolve) => {
      const sent = request({ host: '127.0.0.1', port, servername, ca: made.authority, agent: false }, () =>
        resolve('yes'),
      )
      sent.on('error', (error) => resolve('code' in error ? String(error.code) : error.message))
      sent.end()
    })
  } finally {
    server.close()
  }
}

test('a made certificate is accepted under each of its names, and under no other, by who trusts its authority', async () => {
  const made = certificateFor([...names])
  expect(await accepts(made, 'vault')).toBe('yes')
  expect(await accepts(made, 'vault-1.vault-internal.shop')).toBe('yes')
  expect(await accepts(made, 'vault.shop.svc.cluster.local')).toBe('yes')
  expect(await accepts(made, 'vault.other.svc.cluster.local')).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
  const stranger = certificateFor(['vault'])
  expect(await accepts({ ...made, authority: stranger.authority }, 'vault')).not.toBe('yes')
  const read = new X509Certificate(made.certificate)
  expect(read.ca).toBe(false)
  expect(read.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
  expect(read.subjectAltName).toContain('IP Address:127.0.0.1')
  expect(read.checkPrivateKey(createPrivateKey(made.key))).toBe(true)
  expect(new X509Certificate(made.authority).ca).toBe(true)
  expect(() => certificateFor(['vault', '::1'])).toThrow('IPv4')
})

test('a given authority signs, and one that cannot is refused', async () => {
  const made = certificateFor(['first'])
  expect(() => certificateFor(['vault'], made)).toThrow('no CA')
  const own = certificateFor(['ca'])
  const other = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey
  const key = other.export({ type: 'pkcs8', format: 'pem' }).toString()
  expect(() => certificateFor(['vault'], { certificate: own.authority, key })).toThrow('another certificate')
})

test('a certificate never outlives its authority, and its dates and identifiers are encoded as the standard demands', () => {
  const made = certificateFor(['vault'], undefined, new Date('2026-01-01T00:00:00Z'))
  expect(new X509Certificate(made.certificate).validTo).toBe(new X509Certificate(made.authority).validTo)
  expect(time(new Date('2049-12-31T23:59:59Z')).toString('latin1').slice(2)).toBe('491231235959Z')
  expect(time(new Date('2050-01-01T00:00:00Z')).toString('latin1').slice(2)).toBe('20500101000000Z')
  expect(identifier('1.2.840.113549.1.1.11').toString('hex')).toBe('06092a864886f70d01010b')
})
