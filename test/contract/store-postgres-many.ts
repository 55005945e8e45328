import type { Client } from 'pg'
import type { Store } from '../../src/ports.ts'
import * as sample from './store-samples.ts'

const { at } = sample
const own = "|| '-' || n"
const shared = "|| '-' || n % 500"

/** Which columns differ between copies of a row; of people there are fewer. */
const copied: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  requests: { id: own, draft: own, requester: shared },
  decisions: { request: own },
  grants: { id: own, request: own, person: shared },
  fetch_links: { id: own, grant_id: own, request: own, person: shared, hash: own },
  cards: { id: own, request: own },
  receipts: { grant_id: own },
  rotations: { grant_id: own, id: own },
  sessions: { id: own, access: own, refresh: own, person: shared },
}

/** What years leave: many copies of an ended access with all that belongs to it, and a large catalogue. */
export async function fill(client: Client, store: Store): Promise<void> {
  const ended = await sample.ended(store)
  const grant = sample.grantOf(ended).id
  const use = { grant, path: 'kv/data/apps/db', operation: 'read', outcome: 'allowed', at: at(40) } as const
  const watch = { integration: sample.vault.id, after: 0, now: at(50), position: '{}', readTo: at(49) }
  await store.noteUses({ ...watch, uses: [use], gaps: [], alarms: [] })
  const [read] = await store.rotationsOf(grant)
  if (read) await store.moveRotations({ rows: [{ ...read, state: 'ignored', turn: read.turn + 1 }] })
  await store.addCards([sample.card({ request: ended.request.id })])
  // The superuser's right: neither triggers nor foreign keys, which a copy of whole rows needs not.
  await client.query('SET session_replication_role = replica')
  for (const [table, changed] of Object.entries(copied)) await multiply(client, table, changed, 10_000)
  await client.query(`UPDATE latchkey.cards SET rendered = wanted`)
  await client.query(`DELETE FROM latchkey.audit_watches`)
  await client.query(`
    INSERT INTO latchkey.audit SELECT sequence + 1000000 + n * 100, at, kind, actor, integration, request, grant_id, detail, hash
    FROM latchkey.audit CROSS JOIN generate_series(1, 5000) AS n`)
  await client.query(`
    INSERT INTO latchkey.resources (id, integration, type, path, name, permissions, seen_at, is_gone, folder)
    SELECT n, CASE WHEN n % 20 = 0 THEN '${sample.otherVault.id}' ELSE '${sample.vault.id}' END, 'secret',
      'kv/team-' || n % 300 || '/' || kind || '/' || kind || '-' || n, kind || '-' || n, '["read"]', 0, false, 1000 + n % 4000
    FROM generate_series(1, 100000) AS n
    CROSS JOIN LATERAL (SELECT (ARRAY['orders', 'payments', 'mail', 'search', 'identity'])[1 + n % 5] AS kind) AS named`)
  await client.query(`
    INSERT INTO latchkey.resource_texts SELECT integration, number, '  ' || replace(replace(path, '/', '/ '), '-', '- ')
    FROM latchkey.resources`)
  await client.query(`INSERT INTO latchkey.resource_terms SELECT 'word' || n FROM generate_series(1, 50000) AS n`)
  await client.query('VACUUM ANALYZE')
}

const multiply = async (
  client: Client,
  table: string,
  changed: Readonly<Record<string, string>>,
  times: number,
): Promise<void> => {
  const { rows } = await client.query<{ name: string }>(
    `SELECT quote_ident(attname) AS name FROM pg_attribute
      WHERE attrelid = 'latchkey.${table}'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'number'
        AND attgenerated = ''`,
  )
  const columns = rows.map(({ name }) => name)
  const values = columns.map((name) => `${name} ${changed[name] ?? ''}`)
  await client.query(`INSERT INTO latchkey.${table} (${columns.join(', ')})
    SELECT ${values.join(', ')} FROM latchkey.${table} CROSS JOIN generate_series(1, ${times}) AS n`)
}
