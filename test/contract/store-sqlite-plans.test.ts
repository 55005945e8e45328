import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { withDrizzle } from '../../src/store/sqlite/connection.ts'
import { migrate } from '../../src/store/sqlite/migrate.ts'
import { storeOver } from '../../src/store/sqlite/store.ts'
import { writeGate } from '../../src/store/sqlite/write-gate.ts'
import * as sample from './store-samples.ts'
import { callEveryVerb } from './store-tour.ts'

const { at } = sample
const steps = z.array(z.object({ detail: z.string() }))

/** Small by nature, or walked on purpose: a pass of discovery, the start of the process. */
const walked = [
  /^SCAN (audit_head|instance|outages|passes|card_marks|json_each|CONSTANT ROW|\d+ CONSTANT ROWS?|\(subquery-\d+\))/,
  /^SCAN accounts/,
  /^SCAN pragma_data_version/,
  /^SCAN matches VIRTUAL TABLE INDEX \d+:M/,
  /^SCAN resource_(parts|words) VIRTUAL TABLE INDEX \d+:M/,
  // These hold what is open, live or out of date, and nothing else.
  /^SCAN open_items USING COVERING INDEX open_items_of_request$/,
  /^SCAN (grants USING INDEX grants_due|cards USING INDEX cards_(out_of_date|refused)|requests USING INDEX requests_by_deadline)$/,
  // The words of one first letter; and at most fifty requests of one person.
  /^SCAN resource_terms VIRTUAL TABLE INDEX \d+:/,
  /^SCAN (newest|asked|item VIRTUAL TABLE INDEX 1:)$/,
  // At most two thousand rows of one name.
  /^SCAN named$/,
  // Opened within the last hour.
  /^SCAN homes$/,
  // As many rows as processes, as kinds of work, and as vaults.
  /^SCAN (holders|leases|audit_watches)$/,
  // Holds what waits to be shown.
  /^SCAN receipt_news USING (COVERING )?INDEX receipt_news_due$/,
  // Holds claimed grants alone.
  /^SCAN grants USING INDEX grants_claimed$/,
]

test('no query walks a table that grows with the years', async () => {
  const seen = new Set<string>()
  const connection = new Database(':memory:', { verbose: (statement) => seen.add(String(statement)) })
  connection.pragma('foreign_keys = ON')
  migrate(connection, join(import.meta.dirname, '../../migrations'), () => at(0))
  seen.clear()
  const queries = withDrizzle(connection)
  const store = storeOver(queries, writeGate(queries), { newId: randomUUID, close: () => connection.close() })

  await callEveryVerb(store)

  const plans = [...seen]
    .filter((statement) => /^\s*(select|insert|update|delete|with)/i.test(statement))
    .map((statement) => {
      const plan = steps.parse(connection.prepare(`EXPLAIN QUERY PLAN ${statement}`).all())
      return { statement, plan: plan.map(({ detail }) => detail) }
    })
  expect(plans.length).toBeGreaterThan(40)
  const walks = plans.filter(({ plan }) =>
    plan.some((step) => step.startsWith('SCAN') && !walked.some((ok) => ok.test(step))),
  )
  expect(walks).toEqual([])
  const ofPerson = plans.filter(
    ({ statement }) => statement.includes('"requests"."requester" = ') && statement.startsWith('select'),
  )
  expect(ofPerson.length).toBeGreaterThan(1)
  for (const { plan } of ofPerson) {
    expect(plan.join('\n')).toContain('requests_of_person (requester=? AND is_open=?')
    expect(plan.join('\n')).not.toContain('FOR ORDER BY')
  }
  await store.close()
})

test('a mistyped search costs a bounded number of searches, however many parts and signs were typed', async () => {
  let statements = 0
  const connection = new Database(':memory:', { verbose: () => void statements++ })
  migrate(connection, join(import.meta.dirname, '../../migrations'), () => at(0))
  const queries = withDrizzle(connection)
  const store = storeOver(queries, writeGate(queries), { newId: randomUUID, close: () => connection.close() })
  const part = (number: number) => `part${String.fromCharCode(97 + (number % 26), 97 + number / 26)}`
  const names = Array.from({ length: 400 }, (_, number) => part(number))
  const pass = await store.openPass(sample.vault.id, { now: at(0), since: at(0), ownerKey: 'owner', roots: ['kv/'] })
  const found = names.map((name) => ({ type: 'secret', path: `kv/${name}`, permissions: ['read'] }))
  await store.saveLooks(pass, [{ folder: 'kv/', found, folders: [] }], at(0))
  const all = names.slice(0, 50).join('-')
  const words = [0, 1, 2, 3, 4].map((word) => all.slice(word * 99, word * 99 + 99))
  statements = 0
  await store.findSimilar([sample.vault.id], words.join(' '), 20)
  // Five look-ups of parts, one of the known words, and five meanings.
  expect(statements).toBeLessThanOrEqual(11)
  await store.close()
})
