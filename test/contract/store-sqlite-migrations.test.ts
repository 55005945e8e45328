import { createHash } from 'node:crypto'
import { appendFileSync, cpSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { channels } from '../../src/store/sqlite/channels.ts'
import { configuration } from '../../src/store/sqlite/configuration.ts'
import { controlGroups } from '../../src/store/sqlite/control-groups.ts'
import { conversations } from '../../src/store/sqlite/conversations.ts'
import { getTableConfig } from '../../src/store/sqlite/drizzle.ts'
import { homes, welcomed } from '../../src/store/sqlite/homes.ts'
import { submissions } from '../../src/store/sqlite/idempotency.ts'
import { introductions } from '../../src/store/sqlite/introductions.ts'
import { holders, leases } from '../../src/store/sqlite/leases.ts'
import { namedPeople } from '../../src/store/sqlite/named-people.ts'
import { connectorInvitations, remoteConnectors } from '../../src/store/sqlite/remote-connectors.ts'
import * as schema from '../../src/store/sqlite/schema.ts'
import * as receiptSchema from '../../src/store/sqlite/schema-receipts.ts'
import { rotations } from '../../src/store/sqlite/schema-rotations.ts'
import * as sessionSchema from '../../src/store/sqlite/schema-sessions.ts'
import { wrappings } from '../../src/store/sqlite/schema-wrappings.ts'
import { stuckLeases } from '../../src/store/sqlite/stuck-leases.ts'
import * as sample from './store-samples.ts'
import { useFolder } from './store-sqlite-raw.ts'

const shipped = join(import.meta.dirname, '../../migrations')
const first = '0001-first-tables.sql'

describe('migrations', () => {
  const { at, store, read } = useFolder()

  /** A copy of the shipped ones, to be tampered with. */
  const ownMigrations = (): string => {
    cpSync(shipped, at('migrations'), { recursive: true })
    return at('migrations')
  }
  const files = readdirSync(shipped)
    .filter((name) => name.endsWith('.sql'))
    .sort()
  const next = String(files.length + 1).padStart(4, '0')
  const add = (folder: string, sql: string) => writeFileSync(join(folder, `${next}-more.sql`), sql)

  test('are applied once, in order, and recorded with the hash of their text', async () => {
    await (await store()).close()
    await (await store()).close()
    const recorded = files.map((name) => ({
      name,
      hash: createHash('sha256')
        .update(readFileSync(join(shipped, name)))
        .digest('hex'),
    }))
    expect(read('SELECT name, hash FROM migrations ORDER BY number')).toEqual(recorded)
  })

  test('that come later leave what is stored as it is', async () => {
    const old = await store()
    const { request } = await sample.activated(old)
    await old.close()
    const folder = ownMigrations()
    add(folder, 'ALTER TABLE requests ADD COLUMN ticket TEXT;')
    const upgraded = await store(folder)
    expect((await upgraded.request(request.id))?.request).toEqual(request)
  })

  test('that were changed after they had been applied are refused', async () => {
    const folder = ownMigrations()
    await (await store(folder)).close()
    appendFileSync(join(folder, first), '-- a harmless remark\n')
    await expect(store(folder)).rejects.toThrow(`The migration ${first} was changed after it had been applied`)
  })

  test('of a newer version are refused', async () => {
    const folder = ownMigrations()
    add(folder, 'CREATE TABLE later (id TEXT) STRICT;')
    await (await store(folder)).close()
    await expect(store()).rejects.toThrow(
      `written by a newer Latchkey: this one does not know its migration ${next}-more.sql`,
    )
  })

  test('that fail half-way leave nothing behind', async () => {
    const folder = ownMigrations()
    add(folder, 'CREATE TABLE later (id TEXT) STRICT; INSERT INTO nowhere VALUES (1);')
    await expect(store(folder)).rejects.toThrow('nowhere')
    expect(read("SELECT name FROM sqlite_schema WHERE name = 'later'")).toEqual([])
    expect(read('SELECT name FROM migrations')).toHaveLength(files.length)
    await store()
  })

  test('that break a foreign key are refused', async () => {
    const old = await store()
    await sample.activated(old)
    await old.close()
    const folder = ownMigrations()
    add(folder, "UPDATE decisions SET request = 'nowhere';")
    await expect(store(folder)).rejects.toThrow('breaks foreign keys')
  })

  test('must be numbered without gaps', async () => {
    const folder = ownMigrations()
    renameSync(join(folder, first), join(folder, '0003-first.sql'))
    await expect(store(folder)).rejects.toThrow('numbered')
  })

  test('make strict tables, with the very columns that the queries know', async () => {
    await store()
    const tables = z
      .array(z.object({ name: z.string(), strict: z.int() }))
      .parse(
        read(
          "SELECT name, strict FROM pragma_table_list WHERE type = 'table' AND schema = 'main' AND name NOT LIKE 'sqlite_%'",
        ),
      )
    expect(tables.filter(({ strict }) => strict !== 1)).toEqual([])
    const known = [
      ...Object.values(schema),
      ...Object.values(receiptSchema),
      rotations,
      ...Object.values(sessionSchema),
      channels,
      configuration,
      connectorInvitations,
      conversations,
      holders,
      homes,
      introductions,
      leases,
      namedPeople,
      controlGroups,
      remoteConnectors,
      stuckLeases,
      submissions,
      welcomed,
      wrappings,
    ].map((table) => {
      const { name, columns } = getTableConfig(table)
      return {
        name,
        columns: columns.map((column) => ({ name: snakeCase(column.name), notnull: Number(column.notNull) })),
      }
    })
    const tidy = <T extends { name: string }>(list: readonly T[]) =>
      [...list].sort((one, other) => (one.name < other.name ? -1 : 1))
    for (const { name, columns } of known) {
      expect(tidy(columnsOf(name))).toEqual(tidy(columns))
    }
    expect(tidy(tables).map(({ name }) => name)).toEqual(
      tidy([...known, { name: 'migrations' }]).map(({ name }) => name),
    )
  })

  /** Without generated columns, which nobody reads. */
  const columnsOf = (table: string) =>
    z
      .array(z.object({ name: z.string(), notnull: z.int(), pk: z.int() }))
      .parse(read(`SELECT name, "notnull", pk FROM pragma_table_info('${table}')`))
      .map(({ name, notnull, pk }) => ({ name, notnull: Math.max(notnull, Math.min(pk, 1)) }))
})

const snakeCase = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
