import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { clientConfig } from '../../../src/store/postgres/client-config.ts'
import { postgresAddress } from '../../../src/store/postgres-address.ts'

const folder = mkdtempSync(join(tmpdir(), 'client-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('a connection on this machine has no TLS, whatever the environment says', () => {
  const settings = clientConfig(postgresAddress('postgres://latchkey:hunter2@localhost:6432/store'))
  expect(settings).toMatchObject({ host: 'localhost', port: 6432, database: 'store', user: 'latchkey', ssl: false })
  expect(JSON.stringify(settings)).not.toContain('hunter2')
})

test('a connection with TLS checks the server against the authority in the file', () => {
  const file = join(folder, 'ca.pem')
  writeFileSync(file, 'the authority')
  const address = `postgres://latchkey@db.example.com/store?sslmode=verify-full&sslrootcert=${file}`
  const { ssl } = clientConfig(postgresAddress(address))
  expect(ssl).toMatchObject({ rejectUnauthorized: true, ca: 'the authority' })
})
