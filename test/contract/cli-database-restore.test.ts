import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { seconds, timestamp } from '../../src/domain/time.ts'
import type { Store } from '../../src/ports.ts'
import { openReader, openStore } from '../../src/store/index.ts'
import { usePostgres } from '../support/postgres-databases.ts'
import { runClient } from '../support/psql.ts'
import { runCli } from '../support/run-cli.ts'
import * as sample from './store-samples.ts'

const databases = usePostgres()
let folder: string
let config: string
let name: string
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'database-restore-'))
  config = join(folder, 'latchkey.yaml')
  writeFileSync(config, 'dataFolder: files\n')
  name = (await databases.fresh()).name
  store = await openStore(url(name), { newId: randomUUID })
  await store.instance()
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const url = (database: string) => databases.server().url(databases.roles.server, database)
const latchkey = (...line: readonly string[]) =>
  runCli([...line, '-c', config], { environment: { DATABASE_URL: url(name) } })

/** What an administrator does with PostgreSQL's own tools. Returns the name of the restored database. */
const dumped = async (): Promise<{ restored(): Promise<string> }> => {
  const file = join(folder, 'latchkey.dump')
  const owner = (database: string) => databases.server().url(databases.roles.owner, database)
  await runClient('pg_dump', ['--format=custom', `--file=${file}`, `--dbname=${owner(name)}`])
  return {
    restored: async () => {
      const { name: copy } = await databases.empty()
      await runClient('pg_restore', ['--exit-on-error', `--dbname=${owner(copy)}`, file])
      return copy
    },
  }
}

describe('latchkey restore at PostgreSQL', () => {
  test('ends again what ended since the copy, and notes what was given since', async () => {
    const before = await sample.activated(store)
    const backup = await dumped()
    const asked = { kind: 'revoke-asked', because: 'revoked' } as const
    await sample.mustCommit(store, sample.after(before, asked, sample.at(40)))
    const since = await sample.activated(store, { by: sample.linus }, timestamp(Date.now()))
    await store.saveHandle(sample.grantOf(since).id, { ...sample.handled, policies: ['latchkey-since'] })
    await store.close()
    const copy = await backup.restored()

    const dry = await latchkey('restore', '--dry-run', copy)
    expect(dry).toMatchObject({ code: 0, out: expect.stringContaining('Live in the copy, ended since (1)') })
    expect(dry.out).toContain('Live now, unknown to the copy (1)')
    const done = await latchkey('restore', '--yes', copy)
    expect([done.code, done.err]).toEqual([0, ''])
    expect(done.out).toContain(`name ${copy} instead`)
    const reader = await openReader(url(copy))
    expect((await reader.request(before.request.id))?.grant?.state).toBe('revoking')
    expect((await reader.verify([])).firstBad).toBeUndefined()
    await reader.close()
    expect(readFileSync(join(folder, 'files/latchkey.names'), 'utf8')).toContain('latchkey-since')
  })

  test('waits until no process uses the database, and refuses what is none', async () => {
    await store.stayAlive(seconds(60))
    const running = await latchkey('restore', '--yes', name)
    expect(running).toMatchObject({ code: 1, err: expect.stringContaining('A Latchkey is running on') })
    const { name: empty } = await databases.empty()
    expect((await latchkey('restore', '--dry-run', empty)).err).toContain('There is no Latchkey')
    expect((await latchkey('restore', '--dry-run', 'postgres://other')).err).toContain('is no name of a database')
  })

  test('a copy is made with the tools of PostgreSQL, and the command says how', async () => {
    const { code, err } = await latchkey('backup', join(folder, 'copy'))
    expect([code, err]).toEqual([1, expect.stringMatching(/pg_dump --format=custom .*--host=127\.0\.0\.1 --port=\d+/)])
    expect(err).not.toContain(databases.roles.server.password)
  })
})
