import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { openPostgresStore } from '../../src/store/postgres/store.ts'
import { usePostgres } from '../support/postgres-databases.ts'
import { fill } from './store-postgres-many.ts'
import { callEveryVerb } from './store-tour.ts'

const databases = usePostgres()
/** A table with fewer rows may be read as a whole. */
const many = 5_000

/** What may walk a large table, and where. */
const walked: readonly (readonly [RegExp, string])[] = [
  // A word in most paths is found so at once, where the first part of a catalogue held too few.
  [/WITH near AS MATERIALIZED/, 'resource_texts'],
  // Another key of the owner tags: all resources of an integration change.
  [/SET owner_tag = NULL/, 'resources'],
  // Pruning deletes what it reads.
  [/^DELETE FROM latchkey/, ''],
]

type Step = {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string | undefined
  readonly Plans?: readonly Step[] | undefined
}
const step: z.ZodType<Step> = z.lazy(() =>
  z.object({ 'Node Type': z.string(), 'Relation Name': z.string().optional(), Plans: z.array(step).optional() }),
)
const explained = z.tuple([z.object({ 'QUERY PLAN': z.tuple([z.object({ Plan: step })]) })])
const asked = z.union([z.string(), z.object({ text: z.string() }).transform(({ text }) => text)])

/** Notes the statements of all clients, each with its last values. */
const remember = (): ReadonlyMap<string, readonly unknown[]> => {
  const seen = new Map<string, readonly unknown[]>()
  const { query } = pg.Client.prototype
  Object.assign(pg.Client.prototype, {
    query(this: pg.Client, ...given: readonly unknown[]): unknown {
      const text = asked.safeParse(given[0])
      if (text.success) seen.set(text.data, Array.isArray(given[1]) ? given[1] : [])
      return Reflect.apply(query, this, given)
    },
  })
  return seen
}

const scanned = (plan: Step): readonly string[] => [
  ...(plan['Node Type'] === 'Seq Scan' ? [plan['Relation Name'] ?? ''] : []),
  ...(plan.Plans ?? []).flatMap(scanned),
]

test('no statement walks a table that grows with the years', { timeout: 300_000 }, async () => {
  const database = await databases.fresh()
  const client = await databases.server().connect(undefined, database.name)
  const store = await openPostgresStore({ config: database.server, newId: randomUUID })
  await fill(client, store)
  const large = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'latchkey'::regnamespace AND reltuples > ${many}`,
  )
  expect(large.rows.length).toBeGreaterThan(10)
  const seen = remember()
  await callEveryVerb(store)
  const statements = [...seen].filter(([text]) => /^\s*(select|insert|update|delete|with)/i.test(text))
  expect(statements.length).toBeGreaterThan(100)
  const walks: { readonly text: string; readonly tables: readonly string[] }[] = []
  for (const [text, values] of statements) {
    const plan = await client.query(`EXPLAIN (FORMAT JSON) ${text}`, [...values])
    const tables = scanned(explained.parse(plan.rows)[0]['QUERY PLAN'][0].Plan)
    const isOnPurpose = (table: string) => walked.some(([ok, of]) => ok.test(text) && table.startsWith(of))
    const tooLarge = tables.filter((table) => large.rows.some(({ name }) => name === table) && !isOnPurpose(table))
    if (tooLarge.length > 0) walks.push({ text, tables: tooLarge })
  }
  expect(walks).toEqual([])
  await store.close()
  await client.end()
})
