import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ExternalError } from '../../src/ports.ts'
import { type Connection, openConnection } from '../../src/store/postgres/connection.ts'
import { sql } from '../../src/store/postgres/drizzle.ts'
import { eventually } from '../support/eventually.ts'
import { type PostgresDatabase, usePostgres } from '../support/postgres-databases.ts'
import { startRelay } from '../support/relay.ts'

const databases = usePostgres()

describe('a connection to PostgreSQL', () => {
  let database: PostgresDatabase
  let connection: Connection
  let floated: unknown[]
  let told: (number | undefined)[]
  const note = (reason: unknown) => floated.push(reason)

  beforeEach(async () => {
    floated = []
    told = []
    process.on('unhandledRejection', note)
    database = await databases.clean()
    connection = openConnection(database.server, (since) => told.push(since))
  })
  afterEach(async () => {
    await connection.close()
    await delay(0)
    process.off('unhandledRejection', note)
    expect(floated).toEqual([])
  })

  const insert = (name: string) => sql`INSERT INTO latchkey.named_people (person) VALUES (${name})`
  const save = (name: string) => connection.atomically(async (within) => void (await within.execute(insert(name))))
  const people = async () => {
    const { rows } = await connection.gate.run(() =>
      connection.queries.execute<{ person: string }>(sql`SELECT person FROM latchkey.named_people ORDER BY person`),
    )
    return rows.map(({ person }) => person)
  }
  /** Ends every connection to the database, as its administrator can. */
  const endAll = () =>
    databases.server().run('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [database.name])
  const number = async (text: string): Promise<number> => Number((await databases.server().run(text))[0]?.count)

  test('that ends while nobody uses it is replaced', async () => {
    await save('ada')
    await endAll()
    await connection.gate.run(() => save('grace'))
    expect(await people()).toEqual(['ada', 'grace'])
  })

  test('that ends within a transaction undoes it, and the verb runs again', async () => {
    let tries = 0
    const verb = () =>
      connection.atomically(async (within) => {
        tries += 1
        await within.execute(insert(`try ${tries}`))
        if (tries === 1) await endAll()
        await within.execute(sql`SELECT 1`)
        return tries
      })
    expect(await connection.gate.run(verb)).toBe(2)
    expect(await people()).toEqual(['try 2'])
  })

  test('that ends between two statements of a transaction, side by side, floats no error', async () => {
    let tries = 0
    const verb = () =>
      connection.atomically(async (within) => {
        tries += 1
        if (tries === 1) await endAll()
        await Promise.all([
          within.execute(insert('ada')),
          within.execute(insert('grace')),
          within.execute(sql`SELECT 1`),
        ])
      })
    await connection.gate.run(verb)
    expect(await people()).toEqual(['ada', 'grace'])
  })

  test.each([1, 10])(
    '%i of which end during their commits are asked for what happened, and nothing is written twice or lost',
    async (count) => {
      // A deferred trigger makes each commit wait for a lock, so that its end comes in the middle.
      const holder = await databases.server().connect(undefined, database.name)
      await holder.query('BEGIN; SELECT FROM latchkey.audit_head FOR UPDATE')
      const names = Array.from({ length: count }, (_, each) => `person ${each}`)
      const tries = new Map(names.map((name) => [name, 0]))
      const verb = (name: string) =>
        connection.atomically(async (within) => {
          const tried = (tries.get(name) ?? 0) + 1
          tries.set(name, tried)
          await within.execute(insert(`${name}, try ${tried}`))
          await within.execute(
            sql`INSERT INTO latchkey.audit_waiting (at, kind, actor, detail, hashed) VALUES (1, 'x', '{}', '{}', '{')`,
          )
        })
      const writing = Promise.all(names.map((name) => connection.gate.run(() => verb(name))))
      const isWaiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query = 'COMMIT'"
      await eventually(async () => (await number(isWaiting)) === count)
      await databases.server().run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'COMMIT'")
      await holder.query('ROLLBACK')
      await holder.end()
      await writing
      expect(await people()).toEqual(names.map((name) => `${name}, try 2`))
    },
  )

  test('whose answer to a commit is lost waits until the server has written it, and answers once', async () => {
    const relay = await startRelay(databases.server().port)
    const address = String(database.server.connectionString).replace(`:${databases.server().port}/`, `:${relay.port}/`)
    const relayed = openConnection({ connectionString: address })
    const holder = await databases.server().connect(undefined, database.name)
    await holder.query('BEGIN; SELECT FROM latchkey.audit_head FOR UPDATE')
    let tries = 0
    const writing = relayed.atomically(async (within) => {
      tries += 1
      await within.execute(insert('ada'))
      await within.execute(
        sql`INSERT INTO latchkey.audit_waiting (at, kind, actor, detail, hashed) VALUES (1, 'x', '{}', '{}', '{')`,
      )
      return 'written'
    })
    const waiting = (query: string) =>
      `SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '${query}'`
    await eventually(async () => (await number(waiting('COMMIT'))) === 1)
    relay.cut()
    await eventually(async () => (await number(waiting('INSERT INTO latchkey.commits%'))) === 1)
    await holder.query('ROLLBACK')
    await holder.end()
    expect([await writing, tries, await people()]).toEqual(['written', 1, ['ada']])
    await relayed.close()
    await relay.stop()
  })

  test('waits while PostgreSQL is away, says so after a second, and goes on when it is back', async () => {
    await save('ada')
    await databases.server().goAway()
    const writing = connection.gate.run(() => save('grace'))
    const since = await eventually(() => told[0])
    expect(connection.gate.blockedSince()).toBe(since)
    await databases.server().comeBack()
    await writing
    expect(told).toEqual([since, undefined])
    expect(connection.gate.blockedSince()).toBeUndefined()
    expect(await people()).toEqual(['ada', 'grace'])
  })

  test('that is closed while PostgreSQL is away gives up at once, as a passing fault', async () => {
    const lost = openConnection({ ...database.server, connectionString: 'postgres://nobody@127.0.0.1:1/none' })
    const reading = lost.gate.run(() => lost.queries.execute(sql`SELECT 1`))
    const closing = eventually(() => lost.gate.blockedSince()).then(() => lost.close())
    const error = await reading.catch((failed: unknown) => failed)
    await closing
    expect(error).toBeInstanceOf(ExternalError)
    expect(error).toMatchObject({ code: 'database-away', transient: true })
  })

  test('serves many more verbs than it has connections', async () => {
    const names = Array.from({ length: 100 }, (_, each) => `person ${String(each).padStart(3, '0')}`)
    await Promise.all(names.map(save))
    expect(await people()).toEqual(names)
  })

  test('undoes a transaction whose failed statement was overlooked, and says so', async () => {
    const overlooking = connection.atomically(async (within) => {
      await within.execute(insert('ada'))
      await within.execute(sql`SELECT 1 / 0`).catch(() => {})
    })
    await expect(overlooking).rejects.toThrow('nothing was written')
    expect(await people()).toEqual([])
  })

  test('runs a transaction again that met a deadlock', async () => {
    await Promise.all(['ada', 'grace'].map(save))
    let tries = 0
    let touched = 0
    let bothWait = () => {}
    const both = new Promise<void>((resolve) => {
      bothWait = resolve
    })
    const touch = (name: string) => sql`UPDATE latchkey.named_people SET person = person WHERE person = ${name}`
    const crossing = (first: string, second: string) =>
      connection.atomically(async (within) => {
        tries += 1
        await within.execute(touch(first))
        touched += 1
        if (touched === 2) bothWait()
        await both
        await within.execute(touch(second))
      })
    await Promise.all([crossing('ada', 'grace'), crossing('grace', 'ada')])
    expect(tries).toBe(3)
  })

  test('lets the server end a transaction in which nothing happens, and does it again', async () => {
    let tries = 0
    const verb = () =>
      connection.atomically(async (within) => {
        tries += 1
        if (tries === 1) {
          await within.execute(sql`SET LOCAL idle_in_transaction_session_timeout = '50ms'`)
          const idle = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"
          await eventually(async () => (await number(idle)) === 0)
        }
        await within.execute(insert('ada'))
      })
    await connection.gate.run(verb)
    expect([tries, await people()]).toEqual([2, ['ada']])
  })

  test('means by a name what the schema says, whatever the path of the role', async () => {
    const { rows } = await connection.queries.execute(sql`SHOW search_path`)
    expect(rows).toEqual([{ search_path: 'pg_catalog' }])
  })
})
