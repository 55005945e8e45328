import { expect, test } from 'vitest'
import { databaseFindings } from '../../src/cli/doctor/database.ts'
import { journalFindings } from '../../src/cli/doctor/journal.ts'
import { serverFindings } from '../../src/cli/doctor/postgres.ts'
import { placeOf } from '../../src/store/address.ts'
import { postgresAddress } from '../../src/store/postgres-address.ts'
import { startPgBouncer } from '../support/pgbouncer.ts'
import { usePostgres } from '../support/postgres-databases.ts'

const databases = usePostgres()
const named = async (finding: string, place: Parameters<typeof serverFindings>[0]) =>
  (await serverFindings(place)).find(({ what }) => what === finding)

test('doctor describes the server: version, way, clock, commits', async () => {
  const { name } = await databases.fresh()
  const place = placeOf(databases.server().url(databases.roles.server, name))
  expect((await databaseFindings(place))[0]).toMatchObject({ state: 'ok', found: expect.stringContaining('is whole') })
  const findings = await serverFindings(place)
  expect(findings.map(({ what, state }) => [what, state])).toEqual([
    ['database server', 'ok'],
    ['database news', 'ok'],
    ['database clock', 'ok'],
    ['database commits', 'ok'],
    ['database standby', 'optional'],
  ])
  expect(findings[0]?.found).toMatch(/^PostgreSQL \d+.* on this machine without TLS$/)
  await databases.server().run(`ALTER DATABASE ${name} SET synchronous_commit = off`)
  expect(await named('database commits', place)).toMatchObject({ state: 'missing' })
})

test('behind PgBouncer in transaction mode, doctor says that news take a second, and what brings them at once', async () => {
  const { name } = await databases.fresh()
  const { server: role } = databases.roles
  const bouncer = await startPgBouncer(databases.server(), [role])
  try {
    const server = postgresAddress(bouncer.url(role, name))
    expect(await named('database news', { server })).toMatchObject({
      state: 'optional',
      remedy: 'set DATABASE_DIRECT_URL to an address past the pooler',
    })
    const direct = postgresAddress(databases.server().url(role, name))
    const found = await named('database news', { server, direct })
    expect(found).toMatchObject({ state: 'ok', found: expect.stringContaining('by the direct address') })
  } finally {
    await bouncer.stop()
  }
})

test('doctor says why no server can start: no tables, no rights, a role that may do too much', async () => {
  const { name } = await databases.empty()
  const found = async (login = databases.roles.server) =>
    (await databaseFindings(placeOf(databases.server().url(login, name))))[0]
  expect(await found()).toMatchObject({
    state: 'missing',
    remedy: expect.stringContaining('latchkey database migrate'),
  })
  const { name: whole } = await databases.fresh()
  const asOwner = placeOf(databases.server().url(databases.roles.owner, whole))
  expect((await databaseFindings(asOwner))[0]).toMatchObject({
    state: 'missing',
    remedy: expect.stringContaining('may change or empty the audit log'),
  })
})

test('doctor wants no other disk for the journal, which is never beside PostgreSQL', async () => {
  const { name } = await databases.fresh()
  const server = postgresAddress(databases.server().url(databases.roles.server, name))
  const found = await journalFindings('/nowhere/latchkey.names', { server, folder: '/nowhere' }, 0)
  expect(found.map(({ state }) => state)).toEqual(['ok'])
})
