import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serverFindings } from '../../src/cli/doctor/postgres.ts'
import { placeOf } from '../../src/store/address.ts'
import { storeAt } from '../../src/store/index.ts'
import { newAuthority } from '../support/certificates.ts'
import { eventually } from '../support/eventually.ts'
import { usePostgres } from '../support/postgres-databases.ts'
import { userOfServer } from '../support/postgres-process.ts'

const databases = usePostgres()
const folder = mkdtempSync(join(tmpdir(), 'postgres-tls-'))
const authority = newAuthority(join(folder, 'ours'))
const other = newAuthority(join(folder, 'other'), 'Another')
let name: string

/** PostgreSQL reads certificates again at a reload. */
const serveWith = async (...names: readonly string[]): Promise<void> => {
  const server = databases.server()
  const [row] = await server.run('SHOW data_directory')
  const user = await userOfServer()
  for (const [what, text] of Object.entries(authority.issue(...names))) {
    const file = join(String(row?.data_directory), `server.${what}`)
    writeFileSync(file, text, { mode: 0o600 })
    if (user) chownSync(file, user.uid, user.gid)
  }
  for (const [key, value] of [
    ['ssl_cert_file', 'server.cert'],
    ['ssl_key_file', 'server.key'],
    ['ssl', 'on'],
  ])
    await server.run(`ALTER SYSTEM SET ${key} = '${value}'`)
  await server.run('SELECT pg_reload_conf()')
}

beforeAll(async () => {
  name = (await databases.fresh()).name
})
afterAll(() => rmSync(folder, { recursive: true }))

const proved = (host: string, caFile: string) =>
  placeOf(
    `${databases.server().url(databases.roles.server, name).replace('127.0.0.1', host)}?sslmode=verify-full&sslrootcert=${caFile}`,
  )
const troubleAt = (host: string, caFile: string): Promise<string> =>
  storeAt(proved(host, caFile))
    .state()
    .then(
      () => 'it is there',
      (error: Error) => error.message,
    )

/** A reload reaches new connections a moment later. */
const untilSaid = (host: string, sentence: string) =>
  eventually(async () => (await troubleAt(host, authority.caFile)).includes(sentence), { about: () => sentence })

test('a server without TLS is refused where TLS was asked for', async () => {
  expect(await troubleAt('127.0.0.1', authority.caFile)).toContain('it has no TLS')
})

test('a server is known by its name and its authority, and by nothing less', async () => {
  await serveWith('DNS:localhost', 'IP:127.0.0.1')
  await untilSaid('localhost', 'it is there')
  expect(await troubleAt('127.0.0.1', authority.caFile)).toBe('it is there')
  expect(await troubleAt('127.0.0.1', other.caFile)).toContain('this machine does not trust')
  expect((await serverFindings(proved('localhost', authority.caFile)))[0]?.found).toContain('with TLS')
  await serveWith('DNS:db.example.com')
  for (const host of ['localhost', '127.0.0.1']) await untilSaid(host, 'its certificate is for another name')
})
