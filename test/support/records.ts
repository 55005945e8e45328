import { DatabaseSync } from 'node:sqlite'
import { lookAt } from './postgres-look.ts'

/** A request with its grant as the database holds them now. */
export type RequestRecord = {
  readonly id: string
  readonly requester: string
  readonly path: string
  readonly state: string
  readonly revision: number
  readonly decisions: number
  readonly grant?: GrantRecord
}
export type GrantRecord = {
  readonly id: string
  readonly state: string
  readonly because: string | null
  readonly expiresAt: number | null
  readonly proof: string | undefined
  readonly trouble: string | undefined
  /** Names at the vault that may exist for it. */
  readonly policies: readonly string[]
}
export type CardRecord = {
  readonly request: string | null
  readonly audience: string
  readonly about: string | undefined
  /** The person's key, or the channel. */
  readonly to: string
  readonly isUpToDate: boolean
  readonly channel: string | undefined
  readonly ts: string | undefined
}
export type AuditRecord = {
  readonly kind: string
  readonly actor: Record<string, string>
  readonly request: string | null
  readonly detail: Record<string, unknown>
}

export type Records = ReturnType<typeof recordsOf>

/**
 * Looks into Latchkey's database from outside, as an operator could; changes nothing. The place is a file, or an address of
 * PostgreSQL, which is asked for each time.
 */
export const recordsOf = (place: string | (() => string)) => {
  const address = typeof place === 'string' ? () => place : place
  const rows = (sql: string, ...given: string[]): Row[] =>
    address().startsWith('postgres') ? lookAt(address(), inPostgres(sql), given) : inFile(address(), sql, given)
  const requests = (where: string, ...given: string[]) =>
    rows(`${requestSql} WHERE ${where} ORDER BY requests.number`, ...given).map(toRequest)
  return {
    rows,
    requests: () => requests('true'),
    request: (id: string): RequestRecord => {
      const [found] = requests('requests.id = ?', id)
      if (!found) throw new Error(`there is no request ${id}`)
      return found
    },
    newestOf: (person: string): RequestRecord | undefined => requests('requester = ?', person).at(-1),
    /** Those whose access exists or is owed. */
    live: () => requests("grants.state <> 'ended'"),
    cards: () => rows('SELECT * FROM cards ORDER BY number').map(toCard),
    cardsOf: (request: string) => rows('SELECT * FROM cards WHERE request = ? ORDER BY number', request).map(toCard),
    audit: () => rows('SELECT * FROM audit ORDER BY sequence').map(toAudit),
    auditOf: (request: string) => rows('SELECT * FROM audit WHERE request = ? ORDER BY sequence', request).map(toAudit),
  }
}

type Row = Record<string, unknown>

const inFile = (file: string, sql: string, given: readonly string[]): Row[] => {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  try {
    return database.prepare(sql).all(...given)
  } finally {
    database.close()
  }
}

const inPostgres = (sql: string): string => {
  let number = 0
  return sql
    .replace(/\?/g, () => `$${++number}`)
    .replace(/json_extract\((\S+), '\$\[0\]\.path'\)/, "$1::jsonb -> 0 ->> 'path' AS")
}

const requestSql = `SELECT requests.id, requester, requests.state, revision, json_extract(requests.items, '$[0].path') path,
  (SELECT count(*) FROM decisions WHERE request = requests.id) decisions,
  grants.id grant_id, grants.state grant_state, grants.because, expires_at, proof, trouble, handle
  FROM requests LEFT JOIN grants ON grants.request = requests.id`

const toRequest = (row: Row): RequestRecord => ({
  id: String(row.id),
  requester: String(row.requester),
  path: String(row.path),
  state: String(row.state),
  revision: Number(row.revision),
  decisions: Number(row.decisions),
  ...(row.grant_id !== null && { grant: toGrant(row) }),
})

const toGrant = (row: Row): GrantRecord => ({
  id: String(row.grant_id),
  state: String(row.grant_state),
  because: row.because === null ? null : String(row.because),
  expiresAt: row.expires_at === null ? null : Number(row.expires_at),
  proof: json(row.proof)?.means,
  trouble: json(row.trouble)?.code,
  policies: json(row.handle)?.policies ?? [],
})

const toCard = (row: Row): CardRecord => ({
  request: row.request === null ? null : String(row.request),
  audience: String(row.audience),
  about: json(row.notice)?.about,
  to: json(row.recipient)?.person ?? json(row.recipient)?.channel?.id,
  isUpToDate: Number(row.rendered) >= Number(row.wanted),
  channel: json(row.message)?.conversation,
  ts: json(row.message)?.message,
})

const toAudit = (row: Row): AuditRecord => ({
  kind: String(row.kind),
  actor: json(row.actor),
  request: row.request === null ? null : String(row.request),
  detail: json(row.detail),
})

// biome-ignore lint/suspicious/noExplicitAny: the shapes are the product's own; a wrong one fails the test that asks
const json = (text: unknown): any => (typeof text === 'string' ? JSON.parse(text) : undefined)
