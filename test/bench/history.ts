import Database from 'better-sqlite3'

type Sample = { readonly request: string; readonly grant: string; readonly account: string }

const together = 50_000
const apart = 30_000 // milliseconds between two past requests: a million of them are about a year

/**
 * Adds past requests to the file of a Latchkey that does not run, each a copy of one that ended there: request, decision,
 * grant, link, cards and audit rows. They are spread over `people`; audit hashes are random, as no reader checks them here.
 */
export const addHistory = (file: string, count: number, people: readonly string[]): void => {
  const database = new Database(file)
  database.pragma('synchronous = OFF')
  database.pragma('cache_size = -400000')
  database.function('person_at', { deterministic: true }, (index: unknown) => people[Number(index) % people.length])
  const sample = database
    .prepare("SELECT request, id AS 'grant', person AS account FROM grants WHERE state = 'ended' LIMIT 1")
    .get() as Sample | undefined
  if (!sample) throw new Error('there must be one request whose access has ended')
  const statements = [
    copy(database, 'requests', 'id = :request', {
      id: ids,
      draft: ids,
      requester: 'person_at(i)',
      submitted_at: earlier('submitted_at'),
      decided_at: earlier('decided_at'),
    }),
    copy(database, 'decisions', 'request = :request', { request: ids, at: earlier('at') }),
    copy(database, 'grants', 'id = :grant', {
      id: ids,
      request: ids,
      person: 'person_at(i)',
      ended_at: earlier('ended_at'),
    }),
    copy(database, 'fetch_links', 'grant_id = :grant', {
      id: `${ids} || '-' || id`,
      grant_id: ids,
      request: ids,
      person: 'person_at(i)',
      hash: `${ids} || '-' || hash`,
    }),
    copy(database, 'cards', 'number IN (SELECT number FROM cards WHERE request = :request LIMIT 4)', {
      id: `${ids} || '-' || number`,
      request: ids,
      rendered: 'wanted',
    }),
  ]
  const audit = auditCopy(database)
  for (let from = 0; from < count; from += together) {
    const range = { ...sample, from, to: Math.min(count, from + together) }
    database.transaction(() => {
      for (const statement of statements) statement.run(range)
      audit.run(range)
    })()
  }
  database.pragma('wal_checkpoint(TRUNCATE)')
  database.close()
}

/** The id of the row with number `i`. */
export const ids = "'past-' || i"
const earlier = (column: string) => `${column} - (i + 1) * ${apart}`
const numbers =
  'WITH RECURSIVE numbers (i) AS (SELECT CAST(:from AS INTEGER) UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < :to)'

/** Inserts the sample's rows of a table once for each number, with some columns told anew. */
export const copy = (database: Database.Database, table: string, where: string, anew: Record<string, string>) => {
  const columns = (database.pragma(`table_info(${table})`) as { name: string }[])
    .map(({ name }) => name)
    .filter((name) => name !== 'number')
  const values = columns.map((column) => anew[column] ?? column)
  return database.prepare(
    `INSERT INTO ${table} (${columns.join(', ')}) ${numbers} SELECT ${values.join(', ')} FROM numbers, ${table} WHERE ${where}`,
  )
}

/** In one go with its own numbering, as the log takes no gap. */
const auditCopy = (database: Database.Database) =>
  database.prepare(`INSERT INTO audit (sequence, at, kind, actor, integration, request, grant_id, detail, hash) ${numbers}
    SELECT (SELECT sequence FROM audit_head) + row_number() OVER (), ${earlier('at')}, kind, actor, integration,
      ${ids}, iif(grant_id IS NULL, NULL, ${ids}), detail, lower(hex(randomblob(32)))
    FROM numbers, audit WHERE audit.request = :request`)
