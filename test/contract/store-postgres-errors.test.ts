import { randomUUID } from 'node:crypto'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Store } from '../../src/ports.ts'
import { openConnection } from '../../src/store/postgres/connection.ts'
import { sql } from '../../src/store/postgres/drizzle.ts'
import { readerOver } from '../../src/store/postgres/reading.ts'
import { openPostgresStore } from '../../src/store/postgres/store.ts'
import { type PostgresDatabase, usePostgres } from '../support/postgres-databases.ts'
import * as sample from './store-samples.ts'

const { at } = sample
const databases = usePostgres()
const hash = 'hash-of-a-secret'

/** All that a log could write of an error. */
const textOf = async (failing: Promise<unknown>): Promise<string> => {
  const error: unknown = await failing.then(
    () => 'did not fail',
    (thrown: unknown) => thrown,
  )
  return inspect(error, { depth: 9, showHidden: true })
}

describe('an error of PostgreSQL', () => {
  let database: PostgresDatabase
  let store: Store
  beforeEach(async () => {
    database = await databases.fresh()
    store = await openPostgresStore({ config: database.server, newId: randomUUID })
  })
  afterEach(() => store.close())

  const takeAway = async (table: string) => {
    const administrator = await databases.server().connect(undefined, database.name)
    await administrator.query(`REVOKE SELECT ON latchkey.${table} FROM latchkey_server`)
    await administrator.end()
  }

  test('names the broken rule and its code, and no value of the refused row', async () => {
    const active = await sample.activated(store)
    const link = sample.link(active, hash, at(30))
    await store.openLink(link, [])
    const text = await textOf(store.openLink(link, []))
    expect(text).toMatch(/PostgreSQL refused a statement: .*unique constraint .*\(23505\)/)
    expect(text).not.toContain(hash)
  })

  test('of a read names the lacking right, and nothing that was asked for', async () => {
    await takeAway('fetch_links')
    const text = await textOf(store.link({ hash }))
    expect(text).toMatch('permission denied for table fetch_links (42501)')
    expect(text).not.toContain(hash)
  })

  test('of a read beside the servers says as little', async () => {
    await takeAway('requests')
    const reader = readerOver(openConnection(database.server))
    const text = await textOf(reader.requests({ id: hash, limit: 5 }))
    await reader.close()
    expect(text).toMatch('permission denied for table requests (42501)')
    expect(text).not.toContain(hash)
  })

  test('about the form of a value does not quote it', async () => {
    const connection = openConnection(database.server)
    const text = await textOf(connection.atomically((within) => within.execute(sql`SELECT ${hash}::bigint`)))
    await connection.close()
    expect(text).toMatch('a value has a wrong form or size (22P02)')
    expect(text).not.toContain(hash)
  })
})
